"""The rows of every list of obstacles: what a line shows, in one query with all its names, and where a page ends.

What a list holds is said by ``desk_lists``; here is how its lines are read, page by page, without counting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from escalation.domain.codes import Level, PlaceKind, Status
from escalation.extensions import db
from escalation.models.base import FAR, UTC
from escalation.models.obstacles import Obstacle
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType

PAGE = 50


class Names(NamedTuple):
    """A name in each language."""

    name_ar: str
    name_fr: str
    name_en: str


class CaseRow(NamedTuple):
    """One obstacle as a line of a list."""

    id: int
    reference: str | None
    title: str
    project_name: str
    status: Status
    level: Level
    due_at: datetime
    changed_at: datetime
    answer_by: date | None
    confirm_by: date | None
    filed_at: datetime | None
    amount_blocked_centimes: int | None
    people_affected: int | None
    commune: Names
    province: Names
    province_kind: PlaceKind
    province_code: str
    type: Names | None
    assignee: Names | None
    assignee_id: int | None

    @property
    def runs(self) -> bool:
        """Say whether a desk's clock runs: it has a deadline."""
        return self.due_at < FAR

    def is_late(self, now: datetime) -> bool:
        """Say whether its deadline has passed."""
        return self.due_at < now


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line of a page: its rank, its instant, its id."""

    rank: int
    instant: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where the next ones begin, if there are any."""

    rows: Sequence[CaseRow]
    next: Cursor | None = None


_Commune, _Province = aliased(Place), aliased(Place)
_filed_rank = case((Obstacle.status == Status.DRAFT, 0), else_=1)


def list_by_deadline(condition: ColumnElement[bool], after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Return the lines of a condition, the nearest deadline first; stopped clocks come last."""
    query = _lines().where(condition).order_by(Obstacle.due_at, Obstacle.id)
    if after is not None:
        query = query.where(tuple_(Obstacle.due_at, Obstacle.id) > tuple_(literal(after.instant, UTC), after.id))
    return _page(query, limit, lambda row: Cursor(0, row.due_at, row.id))


def list_by_change(condition: ColumnElement[bool], after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Return the lines of a condition: drafts first, then what changed last."""
    query = _lines().where(condition).order_by(_filed_rank, Obstacle.changed_at.desc(), Obstacle.id.desc())
    if after is not None:
        older = tuple_(Obstacle.changed_at, Obstacle.id) < tuple_(literal(after.instant, UTC), after.id)
        query = query.where(or_(_filed_rank > after.rank, and_(_filed_rank == after.rank, older)))
    return _page(query, limit, lambda row: Cursor(int(row.status is not Status.DRAFT), row.changed_at, row.id))


def list_by_age(condition: ColumnElement[bool], after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Return the lines of a condition, the newest obstacle first."""
    query = _lines().where(condition).order_by(Obstacle.id.desc())
    if after is not None:
        query = query.where(Obstacle.id < after.id)
    return _page(query, limit, lambda row: Cursor(0, row.changed_at, row.id))


def ranked_lines(ranked: Select[int, Any]) -> Select[*tuple[Any, ...]]:
    """Return the query of the lines of ranked ids, each with the key it stands at, in their order."""
    found = ranked.subquery("ranked")
    query = _lines().add_columns(found.c.key).join(found, found.c.id == Obstacle.id)
    return query.order_by(found.c.key, found.c.id)


def list_ranked(lines: Select[*tuple[Any, ...]], given: Mapping[str, Any]) -> list[tuple[CaseRow, Any]]:
    """Return ranked lines, each with the key it stands at, for the values of the parameters of their query."""
    return [(_row(row), row.key) for row in db.session.execute(lines, given)]


def _page(query: Select[*tuple[Any, ...]], limit: int, cursor_of: Callable[[CaseRow], Cursor]) -> Page:
    rows = [_row(row) for row in db.session.execute(query.limit(limit + 1)).all()]
    return Page(rows[:limit], cursor_of(rows[limit - 1]) if len(rows) > limit else None)


def _lines() -> Select[*tuple[Any, ...]]:
    own = (Obstacle.id, Obstacle.reference, Obstacle.title, Obstacle.project_name, Obstacle.status, Obstacle.level)
    dates = (Obstacle.due_at, Obstacle.changed_at, Obstacle.answer_by, Obstacle.confirm_by, Obstacle.filed_at)
    weight = (Obstacle.amount_blocked_centimes, Obstacle.people_affected, Obstacle.assignee_id, Obstacle.province_code)
    return (
        select(
            *own,
            *dates,
            *weight,
            *_named(_Commune, "commune"),
            *_named(_Province, "province"),
            _Province.kind.label("province_kind"),
            *_named(ObstacleType, "type"),
            Person.name_ar.label("assignee_ar"),
            Person.name_fr.label("assignee_fr"),
        )
        .join(_Commune, _Commune.code == Obstacle.commune_code)
        .join(_Province, _Province.code == Obstacle.province_code)
        .outerjoin(ObstacleType, ObstacleType.code == Obstacle.obstacle_type)
        .outerjoin(Person, Person.id == Obstacle.assignee_id)
    )


def _named(model: Any, prefix: str) -> list[ColumnElement[str]]:
    return [getattr(model, f"name_{language}").label(f"{prefix}_{language}") for language in ("ar", "fr", "en")]


def _row(row: Row[Any]) -> CaseRow:
    return CaseRow(
        id=row.id,
        reference=row.reference,
        title=row.title,
        project_name=row.project_name,
        status=row.status,
        level=row.level,
        due_at=row.due_at,
        changed_at=row.changed_at,
        answer_by=row.answer_by,
        confirm_by=row.confirm_by,
        filed_at=row.filed_at,
        amount_blocked_centimes=row.amount_blocked_centimes,
        people_affected=row.people_affected,
        commune=Names(row.commune_ar, row.commune_fr, row.commune_en),
        province=Names(row.province_ar, row.province_fr, row.province_en),
        province_kind=row.province_kind,
        province_code=row.province_code,
        type=Names(row.type_ar, row.type_fr, row.type_en) if row.type_ar is not None else None,
        assignee=Names(row.assignee_ar, row.assignee_fr, row.assignee_fr) if row.assignee_ar is not None else None,
        assignee_id=row.assignee_id,
    )
