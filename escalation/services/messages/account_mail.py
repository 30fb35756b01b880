"""Writing letters about accounts to the outbox: to one person, about themselves, ahead of what can wait."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import Audience, Lane, MessageChannel, MessageSource, MessageStatus
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.messages.message_ids import new_message_id
from escalation.services.transaction import owes_messages


def told_in_one_letter(
    session: Session, person: Person, notice: AccountNotice, *, now: datetime, office: Mapping[str, Any]
) -> bool:
    """Name a further office in the letter that the same act has just written to this person; False without one."""
    same_act = (
        OutboxMessage.recipient_id == person.id,
        OutboxMessage.event == notice,
        OutboxMessage.event_at == now,
        OutboxMessage.status == MessageStatus.QUEUED,
        OutboxMessage.attempts == 0,
        OutboxMessage.lane == Lane.BULK,
    )
    letter = session.scalars(select(OutboxMessage).where(*same_act).with_for_update()).first()
    if letter is None:
        return False
    letter.facts = {**letter.facts, "offices": [*letter.facts.get("offices", []), dict(office)]}
    return True


def write_account_mail(
    session: Session,
    person: Person,
    notice: AccountNotice,
    *,
    source: tuple[MessageSource, int],
    now: datetime,
    facts: Mapping[str, Any],
    lane: Lane = Lane.INTERACTIVE,
) -> None:
    """Owe a person one letter about their account; what it tells of is written in the same transaction."""
    kind, source_id = source
    session.add(
        OutboxMessage(
            source_kind=kind,
            source_id=source_id,
            event=notice,
            audience=Audience.ACCOUNT,
            obstacle_id=None,
            recipient_id=person.id,
            address=person.email,
            channel=MessageChannel.EMAIL,
            language=person.language,
            facts={"name": person.name(person.language), **facts},
            message_id=new_message_id(),
            event_at=now,
            lane=lane,
            order_seq=0,
            not_before_ms=get_now_ms(),
            status=MessageStatus.QUEUED,
        )
    )
    owes_messages(session)
