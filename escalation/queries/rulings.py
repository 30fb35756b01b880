"""Reading what desks disagree on: the types that were sent to and fro again and again, and what was ruled of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import Event, RulingState
from escalation.extensions import db
from escalation.models.competence import Ruling
from escalation.models.obstacles import Obstacle, Referral
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.queries.lists.queue_order import passed_over

DISPUTED_STAY = Referral.opened_by.in_(
    [literal_column("'obstacle_transferred'"), literal_column("'obstacle_contested'")]
)
"""Written out, not bound, so that the index of such stays serves."""
LOOKS_BACK = timedelta(days=365)
REPEATED = 2
"""From how many transfers and contests of one type on somebody should rule."""


@dataclass(frozen=True)
class Sent:
    """How often cases of a type went from one desk to another, by a transfer or because they were contested."""

    from_desk: str
    to_desk: str
    event: Event
    count: int


@dataclass(frozen=True)
class Disputed:
    """A type on which somebody should rule, with what happened since it was ruled on last."""

    region_code: str
    obstacle_type: str
    sent: tuple[Sent, ...]

    @property
    def count(self) -> int:
        """Return how often it was transferred or contested."""
        return sum(one.count for one in self.sent)


@dataclass(frozen=True)
class Ruled:
    """A ruling with where it holds and who made it."""

    ruling: Ruling
    place: Place
    by: Person


def list_disputed(regions: Collection[str], now: datetime) -> list[Disputed]:
    """Return the types sent to and fro at least twice in a year and since they were ruled on, the most sent first."""
    before = aliased(Referral)
    last = (
        select(Ruling.region_code, Ruling.obstacle_type, func.max(Ruling.made_at).label("made_at"))
        .group_by(Ruling.region_code, Ruling.obstacle_type)
        .subquery()
    )
    ruled = and_(last.c.region_code == Obstacle.region_code, last.c.obstacle_type == Obstacle.obstacle_type)
    since = now - LOOKS_BACK
    columns = (Obstacle.region_code, Obstacle.obstacle_type, before.desk_code, Referral.desk_code, Referral.opened_by)
    rows = db.session.execute(
        select(*columns, func.count())
        .select_from(Referral)
        .join(before, and_(before.obstacle_id == Referral.obstacle_id, before.seq == Referral.seq - 1))
        .join(Obstacle, Obstacle.id == Referral.obstacle_id)
        .outerjoin(last, ruled)
        .where(DISPUTED_STAY, Referral.opened_at >= since, passed_over(Obstacle.region_code).in_(regions))
        .where(Referral.opened_at > func.coalesce(last.c.made_at, since))
        .group_by(*columns)
    ).all()
    found: dict[tuple[str, str], list[Sent]] = {}
    for region, kind, from_desk, to_desk, event, count in rows:
        found.setdefault((region, kind or "other"), []).append(Sent(from_desk, to_desk, event, count))
    disputed = [Disputed(*key, tuple(sorted(sent, key=lambda one: -one.count))) for key, sent in found.items()]
    return sorted((one for one in disputed if one.count >= REPEATED), key=lambda one: (-one.count, one.obstacle_type))


def list_rulings(regions: Collection[str], limit: int = 50) -> Sequence[Ruled]:
    """Return what was ruled in regions, the newest first."""
    return _ruled(Ruling.region_code.in_(regions), limit=limit)


def list_proposed(regions: Collection[str], obstacle_type: str | None = None) -> Sequence[Ruled]:
    """Return the rulings that an administrator has neither taken into the table nor set aside."""
    of_type = [] if obstacle_type is None else [Ruling.obstacle_type == obstacle_type]
    return _ruled(Ruling.region_code.in_(regions), Ruling.state == RulingState.PROPOSED, *of_type, limit=50)


def _ruled(*conditions: ColumnElement[bool], limit: int) -> list[Ruled]:
    rows = db.session.execute(
        select(Ruling, Place, Person)
        .join(Place, Place.code == Ruling.place_code)
        .join(Person, Person.id == Ruling.made_by_id)
        .where(*conditions)
        .order_by(Ruling.id.desc())
        .limit(limit)
    )
    return [Ruled(*row) for row in rows]
