"""Reading what waits for a letter that gathers: whose letter is due, and what of it its reader may still see."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from escalation.domain.policy import Actor
from escalation.domain.wants import DIGESTS, Way, slot_of
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import WAITING, Digest, OutboxMessage
from escalation.queries.case.obstacles import visible_to


def list_due_readers(now: datetime, limit: int) -> Sequence[tuple[int, Way]]:
    """Return for whom a letter is due, and which, the longest due first; a digest already written is not due again."""
    query = (
        select(OutboxMessage.recipient_id, OutboxMessage.way)
        .where(*_due(now))
        .group_by(OutboxMessage.recipient_id, OutboxMessage.way)
        .order_by(func.min(OutboxMessage.not_before_ms), OutboxMessage.recipient_id)
        .limit(limit)
    )
    return [(person_id, way) for person_id, way in db.session.execute(query) if way is not None]


def find_oldest_due(now: datetime) -> datetime | None:
    """Return since when the longest due letter that gathers should have been written; None when none is due."""
    oldest = db.session.scalar(select(func.min(OutboxMessage.not_before_ms)).where(*_due(now)))
    return None if oldest is None else datetime.fromtimestamp(oldest / 1000, UTC)


def waiting_of(person_id: int, way: Way, now: datetime) -> Select[OutboxMessage]:
    """Return the query of what one letter gathers: what is due, and of what one act told, all of it."""
    query = select(OutboxMessage).where(WAITING, OutboxMessage.recipient_id == person_id, OutboxMessage.way == way)
    due = query if way is Way.TOGETHER else query.where(OutboxMessage.not_before_ms <= _ms(now))
    return due.order_by(OutboxMessage.event_at, OutboxMessage.id)


def list_visible(actor: Actor, references: Collection[str]) -> frozenset[str]:
    """Return which of these cases an actor may see, by their references."""
    query = select(Obstacle.reference).where(Obstacle.reference.in_(sorted(references)), visible_to(actor))
    return frozenset(reference for reference in db.session.scalars(query) if reference)


def _due(now: datetime) -> tuple[Any, ...]:
    written = exists().where(
        Digest.person_id == OutboxMessage.recipient_id,
        Digest.way == OutboxMessage.way,
        or_(*(and_(Digest.way == way, Digest.slot == slot_of(way, now)) for way in DIGESTS)),
    )
    return (WAITING, OutboxMessage.not_before_ms <= _ms(now), ~written)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
