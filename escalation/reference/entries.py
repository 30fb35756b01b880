"""What the reference files hold, line by line; the fields bear the names of the columns they are loaded into."""

from dataclasses import dataclass

from escalation.domain.codes import Level, PlaceKind


@dataclass(frozen=True)
class PlaceRow:
    """One region, prefecture, province or commune."""

    code: str
    level: Level
    kind: PlaceKind
    parent_code: str | None
    province_code: str | None
    region_code: str
    name_ar: str
    name_fr: str
    name_en: str
    names_alt: str
    population: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, kw_only=True)
class TermRow:
    """What every taxonomy row has: a code, its place in the file, its names, its search synonyms."""

    code: str
    position: int
    name_ar: str
    name_fr: str
    name_en: str
    synonyms: str = ""


@dataclass(frozen=True, kw_only=True)
class SectorRow(TermRow):
    """A field of local development."""


@dataclass(frozen=True, kw_only=True)
class BodyRow(TermRow):
    """An organisation that can own a project, sign, pay or permit."""

    level: str


@dataclass(frozen=True, kw_only=True)
class RoutingReasonRow(TermRow):
    """Why a type goes first to its desk, with its source in law and how sure we are of it."""

    law: str
    certainty: str


@dataclass(frozen=True, kw_only=True)
class ObstacleTypeRow(TermRow):
    """A cause or a need, who is competent for it, and the desk that follows it first."""

    group: str
    kind: str
    competent_council: str
    first_desk: Level
    reason: str
    bodies: tuple[str, ...]


@dataclass(frozen=True)
class Territory:
    """The places of the country, level by level."""

    regions: tuple[PlaceRow, ...]
    provinces: tuple[PlaceRow, ...]
    communes: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class Taxonomy:
    """What an obstacle is sorted by, in the order of the files."""

    sectors: tuple[SectorRow, ...]
    bodies: tuple[BodyRow, ...]
    routing_reasons: tuple[RoutingReasonRow, ...]
    obstacle_types: tuple[ObstacleTypeRow, ...]
