"""What an administrator does with people who are here already: correct, suspend, restore, end an office."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageSource, Office
from escalation.domain.errors import NotAllowed, NotFound
from escalation.models.doors import PasswordReset
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.terms import lives_on
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.ending import end_sessions
from escalation.services.people.factors import drop_factors
from escalation.services.people.invitations import POWERFUL, another_administers, invite_anew
from escalation.services.people.people import (
    WrongField,
    check_phone_free,
    checked_name,
    normal_email,
    normal_phone,
)
from escalation.services.people.phone import change_phone
from escalation.services.people.security import note_security
from escalation.services.people.trusted import end_trust
from escalation.services.transaction import transaction


@dataclass(frozen=True)
class Administrator:
    """Who administers, in which regions, at which moment."""

    person_id: int
    regions: frozenset[str]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a person is called, where letters reach them, and by which number they sign in beside that address."""

    email: str
    name_ar: str
    name_fr: str
    phone: str = ""


def correct_person(person_id: int, correction: Correction, by: Administrator) -> None:
    """Correct the names, the address or the number of a person.

    With another address their sessions and links end, the address before is told, and what they were invited to is
    written to the new one.
    Raises: NotFound, WrongField, NotAllowed for who holds an office elsewhere, and for another address of somebody
    whose office nobody gives alone: who writes the address can take the account over.
    """
    address, number = normal_email(correction.email), normal_phone(correction.phone)
    with transaction() as session:
        person = _lock(session, person_id, by)
        if person.pseudonymised_at is not None:
            raise NotAllowed("correct", "former")
        check_phone_free(session, number, but=person_id)
        names = (checked_name("name_ar", correction.name_ar), checked_name("name_fr", correction.name_fr))
        if person.email != address:
            _check_may_readdress(session, person, by)
            _move_to(session, person, address, by.person_id, by.now)
        elif names != (person.name_ar, person.name_fr):
            kind = SecurityEventKind.PERSON_CORRECTED
            note_security(session, kind, now=by.now, person_id=person_id, by_id=by.person_id)
        person.name_ar, person.name_fr = names
        change_phone(session, person, number, by_id=by.person_id, now=by.now)


def readdress(email: str, to: str, now: datetime) -> int:
    """Give an account another address, as the installation itself; return whose it is. Raises: WrongField."""
    address = normal_email(to)
    with transaction() as session:
        person = session.scalar(select(Person).where(Person.email == normal_email(email)).with_for_update())
        if person is None:
            raise WrongField("email", "unknown")
        _move_to(session, person, address, None, now)
        return person.id


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
            end_trust(session, person_id)
            note_security(session, SecurityEventKind.SUSPENDED, now=now, person_id=person_id, by_id=by.person_id)


def restore(person_id: int, by: Administrator) -> None:
    """Open a suspended account again.

    Raises: NotFound, NotAllowed for who holds an office elsewhere, and for whose name is gone.
    """
    with transaction() as session:
        person, now = _lock(session, person_id, by), by.now
        if person.pseudonymised_at is not None:
            raise NotAllowed("restore", "former")
        if person.suspended_at is not None:
            person.suspended_at = None
            note_security(session, SecurityEventKind.RESTORED, now=now, person_id=person_id, by_id=by.person_id)


def reset_factors(person_id: int, by: Administrator) -> None:
    """Take away what a person proves themselves with, since they lost it; their sessions end, and they are told.

    Raises: NotFound, NotAllowed for oneself and for who holds an office elsewhere.
    """
    if person_id == by.person_id:
        raise NotAllowed("reset_factors", "own_factors")
    with transaction() as session:
        drop_factors(session, _lock(session, person_id, by), by.now, by.person_id)


def end_mandate(mandate_id: int, last_day: date, by: Administrator) -> None:
    """End an office: its last day may be yesterday, which ends it at once, or any day to come.

    The last administrator of a region keeps their office.
    Raises: NotFound, NotAllowed, WrongField when the day is before the first one, or longer past than yesterday.
    """
    with transaction() as session:
        check_administered(session, end_within(session, mandate_id, last_day, by), last_day)


def end_within(session: Session, mandate_id: int, last_day: date, by: Administrator, field: str = "ends_on") -> Mandate:
    """Write the last day of an office in a transaction that holds more; ``field`` is what a wrong day is said of.

    Raises: NotFound, WrongField.
    """
    today = local_day(by.now)
    mandate = session.get(Mandate, mandate_id, with_for_update=True)
    if mandate is None or (mandate.ends_on is not None and mandate.ends_on < today):
        raise NotFound("mandate")
    if last_day < today - timedelta(days=1):
        raise WrongField(field, "past")
    if last_day < mandate.starts_on:
        raise WrongField(field, "before_its_start")
    mandate.ends_on = last_day
    note_security(
        session,
        SecurityEventKind.MANDATE_ENDED,
        now=by.now,
        person_id=mandate.person_id,
        by_id=by.person_id,
        mandate=mandate.id,
        last_day=last_day.isoformat(),
    )
    return mandate


def check_administered(session: Session, ended: Mandate, last_day: date) -> None:
    """Let an office end where somebody else administers the region on the day after. Raises: NotAllowed."""
    on = last_day + timedelta(days=1)
    if ended.office is Office.ADMINISTRATOR and not is_administered_without(session, ended, on):
        raise NotAllowed("end_mandate", "last_administrator")


def is_administered_without(session: Session, mandate: Mandate, day: date) -> bool:
    """Say whether somebody else administers the same region on a day."""
    others = (
        select(Mandate.id)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.office == Office.ADMINISTRATOR, Mandate.place_code == mandate.place_code)
        .where(lives_on(day), Mandate.id != mandate.id)
        .where(Person.suspended_at.is_(None), Person.password_hash != "")
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


def _check_may_readdress(session: Session, person: Person, by: Administrator) -> None:
    """Refuse another address for somebody whose office two give, where there are two."""
    powerful = (
        select(Mandate)
        .where(Mandate.person_id == person.id, Mandate.office.in_(POWERFUL))
        .where(or_(Mandate.ends_on.is_(None), Mandate.ends_on >= local_day(by.now)))
    )
    for mandate in session.scalars(powerful) if person.id != by.person_id else ():
        if another_administers(session, mandate.place_code, by.person_id, by.now):
            raise NotAllowed("administer", "powerful")


def _move_to(session: Session, person: Person, address: str, by_id: int | None, now: datetime) -> None:
    """Let letters reach a person elsewhere; what was sent to the address before ends, and it is told."""
    if session.scalar(select(Person.id).where(Person.email == address, Person.id != person.id)) is not None:
        raise WrongField("email", "taken")
    end_sessions(session, person.id, now)
    end_trust(session, person.id)
    links = update(PasswordReset).where(PasswordReset.person_id == person.id, PasswordReset.ended_at.is_(None))
    session.execute(links.values(ended_at=now))
    event = note_security(session, SecurityEventKind.PERSON_CORRECTED, now=now, person_id=person.id, by_id=by_id)
    if person.password_hash:
        source, facts = (MessageSource.SECURITY, event.id), {"at": now.isoformat()}
        write_account_mail(session, person, AccountNotice.ADDRESS_CHANGED, source=source, now=now, facts=facts)
    person.email = address
    invite_anew(session, person, by_id, now)
