"""Who has read a case: for those who may ask, a line for each person, office and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.models.privacy import CaseRead

PAGE = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """One day on which a case was read by somebody in one office."""

    read: CaseRead
    person: Person
    place: Place


@dataclass(frozen=True, slots=True)
class OfficeReading:
    """One day on which a case was read in one office, whoever it was."""

    read_on: date
    office: Office
    place: Place


def list_readings(obstacle_id: int, before_id: int | None = None) -> Sequence[Reading]:
    """Return who read a case, by name, the newest first: a page and one more."""
    query = (
        select(CaseRead, Person, Place)
        .join(Person, Person.id == CaseRead.person_id)
        .join(Place, Place.code == CaseRead.place_code)
        .where(CaseRead.obstacle_id == obstacle_id)
        .order_by(CaseRead.id.desc())
        .limit(PAGE + 1)
    )
    if before_id is not None:
        query = query.where(CaseRead.id < before_id)
    return [Reading(*row) for row in db.session.execute(query)]


def list_offices_that_read(obstacle_id: int) -> Sequence[OfficeReading]:
    """Return in which offices a case was read on which days, nobody named, the newest first."""
    rows = db.session.execute(
        select(CaseRead.read_on, CaseRead.office, Place)
        .join(Place, Place.code == CaseRead.place_code)
        .where(CaseRead.obstacle_id == obstacle_id)
        .order_by(CaseRead.read_on.desc(), CaseRead.office, Place.code)
        .limit(PAGE * 5)
    )
    return list(dict.fromkeys(OfficeReading(*row) for row in rows))
