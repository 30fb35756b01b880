"""The dates of open cases, and which of them another working calendar would move; the past is never among them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from escalation.domain import clocks
from escalation.domain.calendar import Calendars, WorkingCalendar, local_day
from escalation.domain.codes import Status
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle, Pause, Referral


@dataclass(frozen=True, slots=True)
class MovedDates:
    """A case of which the calendar moves a date: by when its desk answers, or by when its commune does."""

    obstacle_id: int
    reference: str
    due_before: date | None
    due_on: date | None
    awaited_before: date | None
    awaited_by: date | None


def list_moved(before: Calendars, after: Calendars, today: date) -> list[MovedDates]:
    """Return every open case of which a date to come would be another by the second calendars, in two queries."""
    pauses: dict[int, list[Pause]] = defaultdict(list)
    of_open = select(Pause).join(Referral, Referral.id == Pause.referral_id).where(Referral.closed_at.is_(None))
    for pause in db.session.scalars(of_open.order_by(Pause.id)):
        pauses[pause.referral_id].append(pause)
    open_cases = (
        select(Obstacle, Referral)
        .join(Referral, Referral.obstacle_id == Obstacle.id)
        .where(OPEN_AT_A_DESK, Referral.closed_at.is_(None))
        .order_by(Obstacle.id)
    )
    rows = db.session.execute(open_cases).all()
    return list(_moved([(case, stay, pauses[stay.id]) for case, stay in rows], before, after, today))


def _moved(
    rows: list[tuple[Obstacle, Referral, list[Pause]]], before: Calendars, after: Calendars, today: date
) -> Iterator[MovedDates]:
    for case, stay, pauses in rows:
        was, now = before.of(case.province_code), after.of(case.province_code)
        if was == now:
            continue
        due_on, awaited = _due_on(stay, pauses, now, today), case.answer_by or _silent_until(case)
        awaited_by = _awaited_by(awaited, pauses, was, now) if awaited and awaited >= today else awaited
        if due_on != stay.due_on or awaited_by != awaited:
            yield MovedDates(case.id, case.reference or "", stay.due_on, due_on, awaited, awaited_by)


def _silent_until(case: Obstacle) -> date | None:
    """Return by when the commune's silence confirms; a commitment's own date is no count of days."""
    return case.confirm_by if case.status is Status.RESOLVED and case.commitment_by is None else None


def _due_on(stay: Referral, pauses: list[Pause], calendar: WorkingCalendar, today: date) -> date | None:
    if stay.due_on is None or stay.due_on < today:
        return stay.due_on
    days = [clocks.Pause.between(pause.started_at, pause.ended_at) for pause in pauses]
    return clocks.desk_due_on(calendar, local_day(stay.opened_at), stay.allowance_days, days)


def _awaited_by(awaited: date, pauses: list[Pause], was: WorkingCalendar, now: WorkingCalendar) -> date:
    """Return the day that leaves the commune as many working days as it had."""
    asked_on = local_day(pauses[-1].started_at)
    return now.add_working_days(asked_on, was.working_days_between(asked_on, awaited))
