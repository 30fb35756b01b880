"""What of messages an address may name: one that stopped, one that left, one of elsewhere; and what ends a digest."""

from flask import Flask
from sqlalchemy import select

from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.domain.wants import Way
from escalation.models.outbox import OutboxMessage
from escalation.services.messages.unsubscribe import token_for
from escalation.services.transaction import transaction
from tests.factories import Town


def message_parts(app: Flask, town: Town) -> dict[str, dict[str, str]]:
    """Return what these typed parts of an address may be, by the state that each stands for."""
    with app.app_context(), transaction() as session:
        mails = select(OutboxMessage).where(OutboxMessage.channel == MessageChannel.EMAIL).order_by(OutboxMessage.id)
        stopped, left, *_others = session.scalars(mails.where(OutboxMessage.recipient_id == town.president.id)).all()
        stopped.status, left.status = MessageStatus.FAILED, MessageStatus.SENT
        numbers = {"stopped": str(stopped.id), "left": str(left.id)}
    with app.app_context():
        token = token_for(town.president.id, Way.DAILY)
    return {
        "int(max=9223372036854775807):message_id": numbers,
        "string(maxlength=120):token": {"digest": token, "forged": token[:-1]},
    }
