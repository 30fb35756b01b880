"""The reconciliation of journal and outbox: what is owed and missing, and what has waited beyond all patience."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, not_, or_, select

from escalation.domain.notices import NOTICES
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OWED, OutboxMessage

PATIENCE = timedelta(hours=73)
"""A message ends within 72 hours of its first try; what is owed for longer is stuck."""

FROM_EVENTS = "event"


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise of the outbox that does not hold."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.id}"


def list_violations(now: datetime, patience: timedelta = PATIENCE) -> list[Violation]:
    """Return every broken promise: an event that told nobody, a message of no event, a message owed for too long."""
    return [
        *(Violation("event without messages", each) for each in _events_without_messages()),
        *(Violation("message without event", each) for each in _messages_without_event()),
        *(Violation("message owed for too long", each) for each in _messages_owed_too_long(now, patience)),
    ]


def _events_without_messages() -> list[int]:
    """An event that only concerns the one who acted may tell nobody, unless the table tells them too."""
    told = exists().where(OutboxMessage.source_kind == FROM_EVENTS, OutboxMessage.source_id == JournalEvent.id)
    always = [event for event, notices in NOTICES.items() if any(notice.tells_actor for notice in notices)]
    someone_else = or_(JournalEvent.person_id.is_(None), JournalEvent.person_id != Obstacle.author_id)
    owing = and_(JournalEvent.event.in_(list(NOTICES)), or_(JournalEvent.event.in_(always), someone_else))
    of_the_obstacle = select(JournalEvent.id).join(Obstacle, Obstacle.id == JournalEvent.obstacle_id)
    return list(db.session.scalars(of_the_obstacle.where(owing, not_(told)).order_by(JournalEvent.id)))


def _messages_without_event() -> list[int]:
    journaled = exists().where(
        JournalEvent.id == OutboxMessage.source_id, JournalEvent.obstacle_id == OutboxMessage.obstacle_id
    )
    orphan = and_(OutboxMessage.source_kind == FROM_EVENTS, not_(journaled))
    return list(db.session.scalars(select(OutboxMessage.id).where(orphan).order_by(OutboxMessage.id)))


def _messages_owed_too_long(now: datetime, patience: timedelta) -> list[int]:
    old = and_(OWED, OutboxMessage.event_at < now - patience)
    return list(db.session.scalars(select(OutboxMessage.id).where(old).order_by(OutboxMessage.id)))
