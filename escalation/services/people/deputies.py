"""Naming who acts for oneself while one is away, and taking it back; the deputy is told of both."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import MEMBER_OFFICES, MessageSource
from escalation.domain.errors import NotFound
from escalation.models.offices import Deputyship
from escalation.models.people import Mandate, Person
from escalation.queries.people.terms import lives_on
from escalation.services.people.office_mail import write_office_mail
from escalation.services.people.people import WrongField
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

LONGEST = timedelta(days=180)
"""An absence; who is away for longer is suspended from the office, and somebody holds it meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """In which office, from when to when, and who acts meanwhile."""

    mandate_id: int
    deputy_id: int
    starts_on: date
    ends_on: date


def name_deputy(absence: Absence, *, person_id: int, now: datetime) -> int:
    """Let somebody of the same desk act for a person in one office of theirs; return the deputyship's id.

    Raises: WrongField.
    """
    with transaction() as session:
        mandate, deputy = _check(session, absence, person_id, local_day(now))
        row = Deputyship(
            mandate_id=mandate.id,
            deputy_id=deputy.id,
            starts_on=absence.starts_on,
            ends_on=absence.ends_on,
            created_at=now,
        )
        session.add(row)
        session.flush()
        kind = SecurityEventKind.DEPUTY_NAMED
        event = note_security(session, kind, now=now, person_id=person_id, by_id=person_id, deputyship=row.id)
        _tell(session, AccountNotice.DEPUTY_NAMED, row, event_id=event.id, now=now)
        return row.id


def take_back_deputy(deputyship_id: int, *, person_id: int, now: datetime) -> None:
    """End at once what a person named somebody for. Raises: NotFound."""
    with transaction() as session:
        row = session.get(Deputyship, deputyship_id, with_for_update=True)
        mandate = session.get(Mandate, row.mandate_id) if row else None
        if row is None or mandate is None or mandate.person_id != person_id:
            raise NotFound("deputyship")
        if row.taken_back_at is not None or row.ends_on < local_day(now):
            return
        row.taken_back_at = now
        kind = SecurityEventKind.DEPUTY_ENDED
        event = note_security(session, kind, now=now, person_id=person_id, by_id=person_id, deputyship=row.id)
        _tell(session, AccountNotice.DEPUTY_ENDED, row, event_id=event.id, now=now)


def _check(session: Session, absence: Absence, person_id: int, today: date) -> tuple[Mandate, Person]:
    own = select(Mandate).where(Mandate.id == absence.mandate_id, Mandate.person_id == person_id, lives_on(today))
    mandate = session.scalar(own.with_for_update())
    if mandate is None or mandate.office not in MEMBER_OFFICES:
        raise WrongField("mandate", "not_yours")
    if absence.starts_on < today:
        raise WrongField("starts_on", "in_the_past")
    if absence.ends_on < absence.starts_on:
        raise WrongField("ends_on", "before_its_start")
    if absence.ends_on - absence.starts_on > LONGEST:
        raise WrongField("ends_on", "too_long_away")
    deputy = _find_colleague(session, absence.deputy_id, mandate, today)
    if deputy is None:
        raise WrongField("deputy", "not_at_this_desk")
    overlaps = select(Deputyship.id).where(
        Deputyship.mandate_id == mandate.id,
        Deputyship.taken_back_at.is_(None),
        Deputyship.starts_on <= absence.ends_on,
        Deputyship.ends_on >= absence.starts_on,
    )
    if session.scalars(overlaps.limit(1)).first() is not None:
        raise WrongField("starts_on", "named_already")
    return mandate, deputy


def _find_colleague(session: Session, deputy_id: int, mandate: Mandate, today: date) -> Person | None:
    sits = (Mandate.place_code == mandate.place_code, Mandate.office.in_(MEMBER_OFFICES), lives_on(today))
    return session.scalars(
        select(Person)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(Person.id == deputy_id, Person.id != mandate.person_id, Person.suspended_at.is_(None), *sits)
        .limit(1)
    ).first()


def _tell(session: Session, notice: AccountNotice, row: Deputyship, *, event_id: int, now: datetime) -> None:
    mandate = session.get_one(Mandate, row.mandate_id)
    away, deputy = session.get_one(Person, mandate.person_id), session.get_one(Person, row.deputy_id)
    write_office_mail(
        session,
        deputy,
        notice,
        source=(MessageSource.SECURITY, event_id),
        mandate=mandate,
        now=now,
        other=away.name(deputy.language),
        first_day=row.starts_on,
        last_day=row.ends_on,
    )
