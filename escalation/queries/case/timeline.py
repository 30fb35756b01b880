"""Reading the story of an obstacle: its events with what was written, and the messages that told of them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import Audience, Event, MessageChannel, MessageSource, MessageStatus, Office
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.queries.messages.outbox import db_now_ms

LINE = (
    OutboxMessage.source_id,
    OutboxMessage.channel,
    OutboxMessage.event,
    OutboxMessage.audience,
    OutboxMessage.facts,
    OutboxMessage.status,
    OutboxMessage.status_reason,
    OutboxMessage.order_seq,
    OutboxMessage.sent_at,
    OutboxMessage.event_at,
)
"""What the ledger shows of a message."""


@dataclass(frozen=True)
class Told:
    """One event as a reader may be told it."""

    seq: int
    event: Event
    at: datetime
    codes: Mapping[str, Any]
    texts: Mapping[str, str]
    person: Person | None
    office: Office | None
    place_code: str | None
    acted_for: Person | None = None
    """Who was away and holds the office, where somebody else acted in it."""


@dataclass(frozen=True)
class MessageLine:
    """One message as the ledger of a case shows it."""

    event: Event
    audience: Audience
    recipient: Person
    channels: tuple[MessageChannel, ...]
    facts: Mapping[str, Any]
    status: MessageStatus
    reason: str
    event_seq: int
    """Of the event it tells of, in the story of its obstacle."""
    at: datetime
    """When it left, or when it was written while it has not."""


def list_events(obstacle_id: int) -> list[Told]:
    """Return the events of an obstacle from the first to the last, in two queries."""
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    for statement in db.session.scalars(select(Statement).where(Statement.obstacle_id == obstacle_id)):
        texts[statement.event_seq][statement.kind] = statement.text
    holder = aliased(Person)
    is_anothers = and_(holder.id == Mandate.person_id, Mandate.person_id != JournalEvent.person_id)
    rows = db.session.execute(
        select(JournalEvent, Person, Mandate.office, Mandate.place_code, holder)
        .outerjoin(Person, Person.id == JournalEvent.person_id)
        .outerjoin(Mandate, Mandate.id == JournalEvent.mandate_id)
        .outerjoin(holder, is_anothers)
        .where(JournalEvent.obstacle_id == obstacle_id)
        .order_by(JournalEvent.seq)
    ).all()
    return [
        Told(
            seq=event.seq,
            event=event.event,
            at=event.occurred_at,
            codes=json.loads(event.canonical)["codes"],
            texts=texts[event.seq],
            person=person,
            office=office,
            place_code=place_code,
            acted_for=acted_for,
        )
        for event, person, office, place_code, acted_for in rows
    ]


def taken_back(events: Sequence[Told]) -> dict[int, Told]:
    """Return the events that were taken back, by the number of the event that took each back."""
    by_seq = {told.seq: told for told in events}
    undoings = [told for told in events if told.event is Event.DECISION_UNDONE]
    return {told.seq: by_seq[told.codes["undone"]] for told in undoings if told.codes["undone"] in by_seq}


def list_messages(obstacle_id: int) -> list[MessageLine]:
    """Return who was told of an obstacle's events, newest first, in one query; what is still held is left out.

    Somebody told of one event by mail and in the app is one line, which says how the mail fares.
    """
    told = (OutboxMessage.obstacle_id == obstacle_id, OutboxMessage.source_kind == MessageSource.EVENT)
    shown = or_(OutboxMessage.channel == MessageChannel.EMAIL, OutboxMessage.not_before_ms <= db_now_ms())
    rows = db.session.execute(
        select(*LINE, Person)
        .join(Person, Person.id == OutboxMessage.recipient_id)
        .where(*told, shown)
        .order_by(OutboxMessage.order_seq.desc(), OutboxMessage.id)
    ).all()
    ways: dict[tuple[int, int], dict[MessageChannel, Row[*tuple[Any, ...]]]] = defaultdict(dict)
    for row in rows:
        ways[row.source_id, row.Person.id][row.channel] = row
    return [_message_line(messages) for messages in ways.values()]


def _message_line(ways: Mapping[MessageChannel, Row[*tuple[Any, ...]]]) -> MessageLine:
    message = ways[MessageChannel.EMAIL] if MessageChannel.EMAIL in ways else ways[MessageChannel.APP]
    return MessageLine(
        event=Event(message.event),
        audience=message.audience,
        recipient=message.Person,
        channels=tuple(channel for channel in MessageChannel if channel in ways),
        facts=message.facts,
        status=message.status,
        reason=message.status_reason,
        event_seq=message.order_seq,
        at=message.sent_at or message.event_at,
    )
