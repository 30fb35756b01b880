"""Which warning is due about a case, to be given once, and when the next one may be: in office hours, unless urgent.

One at four fifths of the desk's time, one when it is late, then one a working week; and one to the commune before
its silence confirms. What leaves when is decided here; whom it tells and in which words is not.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from escalation.domain.calendar import LOCAL_ZONE, WorkingCalendar, local_day, start_of_day
from escalation.domain.clocks import Stay
from escalation.domain.codes import Level, Urgency

NEAR_SHARE: Final = 0.8
CONFIRM_DAYS_BEFORE: Final = 3
OPENS, CLOSES = time(8), time(18)


class WarningKind(StrEnum):
    """What a warning says."""

    NEAR = "deadline_near"
    LATE = "deadline_passed"
    REMINDER = "deadline_reminder"
    CONFIRM = "confirmation_near"


PAUSABLE = frozenset({WarningKind.NEAR, WarningKind.REMINDER})
"""What a pause of reminders holds back; the others say what is about to follow, or has."""


@dataclass(frozen=True, slots=True)
class Due:
    """A warning that is due: its kind, and the mark by which it is given once only."""

    kind: WarningKind
    mark: str


@dataclass(frozen=True, slots=True)
class Given:
    """A warning that was given, and on which day."""

    kind: WarningKind
    mark: str
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What warnings are counted from: the present stay, by when it is due, and by when silence confirms."""

    stay: int
    level: Level
    urgency: Urgency
    near_on: date | None
    due_on: date | None
    """None while the desk's clock stands still: nobody is warned of it then."""
    confirm_by: date | None
    warn_confirm_on: date | None

    @property
    def is_urgent(self) -> bool:
        """Say whether its warnings also leave at night and on days off."""
        return self.urgency is not Urgency.NORMAL


def near_days(allowance_days: int) -> int:
    """Return after how many of its days a desk is warned. Units: working days."""
    return ceil(allowance_days * NEAR_SHARE)


def near_on(calendar: WorkingCalendar, stay: Stay) -> date | None:
    """Return the day on which a desk is warned that four fifths of its time are over; None while a wait stops it."""
    return stay.share_spent_on(calendar, near_days(stay.allowance_days))


def warn_confirm_on(calendar: WorkingCalendar, confirm_by: date) -> date:
    """Return the day on which the commune is told that its silence is about to confirm."""
    return calendar.subtract_working_days(confirm_by, CONFIRM_DAYS_BEFORE)


def due_warning(watched: Watched, today: date, given: Collection[Given], *, is_paused: bool) -> Due | None:
    """Return the one warning that is due on this day and was not given; what a newer one makes idle is passed over."""
    found = _confirmation(watched, today) or _deadline(watched, today, given)
    if found is None or any((found.kind, found.mark) == (one.kind, one.mark) for one in given):
        return None
    return None if is_paused and found.kind in PAUSABLE else found


def _confirmation(watched: Watched, today: date) -> Due | None:
    if watched.confirm_by is None or watched.warn_confirm_on is None:
        return None
    is_time = watched.warn_confirm_on <= today <= watched.confirm_by
    return Due(WarningKind.CONFIRM, f"{watched.stay}:{watched.confirm_by.isoformat()}") if is_time else None


def _deadline(watched: Watched, today: date, given: Collection[Given]) -> Due | None:
    if watched.due_on is None or watched.near_on is None or today < watched.near_on:
        return None
    if today <= watched.due_on:
        return Due(WarningKind.NEAR, str(watched.stay))
    was_late = Due(WarningKind.LATE, str(watched.stay))
    of_stay = [one for one in given if _is_of_lateness(one, watched.stay)]
    if not of_stay:
        return was_late
    is_of_this_week = any(_week(one.on) == _week(today) for one in of_stay)
    return None if is_of_this_week else Due(WarningKind.REMINDER, f"{watched.stay}:{_week(today)}")


def _is_of_lateness(one: Given, stay: int) -> bool:
    kinds = (WarningKind.LATE, WarningKind.REMINDER)
    return one.kind in kinds and one.mark.partition(":")[0] == str(stay)


def _week(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def may_leave(calendar: WorkingCalendar, now: datetime, *, is_urgent: bool) -> bool:
    """Say whether a warning may reach people at this instant: at 8 to 18 o'clock of a working day, or urgent."""
    local = now.astimezone(LOCAL_ZONE)
    return is_urgent or (OPENS <= local.time() < CLOSES and calendar.is_working_day(local.date()))


def leaves_at(calendar: WorkingCalendar, wanted: datetime, *, is_urgent: bool) -> datetime:
    """Return the first instant, not before the wanted one, at which a warning may leave."""
    if may_leave(calendar, wanted, is_urgent=is_urgent):
        return wanted
    local = wanted.astimezone(LOCAL_ZONE)
    day = local.date()
    if local.time() >= CLOSES or not calendar.is_working_day(day):
        day = calendar.next_working_day(day)
    return datetime.combine(day, OPENS, LOCAL_ZONE).astimezone(UTC)


def next_look(
    calendar: WorkingCalendar, watched: Watched, now: datetime, *, is_settled: bool, pause_ends_on: date | None = None
) -> datetime | None:
    """Return when a warning may be due next; None when none is to come as the case stands.

    What may be due already is looked at now, unless it ``is_settled``: then only later days count.
    """
    today = local_day(now)
    days = list(_days(watched, today, pause_ends_on))
    if not is_settled and any(day <= today for day in days):
        return leaves_at(calendar, now, is_urgent=watched.is_urgent)
    later = min((day for day in days if day > today), default=None)
    return None if later is None else leaves_at(calendar, start_of_day(later), is_urgent=watched.is_urgent)


def _days(watched: Watched, today: date, pause_ends_on: date | None) -> Iterable[date]:
    if watched.confirm_by is not None and watched.warn_confirm_on is not None and today <= watched.confirm_by:
        yield watched.warn_confirm_on
    if watched.due_on is None or watched.near_on is None:
        return
    if today <= watched.due_on:
        yield watched.near_on
    yield watched.due_on + timedelta(days=1)
    if today > watched.due_on:
        yield today + timedelta(days=7 - today.weekday())
    if pause_ends_on is not None:
        yield pause_ends_on + timedelta(days=1)
