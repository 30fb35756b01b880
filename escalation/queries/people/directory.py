"""Reading people as an administrator does: inside the regions they administer, and never a case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import Office
from escalation.domain.errors import NotFound
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.doors import Invitation, SecurityEvent
from escalation.models.people import Mandate, Person, SignInSession
from escalation.models.places import Place

PAGE = 50


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


@dataclass(frozen=True, slots=True)
class Noted:
    """An event of security with the people it names."""

    event: SecurityEvent
    person: Person | None
    by: Person | None


def regions_of(actor: Actor) -> frozenset[str]:
    """Return the regions that an actor administers."""
    return frozenset(held.place_code for held in actor.mandates if held.office is Office.ADMINISTRATOR)


def list_people(regions: Collection[str], words: str = "", after: int | None = None) -> list[Person]:
    """Return the people of regions whose name or address holds these words, fifty and one more, the newest first."""
    query = select(Person).where(is_of(regions)).order_by(Person.id.desc()).limit(PAGE + 1)
    for word in words.split()[:5]:
        part = f"%{word.replace('%', '').replace('_', '')}%"
        query = query.where(or_(Person.name_ar.ilike(part), Person.name_fr.ilike(part), Person.email.ilike(part)))
    if after is not None:
        query = query.where(Person.id < after)
    return list(db.session.scalars(query))


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


def list_invitations(regions: Collection[str], person_id: int | None = None) -> list[Asked]:
    """Return the invitations that wait, in these regions: for an answer, or for a second administrator."""
    by = aliased(Person)
    query = (
        select(Invitation, Person, Place, by)
        .join(Person, Person.id == Invitation.person_id)
        .join(Place, Place.code == Invitation.place_code)
        .outerjoin(by, by.id == Invitation.invited_by_id)
        .where(Place.region_code.in_(regions), Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .order_by(Invitation.id.desc())
        .limit(PAGE)
    )
    if person_id is not None:
        query = query.where(Invitation.person_id == person_id)
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


def list_security(regions: Collection[str], after: int | None = None, person_id: int | None = None) -> Sequence[Noted]:
    """Return what happened at the doors to the people of regions, the newest first, fifty and one more."""
    by = aliased(Person)
    query = (
        select(SecurityEvent, Person, by)
        .join(Person, Person.id == SecurityEvent.person_id)
        .outerjoin(by, by.id == SecurityEvent.by_id)
        .where(is_of(regions))
        .order_by(SecurityEvent.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(SecurityEvent.id < after)
    if person_id is not None:
        query = query.where(SecurityEvent.person_id == person_id)
    return [Noted(*row) for row in db.session.execute(query)]


def list_sign_ins(person_id: int, limit: int = 10) -> list[SignInSession]:
    """Return the last sessions of a person, ended or not."""
    query = select(SignInSession).where(SignInSession.person_id == person_id)
    return list(db.session.scalars(query.order_by(SignInSession.id.desc()).limit(limit)))


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
