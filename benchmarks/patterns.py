"""A row of which copies are made: its days and moments are found once, and moved back in each copy."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.bulk import Cells
from escalation.models.base import FAR

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Pattern:
    """Cells of which some are days or moments; what stands in JSON inside them is a pattern of its own."""

    def __init__(self, cells: Mapping[str, Any]) -> None:
        self.cells = dict(cells)
        self._moments = [name for name, value in cells.items() if isinstance(value, date) and not _is_far(value)]
        self._days = [name for name, value in cells.items() if isinstance(value, str) and DAY.fullmatch(value)]
        self._inner: dict[tuple[str, ...], Pattern] = {}

    def earlier(self, by: timedelta) -> Cells:
        """Return the cells with every day and moment moved back."""
        cells = self.cells.copy()
        for name in self._moments:
            cells[name] -= by
        for name in self._days:
            cells[name] = (date.fromisoformat(cells[name]) - by).isoformat()
        return cells

    def inner(self, name: str, *path: str) -> "Pattern":
        """Return what stands in a cell, or deeper in it, as a pattern."""
        if (name, *path) not in self._inner:
            found = self.cells[name]
            found = json.loads(found) if isinstance(found, str) else found
            for key in path:
                found = found[key]
            self._inner[name, *path] = Pattern(found)
        return self._inner[name, *path]


def _is_far(value: date) -> bool:
    """Say whether this is the far date of a clock that stands still."""
    return isinstance(value, datetime) and value >= FAR
