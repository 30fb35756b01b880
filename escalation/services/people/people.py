"""Adding people, and giving them mandates; each function is one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escalation.domain.addresses import read_email
from escalation.domain.codes import OFFICE_LEVEL, Language, Office
from escalation.domain.errors import DomainError
from escalation.domain.people_table import NAME_CHARS
from escalation.domain.phones import read_phone
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.services.people.passwords import WrongLength, hash_password
from escalation.services.transaction import transaction


class WrongField(DomainError):
    """One field of a person, a mandate or a permission cannot stand; ``reason`` is a code."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Term:
    """An office at a place for a time; ``ends_on`` is its last day."""

    office: Office
    place_code: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Added:
    """Who was given which mandate, and whether they are new here."""

    person_id: int
    mandate_id: int
    is_new: bool


def normal_email(email: str) -> str:
    """Return an address as it is stored: checked for its form, in small letters. Raises: WrongField."""
    address = read_email(email)
    if address is None:
        raise WrongField("email", "not_an_email")
    return address


def normal_phone(phone: str) -> str | None:
    """Return a telephone number as it is stored, or None where nothing was written. Raises: WrongField."""
    if not phone.strip():
        return None
    number = read_phone(phone)
    if number is None:
        raise WrongField("phone", "not_a_phone")
    return number


def check_phone_free(session: Session, number: str | None, *, but: int | None = None) -> None:
    """Let a number pass that nobody else signs in by. Raises: WrongField."""
    if number is None:
        return
    taken = session.scalar(select(Person.id).where(Person.phone == number, Person.id != (but or 0)))
    if taken is not None:
        raise WrongField("phone", "taken")


def add_person(
    *,
    email: str,
    name_ar: str,
    name_fr: str,
    language: Language,
    password: str | None,
    term: Term,
    now: datetime,
    phone: str = "",
) -> Added:
    """Add a person with a first mandate, or give another mandate to the person of that address.

    Somebody already known keeps their names, number, language and pass-phrase: what is given for these is not used.
    Raises: WrongField.
    """
    address, number = normal_email(email), normal_phone(phone)
    password_hash = None if password is None else _hash(password)
    with transaction() as session:
        known = session.scalar(select(Person).where(Person.email == address))
        if known is not None:
            return Added(known.id, open_mandate(session, known.id, term, now).id, is_new=False)
        if password_hash is None:
            raise WrongField("password", "missing")
        check_phone_free(session, number)
        person = Person(
            email=address,
            phone=number,
            name_ar=checked_name("name_ar", name_ar),
            name_fr=checked_name("name_fr", name_fr),
            language=language,
            password_hash=password_hash,
            created_at=now,
        )
        session.add(person)
        session.flush()
        return Added(person.id, open_mandate(session, person.id, term, now).id, is_new=True)


def add_mandate(*, person_id: int, term: Term, now: datetime) -> int:
    """Give a person a mandate and return its id. Raises: WrongField."""
    with transaction() as session:
        if session.get(Person, person_id) is None:
            raise WrongField("person_id", "unknown")
        return open_mandate(session, person_id, term, now).id


def _hash(password: str) -> str:
    try:
        return hash_password(password)
    except WrongLength as error:
        raise WrongField("password", "wrong_length") from error


def checked_name(field: str, name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise WrongField(field, "missing")
    if len(words) > NAME_CHARS:
        raise WrongField(field, "too_long")
    return words


def check_term(session: Session, person_id: int, term: Term) -> None:
    """Let an office pass that this person may be given for this time. Raises: WrongField."""
    place = session.get(Place, term.place_code)
    if place is None or place.retired:
        raise WrongField("place", "unknown")
    if place.level is not OFFICE_LEVEL[term.office]:
        raise WrongField("place", "wrong_level")
    check_order(term.starts_on, term.ends_on)
    if _holds_already(session, person_id, term):
        raise WrongField("office", "already_held")


def open_mandate(session: Session, person_id: int, term: Term, now: datetime) -> Mandate:
    """Give a person an office within a transaction. Raises: WrongField."""
    check_term(session, person_id, term)
    mandate = Mandate(
        person_id=person_id,
        office=term.office,
        place_code=term.place_code,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        created_at=now,
    )
    session.add(mandate)
    session.flush()
    return mandate


def check_order(starts_on: date, ends_on: date | None) -> None:
    """Let days pass that are in order. Raises: WrongField."""
    if ends_on is not None and ends_on < starts_on:
        raise WrongField("ends_on", "before_its_start")


def _holds_already(session: Session, person_id: int, term: Term) -> bool:
    overlaps = select(Mandate.id).where(
        Mandate.person_id == person_id,
        Mandate.office == term.office,
        Mandate.place_code == term.place_code,
        or_(Mandate.ends_on.is_(None), Mandate.ends_on >= term.starts_on),
    )
    if term.ends_on is not None:
        overlaps = overlaps.where(Mandate.starts_on <= term.ends_on)
    return session.scalars(overlaps.limit(1)).first() is not None
