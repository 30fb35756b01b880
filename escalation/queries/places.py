"""Reading the territory: one place, or the places under another; lists leave out what is retired."""

from collections.abc import Collection

from sqlalchemy import select

from escalation.domain.codes import Level
from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.places import Place


def get_place(code: str) -> Place:
    """Return the place of a code, retired or not. Raises: NotFound."""
    place = db.session.get(Place, code)
    if place is None:
        raise NotFound(f"place {code}")
    return place


def list_regions() -> list[Place]:
    """Return the regions in the order of their codes."""
    return list(
        db.session.scalars(
            select(Place).where(Place.level == Level.REGION, Place.retired.is_(False)).order_by(Place.code)
        )
    )


def list_provinces(region_code: str) -> list[Place]:
    """Return the prefectures and provinces of a region by their French name."""
    return _list_under(region_code, Level.PROVINCE)


def list_communes(province_code: str) -> list[Place]:
    """Return the communes of a prefecture or province by their French name."""
    return _list_under(province_code, Level.COMMUNE)


def _list_under(parent_code: str, level: Level) -> list[Place]:
    return list(
        db.session.scalars(
            select(Place)
            .where(Place.parent_code == parent_code, Place.level == level, Place.retired.is_(False))
            .order_by(Place.name_fr, Place.code)
        )
    )


def get_places(codes: Collection[str]) -> dict[str, Place]:
    """Return places by code, all in one query."""
    return {place.code: place for place in db.session.scalars(select(Place).where(Place.code.in_(codes)))}
