"""Reading who is away and who acts meanwhile, and who may file in the name of a commune, for those who decide it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import MEMBER_OFFICES, Office
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.offices import Deputyship
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.terms import lives_on, permission_lives_on


@dataclass(frozen=True)
class Away:
    """A named deputy: in which office, where, for whom and by whom."""

    deputyship: Deputyship
    mandate: Mandate
    place: Place
    holder: Person
    deputy: Person


@dataclass(frozen=True)
class Delegate:
    """A delegate of a commune, with their permissions to file that have not ended, and whether one holds today."""

    mandate: Mandate
    person: Person
    place: Place
    permissions: tuple[FilingPermission, ...]
    may_file: bool


def list_absences(person_id: int, today: date) -> list[Away]:
    """Return who acts for a person, and for whom the person acts, today and in the days to come."""
    holder, deputy = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(Deputyship, Mandate, Place, holder, deputy)
        .join(Mandate, Mandate.id == Deputyship.mandate_id)
        .join(Place, Place.code == Mandate.place_code)
        .join(holder, holder.id == Mandate.person_id)
        .join(deputy, deputy.id == Deputyship.deputy_id)
        .where(or_(holder.id == person_id, deputy.id == person_id))
        .where(Deputyship.ends_on >= today, Deputyship.taken_back_at.is_(None))
        .order_by(Deputyship.starts_on, Deputyship.id)
    )
    return [Away(*row) for row in rows]


def list_desk_offices(actor: Actor) -> list[tuple[Mandate, Place]]:
    """Return an actor's own offices at desks, with where they are."""
    own = [one.id for one in actor.mandates if one.office in MEMBER_OFFICES and one.for_person_id is None]
    rows = db.session.execute(
        select(Mandate, Place)
        .join(Place, Place.code == Mandate.place_code)
        .where(Mandate.id.in_(own))
        .order_by(Mandate.id)
    )
    return [(mandate, place) for mandate, place in rows]


def list_colleagues(desks: Collection[str], person_id: int, today: date) -> dict[str, list[Person]]:
    """Return who else sits at each of these desks today."""
    rows = db.session.execute(
        select(Mandate.place_code, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.place_code.in_(desks), Mandate.office.in_(MEMBER_OFFICES), lives_on(today))
        .where(Person.id != person_id, Person.suspended_at.is_(None))
        .order_by(Person.name_fr, Person.id)
    )
    found: dict[str, list[Person]] = {desk: [] for desk in desks}
    for desk, person in rows:
        if person not in found[desk]:
            found[desk].append(person)
    return found


def list_delegates(communes: Collection[str], today: date) -> Sequence[Delegate]:
    """Return the delegates of communes today, each with the permissions that have not ended."""
    rows = db.session.execute(
        select(Mandate, Person, Place)
        .join(Person, Person.id == Mandate.person_id)
        .join(Place, Place.code == Mandate.place_code)
        .where(Mandate.place_code.in_(communes), Mandate.office == Office.COMMUNE_DELEGATE, lives_on(today))
        .order_by(Person.name_fr, Mandate.id)
    ).all()
    ids = [mandate.id for mandate, _person, _place in rows]
    to_come = (FilingPermission.ends_on >= today, FilingPermission.taken_back_at.is_(None))
    permissions = db.session.scalars(
        select(FilingPermission).where(FilingPermission.mandate_id.in_(ids), *to_come).order_by(FilingPermission.id)
    ).all()
    live = set(
        db.session.scalars(
            select(Mandate.id).join(FilingPermission, permission_lives_on(today)).where(Mandate.id.in_(ids))
        )
    )
    return [
        Delegate(
            mandate,
            person,
            place,
            tuple(one for one in permissions if one.mandate_id == mandate.id),
            mandate.id in live,
        )
        for mandate, person, place in rows
    ]
