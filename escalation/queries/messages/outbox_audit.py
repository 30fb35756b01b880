"""The reconciliation of journal and outbox: what is owed and missing, and what has waited beyond all patience."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, not_, select

from escalation.domain.codes import MessageChannel, MessageSource
from escalation.domain.notices import NOTICES
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OWED, OutboxMessage

PATIENCE = timedelta(hours=73)
"""A message ends within 72 hours of its first try; what is owed for longer is stuck."""


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
    """Each event says in the journal how many people it tells, and how many of them by mail: so many rows must be."""
    of_event = and_(OutboxMessage.source_kind == MessageSource.EVENT, OutboxMessage.source_id == JournalEvent.id)
    shown, mailed = (
        func.count(case((OutboxMessage.channel == channel, 1)))
        for channel in (MessageChannel.APP, MessageChannel.EMAIL)
    )
    written = (
        select(JournalEvent.id, JournalEvent.canonical, shown, mailed)
        .outerjoin(OutboxMessage, of_event)
        .where(JournalEvent.event.in_(list(NOTICES)))
        .group_by(JournalEvent.id, JournalEvent.canonical)
        .order_by(JournalEvent.id)
    )
    rows = db.session.execute(written, execution_options={"yield_per": 1_000})
    return [event_id for event_id, canonical, *rows in rows if tuple(rows) != _owed_by(canonical)]


def _owed_by(canonical: str) -> tuple[int, int]:
    """Return how many messages an event owes in the app and by mail; before there was an app, all were mails."""
    codes = json.loads(canonical)["codes"]
    return (codes["told"], codes["mailed"]) if "mailed" in codes else (0, codes["told"])


def _messages_without_event() -> list[int]:
    journaled = exists().where(
        JournalEvent.id == OutboxMessage.source_id, JournalEvent.obstacle_id == OutboxMessage.obstacle_id
    )
    orphan = and_(OutboxMessage.source_kind == MessageSource.EVENT, not_(journaled))
    return list(db.session.scalars(select(OutboxMessage.id).where(orphan).order_by(OutboxMessage.id)))


def _messages_owed_too_long(now: datetime, patience: timedelta) -> list[int]:
    old = and_(OWED, OutboxMessage.event_at < now - patience)
    return list(db.session.scalars(select(OutboxMessage.id).where(old).order_by(OutboxMessage.id)))
