"""The territory, the taxonomy and the words, read from the CSV files beside this module or from a directory like it.

Everything is checked before anything is returned. Nothing here knows the database: ``services.reference`` loads it.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict, TypeVar

from escalation.domain.codes import Language, Level, PlaceKind
from escalation.reference.entries import (
    BodyRow,
    ObstacleTypeRow,
    PlaceRow,
    RoutingReasonRow,
    SectorRow,
    Taxonomy,
    Territory,
)
from escalation.reference.rows import BrokenRow, Row, read_rows

PLACE_CODE_CHARS = 20
PLACE_NAME_CHARS = 120
TERM_CODE_CHARS = 40

BODY_LEVELS = frozenset({"commune", "province", "region", "inter-communal", "private", "justice"}) | frozenset(
    {"state", "state-local", "state-province", "state-region"}
)
COUNCILS = frozenset({"commune", "province", "region", "state"})
FIRST_DESKS = frozenset({Level.PROVINCE.value, Level.REGION.value})
OBSTACLE_KINDS = frozenset({"cause", "need"})
DIVISIONS = frozenset({PlaceKind.PREFECTURE.value, PlaceKind.PROVINCE.value})
CERTAINTIES = frozenset({"A", "B", "C"})

LANGUAGES = tuple(language.value for language in Language)
PLACE_COLUMNS = ("code", "name_fr", "name_ar", "population_2024", "lat", "lon")
TERM_COLUMNS = ("code", "name_fr", "name_ar", "name_en", "synonyms")
TYPE_COLUMNS = ("group", "kind", "competent_council", "first_desk", "reason", "bodies")

Entry = TypeVar("Entry", PlaceRow, SectorRow, BodyRow, RoutingReasonRow, ObstacleTypeRow)


class Term(TypedDict):
    """The cells that every taxonomy file has."""

    code: str
    position: int
    name_ar: str
    name_fr: str
    name_en: str
    synonyms: str


def read_territory(directory: Path | None = None) -> Territory:
    """Return every place, each under a parent that exists.

    Raises: BrokenRow.
    """
    folder = _folder(directory)
    taken: set[str] = set()
    regions = _read(folder, "territory/regions.csv", (*PLACE_COLUMNS, "name_en"), taken, _region)
    region_codes = {region.code for region in regions}
    provinces = _read(
        folder,
        "territory/provinces.csv",
        (*PLACE_COLUMNS, "region_code", "kind"),
        taken,
        lambda row, _: _province(row, region_codes),
    )
    region_of = {province.code: province.region_code for province in provinces}
    communes = _read(
        folder,
        "territory/communes.csv",
        (*PLACE_COLUMNS, "province_code", "region_code", "name_fr_alt", "name_ar_alt"),
        taken,
        lambda row, _: _commune(row, region_of),
    )
    return Territory(regions, provinces, communes)


def read_taxonomy(directory: Path | None = None) -> Taxonomy:
    """Return sectors, bodies, routing reasons and obstacle types; a type names only reasons and bodies that exist.

    Raises: BrokenRow.
    """
    folder = _folder(directory)
    sectors = _read(folder, "taxonomy/sectors.csv", TERM_COLUMNS, set(), _sector)
    bodies = _read(folder, "taxonomy/bodies.csv", (*TERM_COLUMNS, "level"), set(), _body)
    reasons = _read(
        folder, "taxonomy/routing_reasons.csv", ("code", "ar", "fr", "en", "law", "certainty"), set(), _routing_reason
    )
    reason_codes = {reason.code for reason in reasons}
    body_codes = {body.code for body in bodies}
    types = _read(
        folder,
        "taxonomy/obstacle_types.csv",
        (*TERM_COLUMNS, *TYPE_COLUMNS),
        set(),
        lambda row, position: _obstacle_type(row, position, reason_codes, body_codes),
    )
    return Taxonomy(sectors, bodies, reasons, types)


def read_terms(directory: Path | None = None) -> dict[str, Mapping[str, str]]:
    """Return the product's own words by key, each in ``ar``, ``fr`` and ``en``.

    Raises: BrokenRow.
    """
    words: dict[str, Mapping[str, str]] = {}
    for row in read_rows(_folder(directory), "taxonomy/terms.csv", ("key", *LANGUAGES)):
        key = row.code("key", TERM_CODE_CHARS)
        if key in words:
            raise row.broken("key", f"{key!r} stands twice")
        words[key] = MappingProxyType({language: row.name(language) for language in LANGUAGES})
    return words


@cache
def terms() -> Mapping[str, Mapping[str, str]]:
    """Return the shipped words, read once per process."""
    return MappingProxyType(read_terms())


def _folder(directory: Path | None) -> Traversable:
    return files("escalation.reference") if directory is None else directory


def _read(
    folder: Traversable,
    file: str,
    columns: Collection[str],
    taken: set[str],
    build: Callable[[Row, int], Entry],
) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for row in read_rows(folder, file, columns):
        entry = build(row, len(entries) + 1)
        if entry.code in taken:
            raise row.broken("code", f"{entry.code!r} stands twice")
        taken.add(entry.code)
        entries.append(entry)
    if not entries:
        raise BrokenRow(file, 1, "", "the file holds no row under its header")
    return tuple(entries)


def _region(row: Row, _position: int) -> PlaceRow:
    code = row.code("code", PLACE_CODE_CHARS)
    return _place(row, Level.REGION, PlaceKind.REGION, parent_code=None, region_code=code)


def _province(row: Row, region_codes: Collection[str]) -> PlaceRow:
    region_code = _parent(row, "region_code", region_codes)
    kind = PlaceKind(row.one_of("kind", DIVISIONS))
    return _place(row, Level.PROVINCE, kind, parent_code=region_code, region_code=region_code)


def _commune(row: Row, region_of: Mapping[str, str]) -> PlaceRow:
    province_code = _parent(row, "province_code", region_of)
    region_code = row.name("region_code")
    if region_code != region_of[province_code]:
        raise row.broken("region_code", f"{province_code} belongs to region {region_of[province_code]}")
    return _place(row, Level.COMMUNE, PlaceKind.COMMUNE, parent_code=province_code, region_code=region_code)


def _parent(row: Row, column: str, codes: Collection[str]) -> str:
    code = row.name(column)
    if code not in codes:
        raise row.broken(column, f"there is no place {code!r} above")
    return code


def _place(row: Row, level: Level, kind: PlaceKind, *, parent_code: str | None, region_code: str) -> PlaceRow:
    code = row.code("code", PLACE_CODE_CHARS)
    alternatives = [row.text(column) for column in ("name_fr_alt", "name_ar_alt") if column in row.cells]
    return PlaceRow(
        code=code,
        level=level,
        kind=kind,
        parent_code=parent_code,
        province_code={Level.REGION: None, Level.PROVINCE: code, Level.COMMUNE: parent_code}[level],
        region_code=region_code,
        name_ar=row.name("name_ar", PLACE_NAME_CHARS),
        name_fr=row.name("name_fr", PLACE_NAME_CHARS),
        name_en=row.name("name_en" if level is Level.REGION else "name_fr", PLACE_NAME_CHARS),
        names_alt="|".join(name for name in alternatives if name),
        population=row.whole("population_2024"),
        latitude=row.degrees("lat", 90),
        longitude=row.degrees("lon", 180),
    )


def _sector(row: Row, position: int) -> SectorRow:
    return SectorRow(**_term(row, position))


def _body(row: Row, position: int) -> BodyRow:
    return BodyRow(level=row.one_of("level", BODY_LEVELS), **_term(row, position))


def _routing_reason(row: Row, position: int) -> RoutingReasonRow:
    return RoutingReasonRow(
        code=row.code("code", TERM_CODE_CHARS),
        position=position,
        name_ar=row.name("ar"),
        name_fr=row.name("fr"),
        name_en=row.name("en"),
        law=row.name("law"),
        certainty=row.one_of("certainty", CERTAINTIES),
    )


def _obstacle_type(row: Row, position: int, reasons: Collection[str], bodies: Collection[str]) -> ObstacleTypeRow:
    asked = tuple(code for code in row.text("bodies").split("|") if code)
    for code in asked:
        if code not in bodies:
            raise row.broken("bodies", f"there is no body {code!r}")
    return ObstacleTypeRow(
        group=row.code("group", TERM_CODE_CHARS),
        kind=row.one_of("kind", OBSTACLE_KINDS),
        competent_council=row.one_of("competent_council", COUNCILS),
        first_desk=Level(row.one_of("first_desk", FIRST_DESKS)),
        reason=row.one_of("reason", reasons),
        bodies=asked,
        **_term(row, position),
    )


def _term(row: Row, position: int) -> Term:
    return Term(
        code=row.code("code", TERM_CODE_CHARS),
        position=position,
        name_ar=row.name("name_ar"),
        name_fr=row.name("name_fr"),
        name_en=row.name("name_en"),
        synonyms=row.text("synonyms"),
    )
