"""Replaying a real case under other delays: what would have been late, warned of, sent up or closed, and on which day.

People are taken to have acted on the days on which they did; what the clock did is done anew, by the same functions
that move real cases. Where the path would have left the one that the case took, it is followed no further.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from escalation.domain import clocks
from escalation.domain.calendar import WorkingCalendar
from escalation.domain.clocks import Stay
from escalation.domain.codes import Cause, Event, Level, Status
from escalation.domain.settings import Settings
from escalation.domain.turns import ClockAct, Dates, Turn, next_turn
from escalation.domain.warnings import near_on

ASKED_AGAIN = {
    Event.OBSTACLE_DECLINED: Status.DECLINED,
    Event.OBSTACLE_CLOSED: Status.CLOSED,
    Event.OBSTACLE_WITHDRAWN: Status.WITHDRAWN,
}
"""How a stay ended after which the case may be opened again for a time."""


class Effect(StrEnum):
    """What delays do to a case."""

    TAKEN_LATE = "taken_late"
    WARNED = "warned"
    LATE = "late"
    ESCALATED = "escalated"
    CONFIRMED = "confirmed"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Happened:
    """An effect on one stay of a case, and its day."""

    effect: Effect
    stay: int
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class PastStay:
    """One stay as it was: the time given and told, what people did in it and when, and how it ended."""

    seq: int
    time: Stay
    opened_by: Event
    acknowledge_by: date
    claimed_on: date | None = None
    warned_on: date | None = None
    resolved_on: date | None = None
    commitment_by: date | None = None
    closed_on: date | None = None
    closed_by: Event | None = None
    cause: Cause | None = None
    """Why the case went on to another desk, where it climbed as overdue."""
    by_silence: bool = False
    """It was closed because the commune said nothing."""

    @property
    def answered_on(self) -> date | None:
        """Return when the desk answered or the case left it; until then its time counts."""
        return self.resolved_on or self.closed_on


SettingsAt = Callable[[Level], Settings]


def what_was(stays: list[PastStay], calendar: WorkingCalendar, until: date) -> Iterator[Happened]:
    """Yield what the delays did to a case, up to a day, by what was told and recorded."""
    for past in stays:
        limit = _first(past.answered_on, until)
        late_from = _next_day(past.time.spent_on(calendar))
        found = {
            Effect.TAKEN_LATE: _unclaimed(past, past.acknowledge_by, limit),
            Effect.WARNED: past.warned_on,
            Effect.LATE: _by(late_from, limit),
            Effect.ESCALATED: past.closed_on if past.cause is Cause.CLOCK else None,
            Effect.CONFIRMED: past.closed_on if past.by_silence else None,
        }
        yield from (Happened(effect, past.seq, on) for effect, on in found.items() if on is not None and on <= until)


def what_would_be(
    stays: list[PastStay], settings_at: SettingsAt, calendar: WorkingCalendar, until: date
) -> Iterator[Happened]:
    """Yield what other delays would have done to a case, up to a day."""
    arrived_on: date | None = None
    for past, before, after in zip(stays, [None, *stays[:-1]], [*stays[1:], None], strict=True):
        if before is not None and (too_late := _too_late(past, before, settings_at, calendar)):
            yield too_late
            return
        told = _told_anew(past, arrived_on or past.time.opened_on, settings_at(past.time.level), calendar)
        happened, goes_on, arrived_on = _replay(told, after, settings_at(past.time.level), calendar, until)
        yield from happened
        if not goes_on:
            return


def _told_anew(past: PastStay, opened_on: date, settings: Settings, calendar: WorkingCalendar) -> PastStay:
    """Return a stay with the time that other delays would have given it, from the day on which it would have begun."""
    time = replace(
        past.time,
        opened_on=opened_on,
        allowance_days=settings.answer_days(past.time.level),
        grace_days=settings.grace_days,
        due_on=None,
    )
    acknowledge_by = clocks.acknowledge_by(calendar, opened_on, settings.acknowledge_days)
    return replace(past, time=time, acknowledge_by=acknowledge_by)


Replayed = tuple[list[Happened], bool, date | None]
"""What happened; whether the case went on as it did; and, where the clock sent it on, the day of its arrival."""


def _replay(
    past: PastStay, after: PastStay | None, settings: Settings, calendar: WorkingCalendar, until: date
) -> Replayed:
    acted_on = None if _was_the_clocks(past, calendar) else past.answered_on
    climbs = _climb(past.time, calendar)
    climbed_on = _by(climbs.falls_on if climbs else None, _first(acted_on, until))
    limit = _first(climbed_on, _first(acted_on, until))
    confirmed_on = None if climbed_on else _confirmed_on(past, after, settings, calendar, until)
    found = {
        Effect.TAKEN_LATE: _unclaimed(past, past.acknowledge_by, limit),
        Effect.WARNED: _by(near_on(calendar, past.time), limit),
        Effect.LATE: _by(_next_day(past.time.spent_on(calendar)), limit),
        Effect.ESCALATED: climbed_on,
        Effect.CONFIRMED: confirmed_on,
    }
    happened = [Happened(effect, past.seq, on) for effect, on in found.items() if on is not None]
    if climbed_on is not None:
        return happened, after is not None and after.time.level is Level.REGION, climbed_on
    is_as_it_was = _ended_alike(past, acted_on, confirmed_on, after)
    return happened, is_as_it_was, None


def _was_the_clocks(past: PastStay, calendar: WorkingCalendar) -> bool:
    """Say whether a stay went on to the region for its lateness only, which it would not have by what it is now given.

    A commune sends up only what is overdue; the clock never acts by what was.
    """
    if past.cause is Cause.COMMUNE:
        return not clocks.is_late(past.time.spent_on(calendar), past.closed_on or date.max)
    return past.cause is Cause.CLOCK


def _climb(time: Stay, calendar: WorkingCalendar) -> Turn | None:
    turn = next_turn(
        Dates(
            status=Status.IN_REVIEW,
            level=time.level,
            spent_on=time.spent_on(calendar),
            climbs_on=time.climbs_on(calendar),
            waits_until=None,
            confirm_by=None,
            is_marked=True,
        )
    )
    return turn if turn is not None and turn.act is ClockAct.ESCALATE else None


def _confirmed_on(
    past: PastStay, after: PastStay | None, settings: Settings, calendar: WorkingCalendar, until: date
) -> date | None:
    """Return the day on which silence would have closed a case that was said to be solved."""
    if past.resolved_on is None:
        return None
    turn = next_turn(
        Dates(
            status=Status.RESOLVED,
            level=past.time.level,
            spent_on=None,
            climbs_on=None,
            waits_until=None,
            confirm_by=clocks.confirm_by(calendar, past.resolved_on, settings.confirm_days, past.commitment_by),
            is_marked=False,
        )
    )
    spoke_on = (after.time.opened_on if after else None) if past.by_silence else past.closed_on
    return _by(turn.falls_on if turn else None, _first(spoke_on, until))


def _ended_alike(past: PastStay, acted_on: date | None, confirmed_on: date | None, after: PastStay | None) -> bool:
    """Say whether what really came after a stay would have come after it all the same."""
    if after is None or past.resolved_on is None:
        return acted_on is not None
    return (confirmed_on is not None) == past.by_silence or after.opened_by is Event.OBSTACLE_REOPENED


def _too_late(past: PastStay, before: PastStay, settings_at: SettingsAt, calendar: WorkingCalendar) -> Happened | None:
    """Return that a case was put to the region, or opened again, on a day on which it no longer could have been."""
    status = ASKED_AGAIN.get(before.closed_by) if before.closed_by else None
    if status is None or before.closed_on is None:
        return None
    settings = settings_at(before.time.level)
    if past.opened_by is Event.OBSTACLE_APPEALED:
        last_day = clocks.appeal_by(calendar, before.closed_on, settings.appeal_days)
    else:
        last_day = clocks.reopen_by(before.closed_on, settings.reopen_days(status))
    asked_on = past.time.opened_on
    return Happened(Effect.TOO_LATE, past.seq, asked_on) if asked_on > last_day else None


def _unclaimed(past: PastStay, acknowledge_by: date, limit: date) -> date | None:
    """Return the first day on which nobody had taken a case up although it was time."""
    return _by(acknowledge_by + timedelta(days=1), _first(past.claimed_on, limit))


def _first(day: date | None, other: date) -> date:
    return other if day is None else min(day, other)


def _by(day: date | None, limit: date) -> date | None:
    """Return a day that came before people changed the case on the last one: the clock acts early in the morning."""
    return day if day is not None and day <= limit else None


def _next_day(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)
