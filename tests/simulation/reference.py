"""Where a case must be, worked out the slow and obvious way: one day after the other, counting on its fingers.

Nothing of the program's calendar or clocks is used here; holidays come straight from the library.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
QUESTION_DAYS = 10
USUAL = {"province": 15, "region": 30, "grace": 3, "confirm": 10}
PLAIN, TRACK = "convention_unsigned", "rural_track"
SAID = (
    (date(2026, 3, 2), "", "region", 24),
    (date(2026, 4, 6), TRACK, "province", 8),
    (date(2026, 4, 6), TRACK, "grace", 0),
    (date(2026, 6, 1), TRACK, "confirm", 4),
    (date(2026, 9, 7), "", "province", 12),
)
"""What was decided in the year, for all cases or for one type: from which day, of what, how many working days."""
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


def allowed(what: str, kind: str, day: date) -> int:
    """Return how many days a case of a type is given on a day: what was said last of its type, else last of all."""
    of_all, of_its_type = [USUAL[what]], []
    for since, of, name, days in SAID:
        if name == what and since <= day:
            if of == kind:
                of_its_type.append(days)
            elif not of:
                of_all.append(days)
    return (of_its_type or of_all)[-1]


@dataclass
class ExpectedCase:
    """One case by the rules as people know them."""

    status: str
    level: str
    opened_on: date
    kind: str = PLAIN
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
        """Return the days of the present desk, as they were given when the case came."""
        return allowed(self.level, self.kind, self.opened_on)

    @property
    def grace(self) -> int:
        """Return the days after them, as they were given with them."""
        return allowed("grace", self.kind, self.opened_on)

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
                turns.append((after(self.due_on, self.grace), 0, "escalate"))
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
