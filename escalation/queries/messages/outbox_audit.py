"""The reconciliation of journal and outbox: what is owed and missing, and what has waited beyond all patience."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, not_, select

from escalation.domain.codes import MessageChannel, MessageSource, MessageStatus
from escalation.domain.notices import NOTICES
from escalation.domain.wants import Skipped
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OWED, WAITING, Digest, OutboxMessage

PATIENCE = timedelta(hours=73)
"""A message ends within 72 hours of its first try; what is owed for longer is stuck."""
WAITS_AT_MOST = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise of the outbox that does not hold."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.id}"


def list_violations(now: datetime, patience: timedelta = PATIENCE) -> list[Violation]:
    """Return every broken promise: an event that told nobody, a message of no event, one owed or waiting too long,

    one skipped without a reason, a digest that does not hold all that it gathered or has no letter.
    """
    return [
        *(Violation("event without messages", each) for each in _events_without_messages()),
        *(Violation("message without event", each) for each in _messages_without_event()),
        *(Violation("message owed for too long", each) for each in _messages_owed_too_long(now, patience)),
        *(Violation("message waiting for too long", each) for each in _messages_waiting_too_long(now)),
        *(Violation("message skipped without a reason", each) for each in _messages_without_reason()),
        *(Violation("digest without its letter", each) for each in _digests_without_letter()),
        *(Violation("digest that does not hold what it gathered", each) for each in _digests_of_other_length()),
    ]


def _events_without_messages() -> list[int]:
    """Each event says in the journal how many people it tells, and how many of them by mail: so many rows must be.

    The journal does not count whose account or office was suspended; what they were not told has its row all the same.
    """
    of_event = and_(
        OutboxMessage.source_kind == MessageSource.EVENT,
        OutboxMessage.source_id == JournalEvent.id,
        OutboxMessage.status_reason != Skipped.SUSPENDED,
    )
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


def _messages_waiting_too_long(now: datetime) -> list[int]:
    """A letter of the week is late at most by a week: what came too late for the one of its Monday is in the next."""
    due = int((now - WAITS_AT_MOST).timestamp() * 1000)
    waits = select(OutboxMessage.id).where(WAITING, OutboxMessage.not_before_ms < due)
    return list(db.session.scalars(waits.order_by(OutboxMessage.id)))


def _messages_without_reason() -> list[int]:
    skipped = (OutboxMessage.status == MessageStatus.SKIPPED, OutboxMessage.status_reason == "")
    return list(db.session.scalars(select(OutboxMessage.id).where(*skipped).order_by(OutboxMessage.id)))


def _digests_without_letter() -> list[int]:
    letter = exists().where(
        OutboxMessage.source_kind == MessageSource.DIGEST,
        OutboxMessage.source_id == Digest.id,
        OutboxMessage.recipient_id == Digest.person_id,
    )
    return list(db.session.scalars(select(Digest.id).where(~letter).order_by(Digest.id)))


def _digests_of_other_length() -> list[int]:
    """Each letter says how many messages it gathered: as many rows must name it, all of its reader and all ended."""
    gathered = and_(
        OutboxMessage.digest_id == Digest.id,
        OutboxMessage.recipient_id == Digest.person_id,
        OutboxMessage.status == MessageStatus.SKIPPED,
    )
    counted = select(Digest.id).outerjoin(OutboxMessage, gathered).group_by(Digest.id, Digest.lines)
    return list(db.session.scalars(counted.having(func.count(OutboxMessage.id) != Digest.lines).order_by(Digest.id)))


def _messages_owed_too_long(now: datetime, patience: timedelta) -> list[int]:
    old = and_(OWED, OutboxMessage.event_at < now - patience)
    return list(db.session.scalars(select(OutboxMessage.id).where(old).order_by(OutboxMessage.id)))
