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


def list_communes(province_code: str) -> list[Place]:
    """Return the communes of a prefecture or province by their French name."""
    return list(
        db.session.scalars(
            select(Place)
            .where(Place.parent_code == province_code, Place.level == Level.COMMUNE, Place.retired.is_(False))
            .order_by(Place.name_fr, Place.code)
        )
    )


def list_communes_by_province(region_codes: Collection[str]) -> dict[Place, list[Place]]:
    """Return the communes of regions under their prefecture or province, each by its French name, in one query."""
    places = db.session.scalars(
        select(Place)
        .where(Place.region_code.in_(region_codes), Place.level != Level.REGION, Place.retired.is_(False))
        .order_by(Place.name_fr, Place.code)
    ).all()
    provinces = {place.code: place for place in places if place.level is Level.PROVINCE}
    found: dict[Place, list[Place]] = {province: [] for province in provinces.values()}
    for place in places:
        if place.level is Level.COMMUNE and place.parent_code in provinces:
            found[provinces[place.parent_code]].append(place)
    return found


def get_places(codes: Collection[str]) -> dict[str, Place]:
    """Return places by code, all in one query."""
    return {place.code: place for place in db.session.scalars(select(Place).where(Place.code.in_(codes)))}
