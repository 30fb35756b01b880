"""Reading what an obstacle is sorted by, in the order of the reference files; lists leave out what is retired."""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import select

from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.taxonomy import Body, ObstacleType, RoutingReason, Sector

Entry = TypeVar("Entry", Sector, Body, ObstacleType)


def list_sectors() -> list[Sector]:
    """Return the sectors one may choose."""
    return _list_current(Sector)


def list_bodies() -> list[Body]:
    """Return the bodies one may choose."""
    return _list_current(Body)


def list_obstacle_types() -> list[ObstacleType]:
    """Return the obstacle types one may choose."""
    return _list_current(ObstacleType)


def get_sectors(codes: Collection[str]) -> dict[str, Sector]:
    """Return the sectors of these codes, retired or not."""
    return _get_all(Sector, codes)


def get_bodies(codes: Collection[str]) -> dict[str, Body]:
    """Return the bodies of these codes, retired or not."""
    return _get_all(Body, codes)


def get_obstacle_types(codes: Collection[str]) -> dict[str, ObstacleType]:
    """Return the obstacle types of these codes, retired or not."""
    return _get_all(ObstacleType, codes)


def get_obstacle_type(code: str) -> ObstacleType:
    """Return the obstacle type of a code, retired or not. Raises: NotFound."""
    found = db.session.get(ObstacleType, code)
    if found is None:
        raise NotFound(f"obstacle type {code}")
    return found


def get_routing_reason(code: str) -> RoutingReason:
    """Return why a type goes first to its desk, retired or not. Raises: NotFound."""
    found = db.session.get(RoutingReason, code)
    if found is None:
        raise NotFound(f"routing reason {code}")
    return found


def list_routing_reasons() -> list[RoutingReason]:
    """Return why a type may go first to a desk, the sentences one may choose."""
    return list(
        db.session.scalars(
            select(RoutingReason).where(RoutingReason.retired.is_(False)).order_by(RoutingReason.position)
        )
    )


def _list_current(model: type[Entry]) -> list[Entry]:
    return list(db.session.scalars(select(model).where(model.retired.is_(False)).order_by(model.position, model.code)))


def _get_all(model: type[Entry], codes: Collection[str]) -> dict[str, Entry]:
    if not codes:
        return {}
    return {row.code: row for row in db.session.scalars(select(model).where(model.code.in_(codes)))}
