"""What an administrator does with people who are here already: correct, suspend, restore, end an office."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import AccountNotice, MessageSource, Office, SecurityEventKind
from escalation.domain.errors import NotAllowed, NotFound
from escalation.models.doors import PasswordReset
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.terms import lives_on
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.ending import end_sessions
from escalation.services.people.invitations import invite_anew
from escalation.services.people.people import WrongField, checked_name, normal_email
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


@dataclass(frozen=True)
class Administrator:
    """Who administers, in which regions, at which moment."""

    person_id: int
    regions: frozenset[str]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a person is called and where letters reach them."""

    email: str
    name_ar: str
    name_fr: str


def correct_person(person_id: int, correction: Correction, by: Administrator) -> None:
    """Correct the names or the address of a person.

    With another address their sessions and links end, the address before is told, and what they were invited to is
    written to the new one.
    Raises: NotFound, NotAllowed for who holds an office elsewhere, WrongField.
    """
    address, now = normal_email(correction.email), by.now
    with transaction() as session:
        person = _lock(session, person_id, by)
        taken = session.scalar(select(Person.id).where(Person.email == address, Person.id != person_id))
        if taken is not None:
            raise WrongField("email", "taken")
        is_elsewhere = person.email != address
        if is_elsewhere:
            _leave_address(session, person, by)
        person.email = address
        person.name_ar = checked_name("name_ar", correction.name_ar)
        person.name_fr = checked_name("name_fr", correction.name_fr)
        if is_elsewhere:
            invite_anew(session, person, by.person_id, now)


def suspend(person_id: int, by: Administrator) -> None:
    """Close an account until it is restored: its sessions end at once.

    Raises: NotFound, NotAllowed for oneself and for who holds an office elsewhere.
    """
    if person_id == by.person_id:
        raise NotAllowed("suspend", "oneself")
    with transaction() as session:
        person, now = _lock(session, person_id, by), by.now
        if person.suspended_at is None:
            person.suspended_at = now
            end_sessions(session, person_id, now)
            note_security(session, SecurityEventKind.SUSPENDED, now=now, person_id=person_id, by_id=by.person_id)


def restore(person_id: int, by: Administrator) -> None:
    """Open a suspended account again. Raises: NotFound, NotAllowed for who holds an office elsewhere."""
    with transaction() as session:
        person, now = _lock(session, person_id, by), by.now
        if person.suspended_at is not None:
            person.suspended_at = None
            note_security(session, SecurityEventKind.RESTORED, now=now, person_id=person_id, by_id=by.person_id)


def end_mandate(mandate_id: int, last_day: date, by: Administrator) -> None:
    """End an office: its last day may be yesterday, which ends it at once, or any day to come.

    The last administrator of a region keeps their office.
    Raises: NotFound, NotAllowed, WrongField when the day is before the first one, or longer past than yesterday.
    """
    now, today = by.now, local_day(by.now)
    with transaction() as session:
        mandate = session.get(Mandate, mandate_id, with_for_update=True)
        if mandate is None or (mandate.ends_on is not None and mandate.ends_on < today):
            raise NotFound("mandate")
        if last_day < today - timedelta(days=1):
            raise WrongField("ends_on", "past")
        if last_day < mandate.starts_on:
            raise WrongField("ends_on", "before_its_start")
        if mandate.office is Office.ADMINISTRATOR and not another_administers(session, mandate, today):
            raise NotAllowed("end_mandate", "last_administrator")
        mandate.ends_on = last_day
        note_security(
            session,
            SecurityEventKind.MANDATE_ENDED,
            now=now,
            person_id=mandate.person_id,
            by_id=by.person_id,
            mandate=mandate.id,
            last_day=last_day.isoformat(),
        )


def another_administers(session: Session, mandate: Mandate, today: date) -> bool:
    """Say whether somebody else administers the same region on a day."""
    others = (
        select(Mandate.id)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.office == Office.ADMINISTRATOR, Mandate.place_code == mandate.place_code, lives_on(today))
        .where(Mandate.person_id != mandate.person_id, Person.suspended_at.is_(None), Person.password_hash != "")
    )
    return session.scalars(others.limit(1)).first() is not None


def _lock(session: Session, person_id: int, by: Administrator) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound("person")
    elsewhere = (
        select(Mandate.id)
        .join(Place, Place.code == Mandate.place_code)
        .where(Mandate.person_id == person_id, Place.region_code.not_in(by.regions), lives_on(local_day(by.now)))
    )
    if session.scalars(elsewhere.limit(1)).first() is not None:
        raise NotAllowed("administer", "elsewhere")
    return person


def _leave_address(session: Session, person: Person, by: Administrator) -> None:
    """End what was sent to an address that is a person's no more, and tell it so."""
    end_sessions(session, person.id, by.now)
    links = update(PasswordReset).where(PasswordReset.person_id == person.id, PasswordReset.ended_at.is_(None))
    session.execute(links.values(ended_at=by.now))
    event = note_security(
        session, SecurityEventKind.PERSON_CORRECTED, now=by.now, person_id=person.id, by_id=by.person_id
    )
    if person.password_hash:
        source = (MessageSource.SECURITY, event.id)
        facts = {"at": by.now.isoformat()}
        write_account_mail(session, person, AccountNotice.ADDRESS_CHANGED, source=source, now=by.now, facts=facts)
