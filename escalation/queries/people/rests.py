"""Reading when an office rests, as its administrator sees it."""

from dataclasses import dataclass

from sqlalchemy import select

from escalation.extensions import db
from escalation.models.offices import Suspension
from escalation.models.people import Mandate, Person


@dataclass(frozen=True)
class Interim:
    """Who holds, held or will hold an office while its holder's rests."""

    mandate: Mandate
    person: Person


def list_suspensions(mandate_id: int) -> list[Suspension]:
    """Return the times in which an office rests, rested or will rest, the last first."""
    query = select(Suspension).where(Suspension.mandate_id == mandate_id)
    return list(db.session.scalars(query.order_by(Suspension.starts_on.desc(), Suspension.id.desc())))


def list_interims(mandate_id: int) -> list[Interim]:
    """Return who holds or held an office in the place of its holder."""
    rows = db.session.execute(
        select(Mandate, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.interim_for_id == mandate_id)
        .order_by(Mandate.starts_on.desc(), Mandate.id.desc())
    )
    return [Interim(*row) for row in rows]


def find_suspended(suspension_id: int) -> int | None:
    """Return the mandate that a suspension is of, or None."""
    return db.session.scalar(select(Suspension.mandate_id).where(Suspension.id == suspension_id))
