"""What a person may do with messages that stand: send one again, or cancel it; both are noted among the events."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import MessageStatus
from escalation.domain.errors import NotFound
from escalation.domain.wants import Skipped
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import db_now_ms
from escalation.services.people.security import note_security
from escalation.services.transaction import owes_messages, transaction

RETRIED_BY_HAND = (MessageStatus.QUEUED, MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED)
CANCELLED_BY_HAND = (
    MessageStatus.QUEUED, MessageStatus.WAITING, MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED,
)  # fmt: skip
"""What is on its way this moment is not among them: it may have left."""


def retry_message(message_id: int, *, by_id: int | None, now: datetime) -> None:
    """Queue a message again for now, with all its patience restored, and note who did.

    Raises: NotFound unless it stopped or waits for another attempt.
    """
    with transaction() as session:
        row = _found(session, message_id, OutboxMessage.status.in_(RETRIED_BY_HAND), OutboxMessage.address != "")
        row.status, row.status_reason, row.body_sha256 = MessageStatus.QUEUED, "", ""
        row.attempts = row.crashes = 0
        row.first_tried_ms, row.not_before_ms = None, int(session.execute(select(db_now_ms())).scalar_one())
        _note(session, SecurityEventKind.MESSAGE_RETRIED, row, by_id, now)
        owes_messages(session)


def cancel_message(message_id: int, *, by_id: int | None, now: datetime) -> None:
    """Let a message never leave, and note who decided it. Raises: NotFound for one that left or is on its way."""
    with transaction() as session:
        row = _found(session, message_id, OutboxMessage.status.in_(CANCELLED_BY_HAND))
        row.status, row.status_reason = MessageStatus.SKIPPED, Skipped.CANCELLED
        row.lease_token = row.lease_until_ms = None
        _note(session, SecurityEventKind.MESSAGE_CANCELLED, row, by_id, now)


def _found(session: Session, message_id: int, *stands: ColumnElement[bool]) -> OutboxMessage:
    query = select(OutboxMessage).where(OutboxMessage.id == message_id, *stands).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"no message {message_id} of which that could be done")
    return row


def _note(session: Session, kind: SecurityEventKind, row: OutboxMessage, by_id: int | None, now: datetime) -> None:
    note_security(session, kind, now=now, person_id=row.recipient_id, by_id=by_id, message=row.id)
