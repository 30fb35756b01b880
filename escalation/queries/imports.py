"""Reading the tables brought in: one, the latest, what a worker has to do next; and what their cells may name."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import defer

from escalation.domain.backlog import Directory
from escalation.domain.codes import Channel, Level, Office, Urgency
from escalation.domain.errors import NotFound
from escalation.domain.folding import name_key, place_key
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.imports import BacklogImport, ImportKind, ImportStatus
from escalation.models.places import Place
from escalation.models.taxonomy import Body, ObstacleType, Sector
from escalation.queries.lists.territory import places_of
from escalation.queries.taxonomy import list_bodies, list_obstacle_types, list_sectors
from escalation.reference.catalogue import terms

LATEST = 20
AT_WORK = (ImportStatus.CHECKING, ImportStatus.ACCEPTED)
SENT_BY = {ImportKind.OBSTACLES: Office.SECRETARIAT_STAFF, ImportKind.PEOPLE: Office.ADMINISTRATOR}
"""The office that brings in the tables of each kind, and reads of none of the others."""


def get_import(actor: Actor, import_id: int, kind: ImportKind = ImportKind.OBSTACLES) -> BacklogImport:
    """Return an import without its raw lines. Raises: NotFound, also when its region is not the actor's."""
    mine = (BacklogImport.id == import_id, _visible_to(actor, kind))
    found = db.session.scalars(select(BacklogImport).options(defer(BacklogImport.lines)).where(*mine)).first()
    if found is None:
        raise NotFound("import")
    return found


def list_imports(actor: Actor, kind: ImportKind = ImportKind.OBSTACLES) -> list[BacklogImport]:
    """Return the latest imports that an actor may see, the newest first, without what they hold."""
    light = (defer(BacklogImport.lines), defer(BacklogImport.outcomes))
    newest = select(BacklogImport).options(*light).where(_visible_to(actor, kind)).order_by(BacklogImport.id.desc())
    return list(db.session.scalars(newest.limit(LATEST)))


def find_at_work() -> list[tuple[int, ImportStatus]]:
    """Return the imports on which a worker has something to do, the oldest first."""
    rows = select(BacklogImport.id, BacklogImport.status).where(BacklogImport.status.in_(AT_WORK))
    return [(row.id, row.status) for row in db.session.execute(rows.order_by(BacklogImport.id).limit(LATEST))]


def _visible_to(actor: Actor, kind: ImportKind) -> ColumnElement[bool]:
    regions = places_of(actor, {SENT_BY[kind]})
    mine = BacklogImport.person_id == actor.person_id
    return and_(BacklogImport.kind == kind, mine, BacklogImport.region_code.in_(regions))


def read_directory(region_code: str) -> Directory:
    """Return what the cells of a region's table may name: its communes, and the taxonomy, in every spelling known."""
    places = db.session.scalars(select(Place).where(Place.region_code == region_code, Place.retired.is_(False))).all()
    communes = [place for place in places if place.level is Level.COMMUNE]
    return Directory(
        communes=places_by_name(communes),
        provinces=places_by_name(place for place in places if place.level is Level.PROVINCE),
        province_of={place.code: str(place.province_code) for place in communes},
        bodies=_rows(list_bodies()),
        types=_rows(list_obstacle_types()),
        sectors=_rows(list_sectors()),
        urgencies=_terms((urgency, f"urgency_{urgency}") for urgency in Urgency),
        channels=_terms((channel, f"channel_{channel}") for channel in Channel if channel is not Channel.WEB),
    )


def places_by_name(places: Iterable[Place]) -> dict[str, frozenset[str]]:
    """Return the codes of places by the key of every name they have."""
    return _by_key(
        (place_key(name), place.code)
        for place in places
        for name in (place.code, place.name_ar, place.name_fr, place.name_en, *place.names_alt.split("|"))
    )


def _rows(rows: Iterable[Sector | Body | ObstacleType]) -> dict[str, frozenset[str]]:
    return _by_key(
        (name_key(name), row.code)
        for row in rows
        for name in (row.code, row.name_ar, row.name_fr, row.name_en, *row.synonyms.split("|"))
    )


def codes_by_name(named: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return codes by the key of each of their names, from pairs of a code and a name."""
    return _by_key((name_key(name), code) for code, name in named)


def _terms(words: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    return _by_key((name_key(name), code) for code, key in words for name in (code, *terms()[key].values()))


def _by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, code in pairs:
        if key:
            found[key].add(code)
    return {key: frozenset(codes) for key, codes in found.items()}
