"""What hardly ever changes, kept by each process: places, taxonomy, delays, calendar, versions of words,
endpoints.

The database renews a stamp with every change of these tables; what is kept is kept under the stamp it was read at, and
each transaction asks for the stamp before it uses it. So whatever another process has committed is seen by the next
request of this one ([why](docs/decisions/0025-kept-reference.md)).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from flask import current_app
from sqlalchemy import Table, select
from sqlalchemy.orm import SessionTransaction

from escalation.domain.calendar import Calendars, WorkingCalendar
from escalation.domain.codes import Language, Level
from escalation.domain.settings import InForce, Scope, Settings
from escalation.domain.webhooks import EndpointState
from escalation.extensions import db
from escalation.models.base import Base
from escalation.models.places import Place
from escalation.models.settings import Closure, HolidayCorrection, ReferenceStamp, Setting
from escalation.models.taxonomy import Body, ObstacleType, RoutingReason, Sector
from escalation.models.webhooks import WebhookEndpoint
from escalation.models.wordings import MailWording

Kept = TypeVar("Kept", bound=Base)

STAMP = "escalation.reference_stamp"
STAMP_NOW = select(ReferenceStamp.__table__.c.stamp).scalar_subquery()
"""The stamp as one column of another query: who asks already reads a row then need not ask again."""
_ASK = select(ReferenceStamp.__table__.c.stamp)


class Endpoint(NamedTuple):
    """Another system that hears of the cases of a region: of which events, where, and whether it hears them now."""

    id: int
    region_code: str
    url: str
    events: tuple[str, ...]
    is_paused: bool


class _Noted(NamedTuple):
    """A stamp, and the transaction it was read in: it says nothing of any other."""

    transaction: SessionTransaction | None
    stamp: str | None


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference as it stood at one stamp; its rows belong to no session, and whoever reads them changes none."""

    places: Mapping[str, Place]
    """Every place by its code, in the order of the French names."""
    provinces: Mapping[str, tuple[Place, ...]]
    """The prefectures and provinces of each region, in the same order."""
    sectors: Mapping[str, Sector]
    bodies: Mapping[str, Body]
    types: Mapping[str, ObstacleType]
    reasons: Mapping[str, RoutingReason]
    calendars: Calendars
    changes: tuple[Setting, ...]
    """Every change of a setting, in the order in which they were decided."""
    wordings: Mapping[tuple[str, str, Language], int]
    """The versions in force of the mails that say other words than the usual ones."""
    endpoints: tuple[Endpoint, ...]
    """The other systems that hear of cases, those that are paused too."""
    in_force: dict[date, InForce] = field(default_factory=dict)
    """What was said of the delays by the days that were asked for."""
    settings: dict[tuple[date, Scope], Settings] = field(default_factory=dict)
    """The delays in force on those days, for the cases that were asked for."""


def note_stamp(stamp: str | None) -> None:
    """Let the rest of this transaction rely on a stamp that was read in it."""
    session = db.session()
    session.info[STAMP] = _Noted(session.get_transaction(), stamp)


def ask_stamp_again() -> None:
    """Let the rest of this transaction ask anew: it has itself changed what is kept."""
    db.session().info.pop(STAMP, None)


def get_reference() -> Reference:
    """Return the reference as the present transaction finds it."""
    stamp = _stamp()
    kept: tuple[str | None, Reference] | None = current_app.extensions.get("reference")
    if kept is None or stamp is None or kept[0] != stamp:
        kept = current_app.extensions["reference"] = (stamp, _read())
    return kept[1]


def _stamp() -> str | None:
    """Return the stamp of the present transaction, read once in it; None where a database has none."""
    session = db.session()
    noted: _Noted | None = session.info.get(STAMP)
    if noted is None or noted.transaction is not session.get_transaction():
        note_stamp(session.execute(_ASK).scalar())
        noted = session.info[STAMP]
    return noted.stamp


def _read() -> Reference:
    corrections, places = _rows(HolidayCorrection, "day"), _rows(Place, "name_fr", "code")
    provinces = [place for place in places if place.level is Level.PROVINCE]
    return Reference(
        places=_by_code(places),
        provinces={
            code: tuple(place for place in provinces if place.region_code == code)
            for code in {place.region_code for place in provinces}
        },
        sectors=_by_code(_rows(Sector, "position", "code")),
        bodies=_by_code(_rows(Body, "position", "code")),
        types=_by_code(_rows(ObstacleType, "position", "code")),
        reasons=_by_code(_rows(RoutingReason, "position", "code")),
        calendars=Calendars(
            WorkingCalendar(
                added=frozenset(row.day for row in corrections if row.is_off),
                removed=frozenset(row.day for row in corrections if not row.is_off),
            ),
            _closed(),
        ),
        changes=tuple(_rows(Setting, "id")),
        wordings=_wordings(),
        endpoints=tuple(
            Endpoint(row.id, row.region_code, row.url, tuple(row.events), row.state is EndpointState.PAUSED)
            for row in _rows(WebhookEndpoint, "id")
            if row.state is not EndpointState.REMOVED
        ),
    )


def _wordings() -> Mapping[tuple[str, str, Language], int]:
    newest = {(row.event, row.audience, row.language): row for row in _rows(MailWording, "version")}
    return {key: row.version for key, row in newest.items() if row.body is not None}


def _closed() -> Mapping[str, frozenset[date]]:
    days: dict[str, set[date]] = defaultdict(set)
    for row in _rows(Closure, "place_code", "day"):
        days[row.place_code].add(row.day)
    return {code: frozenset(found) for code, found in days.items()}


def _rows(model: type[Kept], *order: str) -> list[Kept]:
    """Return the rows of a table, in this order, as objects that no session knows."""
    table: Table = model.__table__  # type: ignore[assignment]
    query = select(table).order_by(*(table.c[name] for name in order))
    return [model(**row) for row in db.session.execute(query).mappings()]


def _by_code(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.code: row for row in rows}
