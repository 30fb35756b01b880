"""What each list of obstacles holds for an actor: the queue of their desks, their commune's own, what they may read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, OPEN, Level, Office, Status
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.models.places import Place
from escalation.queries.case_rows import Cursor, Page, list_by_age, list_by_change, list_by_deadline
from escalation.queries.obstacles import visible_to
from escalation.queries.places import get_places

OWN_OFFICES = COMMUNE_OFFICES | {Office.SECRETARIAT_STAFF}
SECRETARIES = frozenset({Office.PROVINCIAL_SECRETARY, Office.REGIONAL_SECRETARY})
QUEUE_OFFICES = MEMBER_OFFICES | SECRETARIES
COUNTED = 100
SOON = timedelta(days=5)


@dataclass(frozen=True)
class Territory:
    """The desks whose cases an actor's queue holds, and the provinces by which it can be narrowed."""

    desks: frozenset[str]
    """The desks where this actor decides."""
    watched: frozenset[str]
    """The provinces or regions that this actor reads as their secretary."""
    provinces: tuple[Place, ...]
    """Those of the actor's regions, by their French name."""

    @property
    def spans_provinces(self) -> bool:
        """Say whether the queue is that of a region, so that narrowing it to a province makes sense."""
        return any(place.region_code in self.desks | self.watched for place in self.provinces)

    def all_desks(self) -> frozenset[str]:
        """Return every desk that can hold a case of the queue: those of the regions, when a secretary reads it."""
        regions = {place.region_code for place in self.provinces}
        return self.desks | (
            frozenset(place.code for place in self.provinces) | regions if self.watched else frozenset()
        )


@dataclass(frozen=True)
class Narrowed:
    """What a reader asked of the queue; nothing asked is all that is open."""

    status: Status | None = None
    province_code: str | None = None
    late: bool = False
    mine: bool = False
    unclaimed: bool = False


@dataclass(frozen=True)
class Counts:
    """How many cases are open, and late, counted no further than ``COUNTED``."""

    open: int
    late: int


def read_territory(actor: Actor) -> Territory:
    """Return the territory of an actor's queue."""
    held = {m.place_code: m.office for m in actor.mandates if m.office in QUEUE_OFFICES}
    regions = {place.region_code for place in get_places(held).values()}
    provinces = db.session.scalars(
        select(Place)
        .where(Place.region_code.in_(regions), Place.level == Level.PROVINCE)
        .order_by(Place.name_fr, Place.code)
    )
    return Territory(
        desks=_places_of(actor, MEMBER_OFFICES),
        watched=_places_of(actor, SECRETARIES),
        provinces=tuple(provinces),
    )


def list_queue(
    actor: Actor, territory: Territory, narrowed: Narrowed, now: datetime, after: Cursor | None = None
) -> Page:
    """Return a page of the queue, the nearest deadline first."""
    return list_by_deadline(and_(_in_queue(territory, narrowed.status), *_asked(actor, narrowed, now)), after)


def count_queue(territory: Territory, now: datetime) -> Counts:
    """Count what is open and what is late in the whole queue, each no further than ``COUNTED``."""
    in_queue = _in_queue(territory, None)
    some = (
        select(func.count()).select_from(select(Obstacle.id).where(condition).limit(COUNTED).subquery())
        for condition in (in_queue, and_(in_queue, Obstacle.due_at < now))
    )
    opened, late = db.session.execute(select(*(each.scalar_subquery() for each in some))).one()
    return Counts(opened, late)


def list_own(actor: Actor, status: Status | None = None, after: Cursor | None = None) -> Page:
    """Return a page of the obstacles of an actor's communes, or of those they filed as staff: drafts first."""
    return list_by_change(and_(_own(actor), *_of_status(status)), after)


def list_readable(actor: Actor, status: Status | None = None, after: Cursor | None = None) -> Page:
    """Return a page of all filed obstacles an actor may read, the newest first."""
    return list_by_age(and_(visible_to(actor), Obstacle.status != Status.DRAFT, *_of_status(status)), after)


def list_own_waiting(actor: Actor, statuses: Collection[Status], limit: int) -> Page:
    """Return the first of an actor's own obstacles that stand at one of these statuses."""
    return list_by_change(and_(_own(actor), Obstacle.status.in_(statuses)), limit=limit)


def list_my_cases_soon_due(actor: Actor, now: datetime, limit: int) -> Page:
    """Return the first of the cases an actor has in charge at their desks that are late or soon due."""
    desks = _places_of(actor, MEMBER_OFFICES)
    mine = and_(OPEN_AT_A_DESK, Obstacle.desk_code.in_(desks), Obstacle.assignee_id == actor.person_id)
    return list_by_deadline(and_(mine, Obstacle.due_at < now + SOON), limit=limit)


def list_unclaimed(actor: Actor, limit: int) -> Page:
    """Return the first of the cases at an actor's desks that nobody has in charge."""
    desks = _places_of(actor, MEMBER_OFFICES)
    free = and_(OPEN_AT_A_DESK, Obstacle.desk_code.in_(desks), Obstacle.status == Status.FILED)
    return list_by_deadline(free, limit=limit)


def list_late(territory: Territory, now: datetime, limit: int) -> Page:
    """Return the first of the late cases of a queue."""
    return list_by_deadline(and_(_in_queue(territory, None), Obstacle.due_at < now), limit=limit)


def _in_queue(territory: Territory, status: Status | None) -> ColumnElement[bool]:
    """At one of the desks, and open unless a status is asked for; the index of open cases needs its own words."""
    at_desks = Obstacle.desk_code.in_(territory.all_desks())
    whose = or_(
        false(),
        Obstacle.desk_code.in_(territory.desks),
        Obstacle.province_code.in_(territory.watched),
        Obstacle.region_code.in_(territory.watched),
    )
    stands = OPEN_AT_A_DESK if status is None or status in OPEN else Obstacle.status == status
    return and_(stands, at_desks, whose)


def _asked(actor: Actor, narrowed: Narrowed, now: datetime) -> list[ColumnElement[bool]]:
    conditions = _of_status(narrowed.status)
    if narrowed.province_code is not None:
        conditions.append(Obstacle.province_code == narrowed.province_code)
    if narrowed.late:
        conditions.append(Obstacle.due_at < now)
    if narrowed.mine:
        conditions.append(Obstacle.assignee_id == actor.person_id)
    if narrowed.unclaimed:
        conditions.append(Obstacle.assignee_id.is_(None))
    return conditions


def _of_status(status: Status | None) -> list[ColumnElement[bool]]:
    return [] if status is None else [Obstacle.status == status]


def _own(actor: Actor) -> ColumnElement[bool]:
    communes = _places_of(actor, COMMUNE_OFFICES)
    filed_by_me = and_(
        Obstacle.region_code.in_(_places_of(actor, {Office.SECRETARIAT_STAFF})), Obstacle.author_id == actor.person_id
    )
    return or_(Obstacle.commune_code.in_(communes), filed_by_me)


def _places_of(actor: Actor, offices: Collection[Office]) -> frozenset[str]:
    return frozenset(mandate.place_code for mandate in actor.mandates if mandate.office in offices)
