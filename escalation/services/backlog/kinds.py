"""What the tables of each kind have of their own: who sends them, how a line is checked, what comes of them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.models.imports import BacklogImport
from escalation.services.backlog.tables import Line

Outcome = dict[str, Any]
"""What a line makes, or under ``faults`` what is wrong with it; under ``line`` its number."""


@dataclass(frozen=True)
class Kind:
    """One kind of table."""

    check_lines: Callable[[BacklogImport, Sequence[Line], datetime], list[Outcome]]
    """Check some lines, each by itself."""
    check_whole: Callable[[list[Outcome]], list[Outcome]]
    """Check all of them against each other."""
    carry_out: Callable[[Session, BacklogImport, datetime], list[Outcome]]
    """Do what the table says, in a transaction of the caller, and return what is kept of it."""


def as_faults(number: int, faults: Sequence[Any]) -> Outcome:
    """Return what is wrong with a line as it is kept."""
    return {"line": number, "faults": [[fault.column, fault.reason, fault.given] for fault in faults]}
