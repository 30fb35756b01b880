"""Letting an office rest for a time, with somebody who holds it meanwhile; and ending that before its day."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageSource, Office
from escalation.domain.errors import NotFound
from escalation.models.offices import Suspension
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.services.people.administration import Administrator, is_administered_without
from escalation.services.people.invitations import POWERFUL
from escalation.services.people.office_mail import write_office_mail
from escalation.services.people.people import Term, WrongField, check_order, normal_email, open_mandate
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Rest:
    """From when to when an office rests, and the address of who holds it meanwhile; empty for nobody."""

    starts_on: date
    ends_on: date | None
    interim: str = ""


def suspend_office(mandate_id: int, rest: Rest, by: Administrator) -> int:
    """Let an office rest: from its first day, today at the earliest, it gives its holder no right; return its id.

    Who holds it meanwhile has an account, is told, and holds it to the same day.
    Raises: NotFound, WrongField.
    """
    today = local_day(by.now)
    with transaction() as session:
        mandate = _lock(session, mandate_id, by)
        _check(session, mandate, rest, today)
        row = Suspension(
            mandate_id=mandate_id,
            starts_on=rest.starts_on,
            ends_on=rest.ends_on,
            by_id=by.person_id,
            created_at=by.now,
        )
        session.add(row)
        session.flush()
        _note(session, SecurityEventKind.MANDATE_SUSPENDED, mandate, by, row.id)
        if rest.interim and rest.ends_on is not None:
            _give_interim(session, mandate, rest, by)
        return row.id


def lift_suspension(suspension_id: int, by: Administrator) -> int:
    """End a suspension at once, and with it what an interim held meanwhile; return the mandate's id.

    Raises: NotFound.
    """
    with transaction() as session:
        row = session.get(Suspension, suspension_id, with_for_update=True)
        if row is None:
            raise NotFound("suspension")
        mandate = _lock(session, row.mandate_id, by)
        if row.lifted_at is None and (row.ends_on is None or row.ends_on >= local_day(by.now)):
            row.lifted_at = by.now
            _end_interims(session, mandate, row, by)
            _note(session, SecurityEventKind.SUSPENSION_LIFTED, mandate, by, row.id)
        return mandate.id


def _lock(session: Session, mandate_id: int, by: Administrator) -> Mandate:
    mandate = session.get(Mandate, mandate_id, with_for_update=True)
    place = session.get(Place, mandate.place_code) if mandate else None
    if mandate is None or place is None or place.region_code not in by.regions:
        raise NotFound("mandate")
    return mandate


def _check(session: Session, mandate: Mandate, rest: Rest, today: date) -> None:
    if mandate.ends_on is not None and mandate.ends_on < today:
        raise NotFound("mandate")
    if rest.starts_on < today:
        raise WrongField("starts_on", "in_the_past")
    check_order(rest.starts_on, rest.ends_on)
    if rest.interim and rest.ends_on is None:
        raise WrongField("ends_on", "needs_end")
    if rest.interim and mandate.office in POWERFUL:
        raise WrongField("interim", "powerful")
    overlaps = select(Suspension.id).where(
        Suspension.mandate_id == mandate.id,
        Suspension.lifted_at.is_(None),
        or_(Suspension.ends_on.is_(None), Suspension.ends_on >= rest.starts_on),
    )
    if rest.ends_on is not None:
        overlaps = overlaps.where(Suspension.starts_on <= rest.ends_on)
    if session.scalars(overlaps.limit(1)).first() is not None:
        raise WrongField("starts_on", "rests_already")
    if mandate.office is Office.ADMINISTRATOR and not is_administered_without(session, mandate, rest.starts_on):
        raise WrongField("starts_on", "last_administrator")


def _give_interim(session: Session, mandate: Mandate, rest: Rest, by: Administrator) -> None:
    try:
        address = normal_email(rest.interim)
    except WrongField as wrong:
        raise WrongField("interim", "unknown_person") from wrong
    has_account = (Person.password_hash != "", Person.suspended_at.is_(None))
    person = session.scalar(select(Person).where(Person.email == address, *has_account))
    if person is None:
        raise WrongField("interim", "unknown_person")
    if person.id == mandate.person_id:
        raise WrongField("interim", "same_person")
    try:
        term = Term(mandate.office, mandate.place_code, rest.starts_on, rest.ends_on)
        interim = open_mandate(session, person.id, term, by.now)
    except WrongField as wrong:
        raise WrongField("interim", "already_held") from wrong
    interim.interim_for_id = mandate.id
    event = note_security(
        session,
        SecurityEventKind.MANDATE_OPENED,
        now=by.now,
        person_id=person.id,
        by_id=by.person_id,
        mandate=interim.id,
    )
    source = (MessageSource.SECURITY, event.id)
    write_office_mail(session, person, AccountNotice.OFFICE_GIVEN, source=source, mandate=interim, now=by.now)


def _end_interims(session: Session, mandate: Mandate, row: Suspension, by: Administrator) -> None:
    """End what is held in the place of an office: with yesterday, and what began today rests from now on."""
    today = local_day(by.now)
    held = select(Mandate).where(Mandate.interim_for_id == mandate.id, Mandate.starts_on == row.starts_on)
    for interim in session.scalars(held.where(or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today))):
        interim.ends_on = max(today - timedelta(days=1), interim.starts_on)
        if interim.starts_on >= today:
            session.add(
                Suspension(mandate_id=interim.id, starts_on=interim.starts_on, by_id=by.person_id, created_at=by.now)
            )


def _note(session: Session, kind: SecurityEventKind, mandate: Mandate, by: Administrator, number: int) -> None:
    note_security(
        session,
        kind,
        now=by.now,
        person_id=mandate.person_id,
        by_id=by.person_id,
        mandate=mandate.id,
        suspension=number,
    )
