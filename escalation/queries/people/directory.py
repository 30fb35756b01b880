"""Reading people as an administrator does: inside the regions they administer, and never a case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import aliased

from escalation.domain.codes import Office
from escalation.domain.errors import NotFound
from escalation.domain.phones import read_phone
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.doors import Invitation
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.terms import lives_on

PAGE = 50
MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Held:
    """An office that a person holds, held or will hold, and where."""

    mandate: Mandate
    place: Place


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation with who it is for, where, and who asked."""

    invitation: Invitation
    person: Person
    place: Place
    by: Person | None


class State(StrEnum):
    """What an administrator looks for among people."""

    SUSPENDED = "suspended"
    NOT_OPEN = "not-open"
    WITHOUT_OFFICE = "without-office"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people are looked for; what is empty narrows nothing."""

    words: str = ""
    office: Office | None = None
    state: State | None = None


def regions_of(actor: Actor) -> frozenset[str]:
    """Return the regions that an actor administers."""
    return frozenset(held.place_code for held in actor.mandates if held.office is Office.ADMINISTRATOR)


def list_people(regions: Collection[str], wanted: Wanted, today: date, after: int | None = None) -> list[Person]:
    """Return the people of regions who are looked for, fifty and one more, the newest first."""
    query = select(Person).where(is_of(regions), has_words(wanted.words)).order_by(Person.id.desc()).limit(PAGE + 1)
    holds = exists().where(Mandate.person_id == Person.id, lives_on(today))
    if wanted.office is not None:
        there = Mandate.place_code.in_(select(Place.code).where(Place.region_code.in_(regions)))
        query = query.where(holds.where(Mandate.office == wanted.office, there))
    if wanted.state is not None:
        states = {
            State.SUSPENDED: Person.suspended_at.is_not(None),
            State.NOT_OPEN: Person.password_hash == "",
            State.WITHOUT_OFFICE: ~holds,
        }
        query = query.where(states[wanted.state])
    if after is not None:
        query = query.where(Person.id < after)
    return list(db.session.scalars(query))


def has_words(words: str) -> ColumnElement[bool]:
    """The condition that a person's name or address holds all of these words, or that this is their number."""
    number = read_phone(words)
    if number is not None:
        return Person.phone == number
    parts = [f"%{word.replace('%', '').replace('_', '')}%" for word in words.split()[:MOST_WORDS]]
    columns = (Person.name_ar, Person.name_fr, Person.email)
    return and_(true(), *(or_(*(column.ilike(part) for column in columns)) for part in parts))


def get_person(regions: Collection[str], person_id: int) -> Person:
    """Return a person of these regions. Raises: NotFound."""
    found = db.session.scalar(select(Person).where(Person.id == person_id, is_of(regions)))
    if found is None:
        raise NotFound("person")
    return found


def list_held(person_ids: Collection[int]) -> dict[int, list[Held]]:
    """Return every office of these people, those that began last first, in one query."""
    rows = db.session.execute(
        select(Mandate, Place)
        .join(Place, Place.code == Mandate.place_code)
        .where(Mandate.person_id.in_(person_ids))
        .order_by(Mandate.starts_on.desc(), Mandate.id.desc())
    )
    held: dict[int, list[Held]] = {person_id: [] for person_id in person_ids}
    for mandate, place in rows:
        held[mandate.person_id].append(Held(mandate, place))
    return held


def get_mandate(regions: Collection[str], mandate_id: int) -> Held:
    """Return an office held in these regions. Raises: NotFound."""
    row = db.session.execute(
        select(Mandate, Place)
        .join(Place, Place.code == Mandate.place_code)
        .where(Mandate.id == mandate_id, Place.region_code.in_(regions))
    ).first()
    if row is None:
        raise NotFound("mandate")
    return Held(*row)


def list_invitations(
    regions: Collection[str], *, person_id: int | None = None, after: int | None = None, to_approve: bool = False
) -> list[Asked]:
    """Return the invitations that wait in these regions, the newest first, fifty and one more.

    They wait for an answer, or for a second administrator; with ``to_approve`` only the latter.
    """
    by = aliased(Person)
    query = (
        select(Invitation, Person, Place, by)
        .join(Person, Person.id == Invitation.person_id)
        .join(Place, Place.code == Invitation.place_code)
        .outerjoin(by, by.id == Invitation.invited_by_id)
        .where(Place.region_code.in_(regions), Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .order_by(Invitation.id.desc())
        .limit(PAGE + 1)
    )
    if person_id is not None:
        query = query.where(Invitation.person_id == person_id)
    if after is not None:
        query = query.where(Invitation.id < after)
    if to_approve:
        query = query.where(Invitation.needs_approval.is_(True), Invitation.approved_at.is_(None))
    return [Asked(*row) for row in db.session.execute(query)]


def get_invitation(regions: Collection[str], invitation_id: int) -> Invitation:
    """Return an invitation to an office in these regions. Raises: NotFound."""
    found = db.session.scalar(
        select(Invitation)
        .join(Place, Place.code == Invitation.place_code)
        .where(Invitation.id == invitation_id, Place.region_code.in_(regions))
    )
    if found is None:
        raise NotFound("invitation")
    return found


def is_live(mandate: Mandate, today: date) -> bool:
    """Say whether an office is held today."""
    return mandate.starts_on <= today and (mandate.ends_on is None or mandate.ends_on >= today)


def is_of(regions: Collection[str]) -> ColumnElement[bool]:
    """Whoever holds, held or is invited to an office there; and who has none at all, whom somebody must see."""
    there = select(Place.code).where(Place.region_code.in_(regions))
    has_mandate = exists().where(Mandate.person_id == Person.id, Mandate.place_code.in_(there))
    has_invitation = exists().where(Invitation.person_id == Person.id, Invitation.place_code.in_(there))
    has_any = exists().where(Mandate.person_id == Person.id)
    return or_(has_mandate, has_invitation, ~has_any)
