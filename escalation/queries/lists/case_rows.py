"""The rows of every list of obstacles: what a line shows, in one query, and where a page ends.

What a list holds is said by ``desk_lists``; here is how its lines are read, page by page, without counting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select, tuple_

from escalation.domain.codes import Level, Status
from escalation.domain.names import name_in
from escalation.extensions import db
from escalation.models.base import FAR, UTC
from escalation.models.obstacles import Obstacle
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType
from escalation.queries.reference import Reference, get_reference

PAGE = 50
OWN = (
    Obstacle.id,
    Obstacle.reference,
    Obstacle.title,
    Obstacle.project_name,
    Obstacle.status,
    Obstacle.level,
    Obstacle.due_at,
    Obstacle.changed_at,
    Obstacle.answer_by,
    Obstacle.confirm_by,
    Obstacle.filed_at,
    Obstacle.amount_blocked_centimes,
    Obstacle.people_affected,
    Obstacle.assignee_id,
)
"""What a line shows of an obstacle's own row."""


class Names(NamedTuple):
    """A name in each language."""

    name_ar: str
    name_fr: str
    name_en: str


class CaseRow(NamedTuple):
    """One obstacle as a line of a list: first what its own row holds, in the order of ``OWN``, then its names."""

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
    assignee_id: int | None
    commune: Place
    province: Place
    type: ObstacleType | None
    assignee: Names | None

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
    reference = get_reference()
    return [(_row(row[:-1], reference), row[-1]) for row in db.session.execute(lines, given)]


def _page(query: Select[*tuple[Any, ...]], limit: int, cursor_of: Callable[[CaseRow], Cursor]) -> Page:
    reference = get_reference()
    rows = [_row(row, reference) for row in db.session.execute(query.limit(limit + 1)).all()]
    return Page(rows[:limit], cursor_of(rows[limit - 1]) if len(rows) > limit else None)


def _lines() -> Select[*tuple[Any, ...]]:
    codes = (Obstacle.commune_code, Obstacle.province_code, Obstacle.obstacle_type)
    names = (Person.name_ar.label("assignee_ar"), Person.name_fr.label("assignee_fr"))
    return select(*OWN, *codes, *names).outerjoin(Person, Person.id == Obstacle.assignee_id)


def _row(row: Sequence[Any], reference: Reference) -> CaseRow:
    """Return a row as a line; places and types are named by the reference that every process keeps."""
    *own, commune, province, type_, name_ar, name_fr = row
    assignee = Names(name_ar, name_fr, name_in("en", name_ar, name_fr)) if name_ar is not None else None
    places, types = reference.places, reference.types
    return CaseRow._make((*own, places[commune], places[province], types.get(type_), assignee))
