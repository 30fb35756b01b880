"""Reading what somebody must be told of offices: terms that end soon, cases of those who left, desks with nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import DESK_OFFICES, LEAD_OFFICES, MEMBER_OFFICES, Office, OfficeNoticeKind
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.models.offices import OfficeNotice
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.people.terms import lives_on

WARNS_BEFORE = timedelta(days=30)
"""How long before its last day a term's end is told."""
LOOKS_BACK = timedelta(days=30)
"""For how long after an end its hand-over is still told, after a time without any worker."""
BATCH = 200
MOST_COUNTED = 100


@dataclass(frozen=True)
class Held:
    """An office with its holder and its place."""

    mandate: Mandate
    person: Person
    place: Place


def is_left_behind(today: date) -> ColumnElement[bool]:
    """The condition that an open case is in charge of somebody who sits at its desk no more."""
    sits = aliased(Mandate)
    still = exists(
        select(sits.id)
        .join(Person, Person.id == sits.person_id)
        .where(
            sits.person_id == Obstacle.assignee_id,
            sits.place_code == Obstacle.desk_code,
            sits.office.in_(MEMBER_OFFICES),
            lives_on(today, sits),
            Person.suspended_at.is_(None),
        )
    )
    return and_(OPEN_AT_A_DESK, Obstacle.assignee_id.is_not(None), ~still)


def count_left_behind(desks: Collection[str], today: date, person_id: int | None = None) -> int:
    """Count, up to ``MOST_COUNTED``, the open cases at desks in charge of people who left, or of one of them."""
    left = select(Obstacle.id).where(Obstacle.desk_code.in_(desks), is_left_behind(today))
    if person_id is not None:
        left = left.where(Obstacle.assignee_id == person_id)
    counted = select(func.count()).select_from(left.limit(MOST_COUNTED).subquery())
    return int(db.session.execute(counted).scalar_one())


def count_open(desk_code: str) -> int:
    """Count the open cases at a desk."""
    query = select(func.count()).select_from(Obstacle).where(OPEN_AT_A_DESK, Obstacle.desk_code == desk_code)
    return int(db.session.execute(query).scalar_one())


def list_ending(today: date, *, regions: Collection[str] | None = None, person_id: int | None = None) -> list[Held]:
    """Return the offices that end within thirty days and lasted longer, of regions, of a person, or all."""
    query = _held().where(Mandate.ends_on >= today, Mandate.ends_on <= today + WARNS_BEFORE, lives_on(today))
    if regions is not None:
        query = query.where(Place.region_code.in_(regions))
    if person_id is not None:
        query = query.where(Mandate.person_id == person_id)
    rows = [Held(*row) for row in db.session.execute(query.order_by(Mandate.ends_on, Mandate.id).limit(BATCH))]
    return [one for one in rows if _lasted(one.mandate)]


def list_untold_ends(today: date) -> list[Held]:
    """Return the offices that end within thirty days and of whose last day nobody was told."""
    told = exists().where(
        OfficeNotice.kind == OfficeNoticeKind.TERM_ENDS,
        OfficeNotice.mandate_id == Mandate.id,
        OfficeNotice.day == Mandate.ends_on,
    )
    query = _held().where(Mandate.ends_on >= today, Mandate.ends_on <= today + WARNS_BEFORE, lives_on(today), ~told)
    rows = [Held(*row) for row in db.session.execute(query.order_by(Mandate.ends_on, Mandate.id).limit(BATCH))]
    return [one for one in rows if _lasted(one.mandate)]


def list_untold_handovers(today: date) -> list[Held]:
    """Return the offices at desks that ended in the last thirty days and whose hand-over was not looked at."""
    told = exists().where(OfficeNotice.kind == OfficeNoticeKind.HANDOVER, OfficeNotice.mandate_id == Mandate.id)
    ended = and_(Mandate.ends_on < today, Mandate.ends_on >= today - LOOKS_BACK, Mandate.office.in_(MEMBER_OFFICES))
    query = _held().where(ended, ~told).order_by(Mandate.ends_on, Mandate.id).limit(BATCH)
    return [Held(*row) for row in db.session.execute(query)]


def list_left(desks: Collection[str], today: date) -> Sequence[Held]:
    """Return who left these desks in the last ninety days, the last first."""
    ended = and_(Mandate.ends_on < today, Mandate.ends_on >= today - timedelta(days=90))
    here = (Mandate.place_code.in_(desks), Mandate.office.in_(MEMBER_OFFICES))
    query = _held().where(ended, *here).order_by(Mandate.ends_on.desc(), Mandate.id).limit(50)
    return [Held(*row) for row in db.session.execute(query)]


def list_desk_people(desk_code: str, today: date) -> tuple[list[Person], list[Person]]:
    """Return who leads a desk today, and everybody who sits there."""
    rows = db.session.execute(
        select(Person, Mandate.office)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(Mandate.place_code == desk_code, Mandate.office.in_(MEMBER_OFFICES), lives_on(today))
        .where(Person.suspended_at.is_(None))
        .order_by(Person.id)
    ).all()
    leads = {person.id: person for person, office in rows if office in LEAD_OFFICES}
    return list(leads.values()), list({person.id: person for person, _office in rows}.values())


def list_holders(office: Office, region_code: str, today: date) -> list[Person]:
    """Return who holds an office of a region today."""
    holds = (Mandate.office == office, Mandate.place_code == region_code, lives_on(today))
    query = select(Person).join(Mandate, Mandate.person_id == Person.id).where(*holds)
    return list(db.session.scalars(query.where(Person.suspended_at.is_(None)).order_by(Person.id).distinct()))


def list_empty_desks(today: date, regions: Collection[str] | None = None) -> list[Place]:
    """Return the desks that had somebody once and have nobody today."""
    had = exists().where(Mandate.place_code == Place.code, Mandate.office.in_(MEMBER_OFFICES))
    sits = exists(
        select(Mandate.id)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.place_code == Place.code, Mandate.office.in_(MEMBER_OFFICES), lives_on(today))
        .where(Person.suspended_at.is_(None))
    )
    query = select(Place).where(Place.level.in_(list(DESK_OFFICES)), Place.retired.is_(False), had, ~sits)
    if regions is not None:
        query = query.where(Place.region_code.in_(regions))
    return list(db.session.scalars(query.order_by(Place.code)))


def list_alarms() -> dict[str, OfficeNotice]:
    """Return the alarms of desks that had nobody when they were last looked at, by the desk."""
    is_open = (OfficeNotice.kind == OfficeNoticeKind.DESK_EMPTY, OfficeNotice.ended_at.is_(None))
    return {row.place_code: row for row in db.session.scalars(select(OfficeNotice).where(*is_open))}


def _held() -> Select[Mandate, Person, Place]:
    return (
        select(Mandate, Person, Place)
        .join(Person, Person.id == Mandate.person_id)
        .join(Place, Place.code == Mandate.place_code)
    )


def _lasted(mandate: Mandate) -> bool:
    """Say whether a term is longer than its warning: a short one is known to end from its first day."""
    return mandate.ends_on is not None and mandate.ends_on - mandate.starts_on > WARNS_BEFORE
