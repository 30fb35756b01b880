"""What the clock does with a case by itself, and after which day: it climbs, goes on, closes, or is put to a meeting.

One case has one next turn. The days are those that people were told; what makes them is in ``clocks``.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from escalation.domain.calendar import start_of_day
from escalation.domain.codes import WAITING, Level, Status


class ClockAct(StrEnum):
    """What the clock does; of two that fall on one day, the first here is done."""

    ESCALATE = "escalate"
    RESUME = "resume"
    CONFIRM = "confirm"
    PROPOSE = "propose"


@dataclass(frozen=True, slots=True)
class Turn:
    """An act of the clock, and the day whose end lets it act."""

    act: ClockAct
    last_day: date

    @property
    def falls_on(self) -> date:
        """Return the first day on which the act is due."""
        return self.last_day + timedelta(days=1)

    @property
    def falls_at(self) -> datetime:
        """Return the instant from which the act is due, in UTC."""
        return start_of_day(self.falls_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """Where a case stands and the days that the clock watches; None where there is none."""

    status: Status
    level: Level
    spent_on: date | None
    """The day whose end spends its desk's time, also while a wait that began later goes on."""
    climbs_on: date | None
    waits_until: date | None
    confirm_by: date | None
    is_marked: bool
    """It is marked for the next special meeting already."""


def next_turn(dates: Dates) -> Turn | None:
    """Return what the clock does next with a case, and after which day; None when it has nothing to do with it."""
    turns = [turn for turn in _turns(dates) if turn is not None]
    order = list(ClockAct)
    return min(turns, key=lambda turn: (turn.last_day, order.index(turn.act)), default=None)


def _turns(dates: Dates) -> tuple[Turn | None, ...]:
    if dates.status is Status.RESOLVED:
        return (_turn(ClockAct.CONFIRM, dates.confirm_by),)
    waits = _turn(ClockAct.RESUME, dates.waits_until) if dates.status in WAITING else None
    if dates.status not in WAITING | {Status.FILED, Status.IN_REVIEW}:
        return ()
    if dates.level is Level.PROVINCE:
        return (_turn(ClockAct.ESCALATE, dates.climbs_on), waits)
    return (waits, None if dates.is_marked else _turn(ClockAct.PROPOSE, dates.spent_on))


def _turn(act: ClockAct, last_day: date | None) -> Turn | None:
    return None if last_day is None else Turn(act, last_day)
