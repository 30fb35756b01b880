"""Loading the reference files into the database: what is new, what changed, what is gone; nothing in use disappears."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, exists, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from escalation.domain.codes import Level
from escalation.models.base import Base
from escalation.models.obstacles import Obstacle
from escalation.models.places import Place
from escalation.models.taxonomy import Body, ObstacleType, RoutingReason, Sector
from escalation.reference.catalogue import read_taxonomy, read_territory
from escalation.reference.entries import PlaceRow, TermRow
from escalation.services.transaction import transaction

Progress = Callable[[str, int, int], None]
Model = type[Place] | type[Sector] | type[Body] | type[RoutingReason] | type[ObstacleType]
Cells = dict[str, Any]

ROWS_AT_ONCE = 250

# Columns that hold a list of codes, which no foreign key can follow.
CODE_LISTS: Mapping[str, tuple[InstrumentedAttribute[list[str]], ...]] = {
    "bodies": (Obstacle.asked_of, ObstacleType.bodies),
}


@dataclass
class TableReport:
    """What an import did to one table, by code."""

    table: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """True when the table already said what the file says."""
        return not (self.added or self.changed or self.retired or self.removed)


@dataclass(frozen=True)
class ImportReport:
    """What an import did, table by table."""

    tables: tuple[TableReport, ...]

    @property
    def is_empty(self) -> bool:
        """True when the database already said what the files say."""
        return all(table.is_empty for table in self.tables)


def import_reference(directory: Path | None = None, progress: Progress | None = None) -> ImportReport:
    """Make the database say what the files say, in one transaction; a second run changes nothing.

    A row that left the files is retired while anything refers to it and removed otherwise; one that comes back
    serves again. ``progress`` is told the table, and how many rows of how many are done.
    Raises: BrokenRow, before anything is written.
    """
    wanted = _read(directory)
    total, done = sum(len(rows) for _, rows in wanted), 0
    steps: list[tuple[Model, dict[str, Cells], TableReport]] = []
    with transaction() as session:
        for model, rows in wanted:
            present, report = _present(session, model), TableReport(model.__tablename__)
            for batch in _batches(rows):
                _write(session, model, batch, present, report)
                done += len(batch)
                if progress is not None:
                    progress(report.table, done, total)
            gone = {code: cells for code, cells in present.items() if code not in rows}
            steps.append((model, gone, report))
        for model, gone, report in reversed(steps):
            _drop(session, model, gone, report)
    return ImportReport(tuple(report for _, _, report in steps))


def _read(directory: Path | None) -> list[tuple[Model, dict[str, Cells]]]:
    """The tables in an order in which every row refers to earlier ones only."""
    territory, taxonomy = read_territory(directory), read_taxonomy(directory)
    return [
        (Place, _cells([*territory.regions, *territory.provinces, *territory.communes])),
        (Sector, _cells(taxonomy.sectors)),
        (Body, _cells(taxonomy.bodies)),
        (RoutingReason, _cells(taxonomy.routing_reasons)),
        (ObstacleType, _cells(taxonomy.obstacle_types)),
    ]


def _cells(rows: Iterable[PlaceRow | TermRow]) -> dict[str, Cells]:
    def value(cell: object) -> object:
        return list(cell) if isinstance(cell, tuple) else cell

    return {row.code: {name: value(cell) for name, cell in vars(row).items()} | {"retired": False} for row in rows}


def _present(session: Session, model: Model) -> dict[str, Cells]:
    rows = session.execute(select(*model.__table__.columns)).mappings()
    return {row["code"]: dict(row) for row in rows}


def _batches(rows: dict[str, Cells]) -> Iterator[list[Cells]]:
    every = list(rows.values())
    for start in range(0, len(every), ROWS_AT_ONCE):
        yield every[start : start + ROWS_AT_ONCE]


def _write(
    session: Session, model: Model, batch: list[Cells], present: Mapping[str, Cells], report: TableReport
) -> None:
    added = [cells for cells in batch if cells["code"] not in present]
    changed = [cells for cells in batch if present.get(cells["code"], cells) != cells]
    if added:
        session.execute(insert(model), added)
    if changed:
        session.execute(update(model), changed)
    report.added += [cells["code"] for cells in added]
    report.changed += [cells["code"] for cells in changed]


def _drop(session: Session, model: Model, gone: Mapping[str, Cells], report: TableReport) -> None:
    """Remove what nothing refers to and retire the rest, children before their parents."""
    for codes in _children_first(model, gone):
        used = _used(session, model, codes)
        free = [code for code in codes if code not in used]
        newly_retired = [code for code in codes if code in used and not gone[code]["retired"]]
        if free:
            session.execute(delete(model).where(model.code.in_(free)))
        if newly_retired:
            session.execute(update(model).where(model.code.in_(newly_retired)).values(retired=True))
        report.removed += free
        report.retired += newly_retired


def _children_first(model: Model, gone: Mapping[str, Cells]) -> list[list[str]]:
    if model is not Place:
        return [list(gone)]
    return [[code for code, cells in gone.items() if cells["level"] == level] for level in Level]


def _used(session: Session, model: Model, codes: list[str]) -> set[str]:
    """The codes that any row of any table refers to: every foreign key of the schema is followed."""
    if not codes:
        return set()
    used: set[str] = set()
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column is model.__table__.c.code:
                used.update(session.scalars(select(key.parent).where(key.parent.in_(codes)).distinct()))
    listed = CODE_LISTS.get(model.__tablename__, ())
    return used | {code for code in codes if listed and session.scalar(select(_is_listed(code, listed)))}


def _is_listed(code: str, columns: Iterable[InstrumentedAttribute[list[str]]]) -> ColumnElement[bool]:
    quoted = f'"{code}"'
    return or_(*(exists().where(cast(column, Text).contains(quoted, autoescape=True)) for column in columns))
