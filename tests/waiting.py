"""Waiting for something to become true: with an end, and without a guess at how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120
"""More than the start of a few processes takes on a machine that has ten times as much to do as it can."""


def wait_until(holds: Callable[[], object], timeout_s: float = PATIENCE_S, every_s: float = 0.02) -> None:
    """Return as soon as it holds. Raises: AssertionError when it does not in time."""
    give_up_at = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < give_up_at, f"nothing came within {timeout_s} s"
        time.sleep(every_s)
