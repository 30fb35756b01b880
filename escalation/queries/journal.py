"""Proving the journal: every chain, the texts beside it and the seals over it, read once, in order, as streams."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, Select, String, select, tuple_, type_coerce

from escalation.domain.content import Content
from escalation.domain.journal import GENESIS
from escalation.domain.verification import (
    EventColumns,
    Fault,
    Link,
    columns_fault,
    link_fault,
    read_facts,
    seal_fault,
    texts_fault,
)
from escalation.extensions import db
from escalation.models.journal import JournalEvent, JournalSeal
from escalation.models.obstacles import Obstacle, Statement
from escalation.queries.case.obstacles import content_of

ROWS_AT_ONCE = 1_000
SEALS_AT_ONCE = 10
HEADS_AT_ONCE = 400
ANSWERS = "answers"
"""The kind of the text that holds what was filed, whole."""

Progress = Callable[[int], None]
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold: in which chain, which one, and what is wrong with it."""

    chain: str
    """The reference of an obstacle, or ``seals``."""
    seq: int
    fault: Fault


@dataclass(slots=True)
class Verdict:
    """What was read, and the first link that is broken, if one is."""

    chains: int = 0
    events: int = 0
    texts: int = 0
    erased_texts: int = 0
    seals: int = 0
    last_seal_hash: str = GENESIS
    broken: Broken | None = None


class _Break(Exception):
    """Ends the reading at the first broken link."""

    def __init__(self, chain: str, seq: int, fault: Fault) -> None:
        super().__init__(chain, seq, fault)
        self.broken = Broken(chain, seq, fault)


def verify_journal(progress: Progress | None = None) -> Verdict:
    """Read the whole journal as it stands at one moment, and say whether it holds.

    ``progress`` is told how many events have been read. A text that is gone was erased by law: it is counted,
    and breaks nothing.
    """
    verdict = Verdict()
    with _snapshot() as snapshot:
        try:
            _verify_chains(snapshot, verdict, progress or _nobody)
            sealed = _verify_seals(snapshot, verdict)
            _verify_sealed(snapshot, sealed)
        except _Break as found:
            verdict.broken = found.broken
    return verdict


class _Snapshot:
    """A connection of its own on which every read sees the same moment, whoever writes meanwhile."""

    def __init__(self, connection: Connection, open_reads: ExitStack) -> None:
        self.connection, self._open_reads = connection, open_reads

    def rows(self, query: Select[*tuple[Any, ...]], at_once: int = ROWS_AT_ONCE) -> Iterator[AnyRow]:
        """Yield the rows of a query as they come, a few in memory at a time."""
        result = self.connection.execute(query, execution_options={"yield_per": at_once})
        return iter(self._open_reads.enter_context(result))


@contextmanager
def _snapshot() -> Iterator[_Snapshot]:
    with db.engine.connect() as connection, ExitStack() as open_reads:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield _Snapshot(connection, open_reads)


class _Stream:
    """Rows in order of their obstacle, taken in groups by its rising id."""

    def __init__(self, rows: Iterator[AnyRow]) -> None:
        self._rows = rows
        self.next: AnyRow | None = next(self._rows, None)

    def of(self, obstacle_id: int) -> Iterator[AnyRow]:
        """Yield the rows of one obstacle; rows of an id below stand for an obstacle that is gone."""
        while self.next is not None and self.next.obstacle_id <= obstacle_id:
            row = self.next
            if row.obstacle_id < obstacle_id:
                self.end()
            self.next = next(self._rows, None)
            yield row

    def end(self) -> None:
        """Refuse a row that belongs to no obstacle."""
        if self.next is not None:
            raise _Break(f"obstacle {self.next.obstacle_id}", self.next.seq, Fault.OBSTACLE_MISSING)


def _verify_chains(snapshot: _Snapshot, verdict: Verdict, progress: Progress) -> None:
    answers = (getattr(Obstacle, field.name) for field in fields(Content))
    state = (Obstacle.status, Obstacle.level, Obstacle.desk_code)
    obstacles = select(Obstacle.id, Obstacle.reference, Obstacle.journal_seq, Obstacle.journal_hash, *state, *answers)
    events, texts = _Stream(snapshot.rows(_EVENTS)), _Stream(snapshot.rows(_TEXTS))
    for obstacle in snapshot.rows(obstacles.order_by(Obstacle.id)):
        kept: dict[int, dict[str, tuple[str, str]]] = {}
        for row in texts.of(obstacle.id):
            kept.setdefault(row.seq, {})[row.kind] = (row.salt, row.text)
        _verify_chain(obstacle, events.of(obstacle.id), kept, verdict)
        progress(verdict.events)
    events.end()
    texts.end()


def _verify_chain(
    obstacle: AnyRow, events: Iterator[AnyRow], kept: dict[int, dict[str, tuple[str, str]]], verdict: Verdict
) -> None:
    chain = obstacle.reference or f"obstacle {obstacle.id}"
    seq, previous = 0, GENESIS
    codes: Mapping[str, Any] = {}
    answers: str | None = None
    for row in events:
        seq += 1
        texts = kept.pop(seq, {})
        facts, fault = _event_fault(row, seq, previous, texts)
        if fault:
            raise _Break(chain, seq, fault)
        previous, codes = row.hash, facts["codes"]
        if ANSWERS in facts["texts"]:
            # Newer answers that were erased by law leave nothing to hold the row against.
            answers = texts[ANSWERS][1] if ANSWERS in texts else None
        verdict.events += 1
        verdict.texts += len(texts)
        verdict.erased_texts += len(facts["texts"]) - len(texts)
    if seq < obstacle.journal_seq:
        raise _Break(chain, seq + 1, Fault.MISSING)
    if (seq, previous) != (obstacle.journal_seq, obstacle.journal_hash or GENESIS):
        raise _Break(chain, seq, Fault.HEAD_DIFFERS)
    if kept:
        raise _Break(chain, min(kept), Fault.TEXT_UNKNOWN)
    if fault := _row_fault(obstacle, codes, answers):
        raise _Break(chain, seq, fault)
    verdict.chains += seq > 0


