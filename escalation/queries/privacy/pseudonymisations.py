"""Names that are to go, and those that went: as the administrators of their regions read them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.people import Person
from escalation.models.privacy import Pseudonymisation
from escalation.queries.people.directory import is_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Going:
    """A name that is to go, or went, with whom it concerns and who asked."""

    row: Pseudonymisation
    person: Person
    by: Person | None


def list_going(regions: Collection[str], *, done: bool, person_id: int | None = None) -> Sequence[Going]:
    """Return what waits for a second administrator, or what was done, in these regions, the newest first."""
    by = aliased(Person)
    waits = (Pseudonymisation.done_at.is_(None), Pseudonymisation.dropped_at.is_(None))
    query = (
        select(Pseudonymisation, Person, by)
        .join(Person, Person.id == Pseudonymisation.person_id)
        .outerjoin(by, by.id == Pseudonymisation.asked_by_id)
        .where(is_of(regions), *((Pseudonymisation.done_at.is_not(None),) if done else waits))
        .order_by(Pseudonymisation.id.desc())
        .limit(MOST)
    )
    if person_id is not None:
        query = query.where(Pseudonymisation.person_id == person_id)
    return [Going(*row) for row in db.session.execute(query)]


def get_going(regions: Collection[str], pseudonymisation_id: int) -> Pseudonymisation:
    """Return a name that is to go, or went, in these regions. Raises: NotFound."""
    found = db.session.scalar(
        select(Pseudonymisation)
        .join(Person, Person.id == Pseudonymisation.person_id)
        .where(Pseudonymisation.id == pseudonymisation_id, is_of(regions))
    )
    if found is None:
        raise NotFound("pseudonymisation")
    return found


def list_people(regions: Collection[str], person_ids: Collection[int]) -> Sequence[Person]:
    """Return these people as far as they are of these regions, the oldest account first."""
    query = select(Person).where(Person.id.in_(person_ids), is_of(regions)).order_by(Person.id).limit(MOST)
    return db.session.scalars(query).all()
