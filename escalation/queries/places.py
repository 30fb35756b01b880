"""Reading the territory: one place, or the places under another; lists leave out what is retired."""

from collections.abc import Collection

from escalation.domain.codes import Level
from escalation.domain.errors import NotFound
from escalation.models.places import Place
from escalation.queries.reference import get_reference


def get_place(code: str) -> Place:
    """Return the place of a code, retired or not. Raises: NotFound."""
    place = get_reference().places.get(code)
    if place is None:
        raise NotFound(f"place {code}")
    return place


def list_provinces(region_codes: Collection[str]) -> list[Place]:
    """Return the prefectures and provinces of regions, retired or not, by their French name."""
    provinces = get_reference().provinces
    found = [place for code in region_codes for place in provinces.get(code, ())]
    return found if len(region_codes) <= 1 else sorted(found, key=lambda place: (place.name_fr, place.code))


def list_communes(province_code: str) -> list[Place]:
    """Return the communes of a prefecture or province by their French name."""
    return [
        place
        for place in get_reference().places.values()
        if place.parent_code == province_code and place.level is Level.COMMUNE and not place.retired
    ]


def list_communes_by_province(region_codes: Collection[str]) -> dict[Place, list[Place]]:
    """Return the communes of regions under their prefecture or province, each by its French name."""
    places = [
        place
        for place in get_reference().places.values()
        if place.region_code in region_codes and place.level is not Level.REGION and not place.retired
    ]
    provinces = {place.code: place for place in places if place.level is Level.PROVINCE}
    found: dict[Place, list[Place]] = {province: [] for province in provinces.values()}
    for place in places:
        if place.level is Level.COMMUNE and place.parent_code in provinces:
            found[provinces[place.parent_code]].append(place)
    return found


def get_places(codes: Collection[str]) -> dict[str, Place]:
    """Return places by code; a code that is none is left out."""
    places = get_reference().places
    return {code: places[code] for code in codes if code in places}
