"""Where a case must be, worked out the slow and obvious way: one day after the other, counting on its fingers.

Nothing of the program's calendar or clocks is used here; holidays come straight from the library.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
PROVINCE_DAYS, REGION_DAYS, GRACE, QUESTION_DAYS, CONFIRM_DAYS = 15, 30, 3, 10, 10
WAITING = {"information_requested", "referred_out"}
ADDED: set[date] = set()
"""Days off that an administrator granted."""


@cache
def _feasts(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("MA", years=year))


def works(day: date) -> bool:
    """Say whether offices work on a day."""
    return day.weekday() < 5 and day not in _feasts(day.year) and day not in ADDED


def after(day: date, count: int) -> date:
    """Return the day on which so many working days have gone by."""
    while count:
        day += DAY
        count -= works(day)
    return day


@dataclass
class ExpectedCase:
    """One case by the rules as people know them."""

    status: str
    level: str
    opened_on: date
    stay: int = 1
    used: int = 0
    due_on: date | None = None
    waits_since: date | None = None
    waits_until: date | None = None
    wait_ended_on: date | None = None
    confirm_by: date | None = None
    marked: bool = False
    acts: list[tuple[str, date, date]] = field(default_factory=list)
    """What the clock did: the act, on which day, and the day it was meant for."""
    late_at: set[int] = field(default_factory=set)
    near_at: set[int] = field(default_factory=set)

    @property
    def allowance(self) -> int:
        """Return the days of the present desk."""
        return PROVINCE_DAYS if self.level == "province" else REGION_DAYS

    def is_late(self, today: date) -> bool:
        """Say whether the desk's clock runs, and its time is over."""
        return self.due_on is not None and self.due_on < today and self.waits_since is None

    def arrive(self, level: str, day: date) -> None:
        """Begin at a desk."""
        self.status, self.level, self.opened_on = "filed", level, day
        self.stay, self.used, self.due_on = self.stay + 1, 0, None
        self.waits_since = self.waits_until = self.wait_ended_on = self.confirm_by = None
        self.marked = False

    def wait(self, status: str, day: date, until: date | None, confirm_by: date | None = None) -> None:
        """Begin to wait for somebody."""
        self.status, self.waits_until, self.confirm_by = status, until, confirm_by
        self.waits_since = day if self.waits_since is None else self.waits_since

    def go_on(self, day: date) -> None:
        """End a wait on a day, which is still one of waiting."""
        self.status, self.waits_until, self.confirm_by = "in_review", None, None
        if self.waits_since is not None and self.waits_since < day:
            self.wait_ended_on = day
        self.waits_since = None

    def end_day(self, day: date) -> None:
        """Count a day that is over, unless the desk waited on it."""
        waited = (self.waits_since is not None and self.waits_since < day) or (
            self.wait_ended_on is not None and day <= self.wait_ended_on
        )
        if self.due_on is not None or waited or day <= self.opened_on or self.status == "closed":
            return
        self.used += works(day)
        if self.used == self.allowance:
            self.due_on = day

    def run_clock(self, today: date) -> None:
        """Do all that is due, in the order of its days."""
        while turn := self._turn(today):
            act, last_day = turn
            self.acts.append((act, today, last_day + DAY))
            if act == "escalate":
                self.arrive("region", today)
            elif act == "confirm":
                self.status = "closed"
            elif act == "propose":
                self.marked = True
            else:
                self.go_on(last_day)
                for number in range(1, (today - last_day).days):
                    self.end_day(last_day + DAY * number)

    def _turn(self, today: date) -> tuple[str, date] | None:
        turns: list[tuple[date, int, str]] = []
        if self.status == "resolved" and self.confirm_by:
            turns.append((self.confirm_by, 0, "confirm"))
        if self.status in {"filed", "in_review"} | WAITING and self.due_on is not None:
            if self.level == "province":
                turns.append((after(self.due_on, GRACE), 0, "escalate"))
            elif not self.marked:
                turns.append((self.due_on, 2, "propose"))
        if self.status in WAITING and self.waits_until:
            turns.append((self.waits_until, 1, "resume"))
        due = [turn for turn in sorted(turns) if turn[0] < today]
        return (due[0][2], due[0][0]) if due else None

    def note_warnings(self, today: date) -> None:
        """Note, at an hour of a working day at which the clock ran, of what somebody must have been warned."""
        if self.status not in {"filed", "in_review"} or self.waits_since is not None or not works(today):
            return
        if self.is_late(today):
            self.late_at.add(self.stay)
        elif self._used_with(today) >= self.allowance * 0.8:
            self.near_at.add(self.stay)

    def _used_with(self, today: date) -> int:
        waited = self.wait_ended_on is not None and today <= self.wait_ended_on
        return self.used + (today > self.opened_on and works(today) and not waited)