def _row_fault(obstacle: AnyRow, codes: Mapping[str, Any], answers: str | None) -> Fault | None:
    """Return a fault when the obstacle's row says something else than its last event, or than what was filed."""
    if not codes:
        return None
    told = tuple(codes.get(name) for name in ("status", "level", "desk"))
    if told != (obstacle.status, obstacle.level, obstacle.desk_code):
        return Fault.STATE_DIFFERS
    return Fault.ANSWERS_DIFFER if answers is not None and content_of(obstacle).canonical() != answers else None


def _event_fault(
    row: AnyRow, seq: int, previous: str, texts: dict[str, tuple[str, str]]
) -> tuple[dict[str, Any], Fault | None]:
    """Return the facts of an event, and what is wrong with it."""
    fault = link_fault(Link(row.seq, row.canonical, row.previous_hash, row.hash), seq, previous)
    facts = None if fault else read_facts(row.canonical)
    if facts is None:
        return {}, fault or Fault.NOT_CANONICAL
    columns = EventColumns(
        row.obstacle_id, row.seq, row.event, row.occurred_at, row.person_id, row.mandate_id, row.acting_for_id
    )
    digests, codes = facts.get("texts"), facts.get("codes")
    if not isinstance(digests, dict) or not isinstance(codes, dict):
        return {}, Fault.NOT_CANONICAL
    return facts, columns_fault(facts, columns) or texts_fault(digests, texts)


def _verify_seals(snapshot: _Snapshot, verdict: Verdict) -> dict[int, int]:
    """Prove the chain of seals and every head in it; return the last sealed event of each obstacle."""
    sealed: dict[int, int] = {}
    for row in snapshot.rows(_SEALS, SEALS_AT_ONCE):
        seal, seq = Link(row.seq, row.canonical, row.previous_hash, row.hash), verdict.seals + 1
        fault = link_fault(seal, seq, verdict.last_seal_hash)
        facts = None if fault else read_facts(row.canonical)
        fault = fault or (Fault.NOT_CANONICAL if facts is None else seal_fault(seal, row.sealed_at, facts))
        if fault or facts is None:
            raise _Break("seals", seq, fault or Fault.NOT_CANONICAL)
        _verify_heads(snapshot.connection, seq, facts["heads"])
        sealed |= {obstacle_id: event_seq for obstacle_id, event_seq, _ in facts["heads"]}
        verdict.seals, verdict.last_seal_hash = seq, row.hash
    return sealed


def _verify_heads(connection: Connection, seal_seq: int, heads: list[list[Any]]) -> None:
    """Refuse a seal over an event that is gone or is another one now."""
    for start in range(0, len(heads), HEADS_AT_ONCE):
        some = heads[start : start + HEADS_AT_ONCE]
        keys = tuple_(JournalEvent.obstacle_id, JournalEvent.seq).in_([(head[0], head[1]) for head in some])
        rows = connection.execute(select(JournalEvent.obstacle_id, JournalEvent.seq, JournalEvent.hash).where(keys))
        there = {(row.obstacle_id, row.seq): row.hash for row in rows}
        for obstacle_id, event_seq, head_hash in some:
            if there.get((obstacle_id, event_seq)) != head_hash:
                reference = connection.scalar(select(Obstacle.reference).where(Obstacle.id == obstacle_id))
                raise _Break(
                    f"seal {seal_seq}: {reference or f'obstacle {obstacle_id}'}", event_seq, Fault.SEALED_DIFFERS
                )


def _verify_sealed(snapshot: _Snapshot, sealed: dict[int, int]) -> None:
    """Refuse an obstacle that says it was sealed further than any seal goes: seals were cut off."""
    query = select(Obstacle.id, Obstacle.reference, Obstacle.sealed_seq).where(Obstacle.sealed_seq > 0)
    for row in snapshot.rows(query.order_by(Obstacle.id)):
        if row.sealed_seq > sealed.get(row.id, 0):
            raise _Break(row.reference or f"obstacle {row.id}", row.sealed_seq, Fault.NEVER_SEALED)


def _nobody(_events: int) -> None:
    """Stand for a caller who does not ask how far the reading is."""


_EVENTS = select(
    JournalEvent.obstacle_id,
    JournalEvent.seq,
    type_coerce(JournalEvent.event, String).label("event"),
    JournalEvent.occurred_at,
    JournalEvent.person_id,
    JournalEvent.mandate_id,
    JournalEvent.acting_for_id,
    JournalEvent.canonical,
    JournalEvent.previous_hash,
    JournalEvent.hash,
).order_by(JournalEvent.obstacle_id, JournalEvent.seq)
_TEXTS = select(
    Statement.obstacle_id, Statement.event_seq.label("seq"), Statement.kind, Statement.text, Statement.salt
).order_by(Statement.obstacle_id, Statement.event_seq)
_SEALS = select(
    JournalSeal.seq, JournalSeal.sealed_at, JournalSeal.canonical, JournalSeal.previous_hash, JournalSeal.hash
).order_by(JournalSeal.seq)
