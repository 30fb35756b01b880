"""Reading what an obstacle is sorted by, in the order of the reference files; lists leave out what is retired."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from sqlalchemy import select

from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.taxonomy import Body, ObstacleType, RoutingReason, Sector
from escalation.queries.reference import get_reference

Entry = TypeVar("Entry", Sector, Body, ObstacleType, RoutingReason)


def list_sectors() -> list[Sector]:
    """Return the sectors one may choose."""
    return _current(get_reference().sectors)


def list_bodies() -> list[Body]:
    """Return the bodies one may choose."""
    return _current(get_reference().bodies)


def list_obstacle_types() -> list[ObstacleType]:
    """Return the obstacle types one may choose."""
    return _current(get_reference().types)


def get_sectors(codes: Collection[str]) -> dict[str, Sector]:
    """Return the sectors of these codes, retired or not."""
    return _those(get_reference().sectors, codes)


def get_bodies(codes: Collection[str]) -> dict[str, Body]:
    """Return the bodies of these codes, retired or not."""
    return _those(get_reference().bodies, codes)


def get_obstacle_types(codes: Collection[str]) -> dict[str, ObstacleType]:
    """Return the obstacle types of these codes, retired or not."""
    return _those(get_reference().types, codes)


def find_obstacle_type(code: str) -> ObstacleType | None:
    """Return an obstacle type, retired or not; None where there is none of this code."""
    return get_reference().types.get(code)


def get_obstacle_type(code: str) -> ObstacleType:
    """Return the obstacle type of a code, retired or not. Raises: NotFound."""
    return _one(get_reference().types, code, "obstacle type")


def get_routing_reason(code: str) -> RoutingReason:
    """Return why a type goes first to its desk, retired or not. Raises: NotFound."""
    return _one(get_reference().reasons, code, "routing reason")


def list_routing_reasons() -> list[RoutingReason]:
    """Return why a type may go first to a desk, the sentences one may choose."""
    current = select(RoutingReason).where(RoutingReason.retired.is_(False))
    return list(db.session.scalars(current.order_by(RoutingReason.position)))


def _current(rows: Mapping[str, Entry]) -> list[Entry]:
    return [row for row in rows.values() if not row.retired]


def _those(rows: Mapping[str, Entry], codes: Collection[str]) -> dict[str, Entry]:
    return {code: rows[code] for code in codes if code in rows}


def _one(rows: Mapping[str, Entry], code: str, what: str) -> Entry:
    if code not in rows:
        raise NotFound(f"{what} {code}")
    return rows[code]
