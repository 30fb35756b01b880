"""What a person may do with messages that stand: send one again, or cancel it; both are noted among the events."""

from datetime import datetime

from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import MessageStatus
from escalation.domain.errors import NotFound
from escalation.domain.wants import Skipped
from escalation.models.outbox import OutboxMessage
from escalation.services.messages.outbox import retry
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

CANCELLED_BY_HAND = (
    MessageStatus.QUEUED, MessageStatus.WAITING, MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED,
)  # fmt: skip
"""What is on its way this moment is not among them: it may have left."""


def retry_message(message_id: int, *, by_id: int | None, now: datetime) -> None:
    """Queue a message again, and note who did. Raises: NotFound unless it stopped or waits for another attempt."""
    retry(message_id)
    _note(SecurityEventKind.MESSAGE_RETRIED, message_id, by_id, now)


def cancel_message(message_id: int, *, by_id: int | None, now: datetime) -> None:
    """Let a message never leave, and note who decided it. Raises: NotFound for one that left or is on its way."""
    with transaction() as session:
        stands = (OutboxMessage.id == message_id, OutboxMessage.status.in_(CANCELLED_BY_HAND))
        row = session.scalars(select(OutboxMessage).where(*stands).with_for_update()).one_or_none()
        if row is None:
            raise NotFound(f"no message {message_id} that could be cancelled")
        row.status, row.status_reason = MessageStatus.SKIPPED, Skipped.CANCELLED
        row.lease_token = row.lease_until_ms = None
        kind, told = SecurityEventKind.MESSAGE_CANCELLED, row.recipient_id
        note_security(session, kind, now=now, person_id=told, by_id=by_id, message=message_id)


def _note(kind: SecurityEventKind, message_id: int, by_id: int | None, now: datetime) -> None:
    with transaction() as session:
        told = session.get_one(OutboxMessage, message_id).recipient_id
        note_security(session, kind, now=now, person_id=told, by_id=by_id, message=message_id)
