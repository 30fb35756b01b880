"""Correcting the working calendar: what it moves is shown first, then moved in the same act; and pausing reminders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import Calendars, WorkingCalendar, local_day
from escalation.domain.codes import Event
from escalation.domain.policy import Actor
from escalation.models.clock import ReminderPause
from escalation.models.settings import Closure, HolidayCorrection
from escalation.queries.case.cases import read_dossier
from escalation.queries.case.open_clocks import MovedDates, list_moved
from escalation.queries.reference import ask_stamp_again
from escalation.queries.settings import get_calendars
from escalation.services.case.stays import set_dates
from escalation.services.case.transitions import By, journal_and_tell, lock_obstacle, plain_codes
from escalation.services.journal import Entry
from escalation.services.people.people import WrongField
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


class DayIs(StrEnum):
    """What an administrator says of a day."""

    OFF = "off"
    WORKING = "working"
    AS_PUBLISHED = "as_published"


@dataclass(frozen=True, slots=True)
class DayChange:
    """What a day is to be, in the whole country or, where a place is named, in that province alone."""

    day: date
    what: DayIs
    place_code: str = ""
    name_ar: str = ""
    name_fr: str = ""


def plan_day(change: DayChange, today: date) -> Sequence[MovedDates]:
    """Return the open cases of which this change would move a date; nothing is written.

    Raises: WrongField when the day has passed, or a place is to work while the country does not.
    """
    before = get_calendars()
    _check(change, today)
    return list_moved(before, _changed(before, change), today)


def change_day(change: DayChange, actor: Actor, now: datetime) -> Sequence[MovedDates]:
    """Change a day and, in the same act, every date to come that it moves; each is journaled on its case.

    Raises: WrongField, as ``plan_day`` does.
    """
    today = local_day(now)
    _check(change, today)
    with transaction() as session:
        before = get_calendars()
        _write(session, change)
        session.flush()
        ask_stamp_again()
        moved = list_moved(before, get_calendars(), today)
        for one in moved:
            _move(session, one, By(actor=actor, now=now))
        note_security(
            session,
            SecurityEventKind.CALENDAR_CHANGED,
            now=now,
            person_id=actor.person_id,
            by_id=actor.person_id,
            on=change.day.isoformat(),
            what=change.what,
            place=change.place_code,
            cases=len(moved),
        )
        return moved


def pause_reminders(starts_on: date | None, ends_on: date | None, by_id: int, now: datetime) -> None:
    """Let no reminder leave between two days; without them, those pauses that have not ended are taken away.

    Raises: WrongField when the days are not in order or have passed.
    """
    today = local_day(now)
    if (starts_on is None) != (ends_on is None):
        raise WrongField("starts_on" if starts_on is None else "ends_on", "both_days")
    if starts_on is not None and ends_on is not None and (ends_on < starts_on or ends_on < today):
        raise WrongField("ends_on", "not_in_order")
    with transaction() as session:
        session.execute(delete(ReminderPause).where(ReminderPause.ends_on >= today))
        if starts_on is not None and ends_on is not None:
            session.add(ReminderPause(starts_on=starts_on, ends_on=ends_on, set_by_id=by_id, created_at=now))
        days = {"from": str(starts_on or ""), "to": str(ends_on or "")}
        note_security(session, SecurityEventKind.REMINDERS_PAUSED, now=now, person_id=by_id, by_id=by_id, **days)


def _check(change: DayChange, today: date) -> None:
    if change.day < today:
        raise WrongField("day", "past")
    if change.place_code and change.what is DayIs.WORKING:
        raise WrongField("what", "only_the_country")
    if change.what is DayIs.OFF and not (change.name_ar and change.name_fr):
        raise WrongField("name_fr" if change.name_ar else "name_ar", "missing")


def _changed(before: Calendars, change: DayChange) -> Calendars:
    """Return the calendars as the change would leave them."""
    day, is_off = frozenset({change.day}), change.what is DayIs.OFF
    if change.place_code:
        closed = before.closed.get(change.place_code, frozenset())
        return replace(before, closed={**before.closed, change.place_code: closed | day if is_off else closed - day})
    country = WorkingCalendar(added=before.country.added - day, removed=before.country.removed - day)
    if is_off:
        country = replace(country, added=country.added | day)
    if change.what is DayIs.WORKING:
        country = replace(country, removed=country.removed | day)
    return replace(before, country=country)


def _write(session: Session, change: DayChange) -> None:
    names = {"name_ar": change.name_ar, "name_fr": change.name_fr}
    if change.place_code:
        here = (Closure.place_code == change.place_code, Closure.day == change.day)
        session.execute(delete(Closure).where(*here))
        if change.what is DayIs.OFF:
            session.add(Closure(place_code=change.place_code, day=change.day, **names))
        return
    row = session.scalar(select(HolidayCorrection).where(HolidayCorrection.day == change.day).with_for_update())
    if change.what is DayIs.AS_PUBLISHED:
        session.execute(delete(HolidayCorrection).where(HolidayCorrection.day == change.day))
        return
    row = row or HolidayCorrection(day=change.day)
    row.is_off, row.name_ar, row.name_fr = change.what is DayIs.OFF, change.name_ar, change.name_fr
    session.add(row)


def _move(session: Session, moved: MovedDates, by: By) -> None:
    """Write the dates of one case anew, and say in its journal which became which."""
    obstacle = lock_obstacle(session, moved.obstacle_id)
    if moved.awaited_by != moved.awaited_before:
        name = "answer_by" if obstacle.answer_by is not None else "confirm_by"
        setattr(obstacle, name, moved.awaited_by)
    dossier = read_dossier(obstacle, by.now)
    set_dates(dossier, by.now)
    codes = plain_codes(
        {
            "due_before": moved.due_before if moved.due_on != moved.due_before else None,
            "awaited_before": moved.awaited_before if moved.awaited_by != moved.awaited_before else None,
            "awaited_by": moved.awaited_by if moved.awaited_by != moved.awaited_before else None,
        }
    )
    journal_and_tell(session, dossier, Entry(Event.DATES_MOVED, codes), by, mandate=None)
