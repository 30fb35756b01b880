"""The two clocks of a case, that of the present desk (it pauses) and that of the whole case (it never does).

A deadline is a local date and runs to the end of that day. Where the dates are stored, and what today is, the
caller knows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from escalation.domain.calendar import WorkingCalendar, local_day
from escalation.domain.codes import Level


@dataclass(frozen=True)
class Pause:
    """A wait that stops the desk's clock on every day after its start, up to and with its end; open without an end."""

    started_on: date
    ended_on: date | None

    def __post_init__(self) -> None:
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise ValueError(f"a pause of {self.started_on} cannot end on {self.ended_on}")

    @classmethod
    def between(cls, started_at: datetime, ended_at: datetime | None) -> Self:
        """Return the wait of these instants as days.

        Where a machine's clock stepped back over midnight, it ends on the day it began.
        """
        return cls(local_day(started_at), local_day(max(started_at, ended_at)) if ended_at else None)

    def stops(self, day: date) -> bool:
        """Tell whether the clock stands still on this day."""
        return self.started_on < day and (self.ended_on is None or day <= self.ended_on)


def _days_after(start: date, until: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range(1, (until - start).days + 1))


def spent_on(calendar: WorkingCalendar, opened_on: date, allowance_days: int, pauses: Iterable[Pause]) -> date | None:
    """Return the day whose end spends the desk's allowance; None when an open pause stops the clock before that.

    A later pause gives no spent time back, so a desk that is late stays late while it waits.
    Units: working days. Raises: UnknownCalendarYear; ValueError when the allowance is negative.
    """
    waits = tuple(pauses)
    open_since = min((pause.started_on for pause in waits if pause.ended_on is None), default=None)
    if allowance_days < 0:
        raise ValueError(f"an allowance cannot be {allowance_days} working days")
    day, remaining = opened_on, allowance_days
    while remaining:
        day = calendar.next_working_day(day)
        if open_since is not None and open_since < day:
            return None
        remaining -= not any(pause.stops(day) for pause in waits)
    return day


def desk_due_on(
    calendar: WorkingCalendar, opened_on: date, allowance_days: int, pauses: Iterable[Pause]
) -> date | None:
    """Return the day by which the desk must answer; None while a pause is open, for its clock is stopped.

    Units: working days, Moroccan public holidays. Raises: UnknownCalendarYear.
    """
    waits = tuple(pauses)
    if any(pause.ended_on is None for pause in waits):
        return None
    return spent_on(calendar, opened_on, allowance_days, waits)


def desk_days_used(calendar: WorkingCalendar, opened_on: date, until: date, pauses: Iterable[Pause]) -> int:
    """Count the working days this desk has used, its waits left out.

    Raises: UnknownCalendarYear.
    """
    waits = tuple(pauses)
    return sum(
        calendar.is_working_day(day) and not any(pause.stops(day) for pause in waits)
        for day in _days_after(opened_on, until)
    )


def desk_days_paused(calendar: WorkingCalendar, opened_on: date, until: date, pauses: Iterable[Pause]) -> int:
    """Count the working days this desk has waited for others; days of two waits count once.

    Raises: UnknownCalendarYear.
    """
    return case_days(calendar, opened_on, until) - desk_days_used(calendar, opened_on, until, pauses)


def case_days(calendar: WorkingCalendar, filed_on: date, until: date) -> int:
    """Count the working days since the filing; nothing stops this clock.

    Raises: UnknownCalendarYear.
    """
    return calendar.working_days_between(filed_on, until)


def acknowledge_by(calendar: WorkingCalendar, opened_on: date, days: int) -> date:
    """Return the day by which a desk must have taken the case up. Units: working days."""
    return calendar.add_working_days(opened_on, days)


def confirm_by(calendar: WorkingCalendar, resolved_on: date, days: int, commitment_by: date | None) -> date:
    """Return the day whose end lets silence confirm: that of the commitment if it is one, else ``days`` later.

    Units: working days.
    """
    return calendar.add_working_days(resolved_on, days) if commitment_by is None else commitment_by


def appeal_by(calendar: WorkingCalendar, declined_on: date, days: int) -> date:
    """Return the last day on which what a province declined may be put to the region. Units: working days."""
    return calendar.add_working_days(declined_on, days)


def reopen_by(ended_on: date, days: int) -> date:
    """Return the last day on which a case that has ended may be opened again. Units: calendar days."""
    return ended_on + timedelta(days=days)


def question_answer_by(calendar: WorkingCalendar, asked_on: date, days: int) -> date:
    """Return the day whose end resumes a case that waits for the commune. Units: working days."""
    return calendar.add_working_days(asked_on, days)


def is_late(due_on: date | None, today: date) -> bool:
    """Tell whether the deadline has passed; it has not on its own day, nor while the clock is stopped."""
    return due_on is not None and due_on < today


def days_left(calendar: WorkingCalendar, due_on: date, today: date) -> int:
    """Return the working days after today up to the deadline, or below zero those since it passed.

    Zero on the day itself and on the days off that follow it, when ``is_late`` may be true already.
    Raises: UnknownCalendarYear.
    """
    if today <= due_on:
        return calendar.working_days_between(today, due_on)
    return -calendar.working_days_between(due_on, today)


def climbs_on(calendar: WorkingCalendar, due_on: date, grace_days: int) -> date:
    """Return the last day of the grace: the clock sends the case up once that day is over, as ``is_late`` tells.

    Units: working days.
    """
    return calendar.add_working_days(due_on, grace_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """The time of one desk with one case: since when, how much, with which waits; and the deadline that was told.

    Units: working days.
    """

    level: Level
    opened_on: date
    allowance_days: int
    grace_days: int
    pauses: tuple[Pause, ...] = ()
    due_on: date | None = None

    def spent_on(self, calendar: WorkingCalendar) -> date | None:
        """Return the deadline that was told, or the day that spends the desk's time; None while a wait stops it."""
        return self.due_on or spent_on(calendar, self.opened_on, self.allowance_days, self.pauses)

    def share_spent_on(self, calendar: WorkingCalendar, days: int) -> date | None:
        """Return the day that spends so many days of it; None while a wait stops the clock before."""
        return spent_on(calendar, self.opened_on, days, self.pauses)

    def climbs_on(self, calendar: WorkingCalendar) -> date | None:
        """Return the last day of the grace at a province; None where no deadline runs, or no level is above."""
        day = self.spent_on(calendar) if self.level is Level.PROVINCE else None
        return None if day is None else climbs_on(calendar, day, self.grace_days)
