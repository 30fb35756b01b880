"""Reading the story of an obstacle: its events with what was written, and the messages that told of them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, or_, select

from escalation.domain.codes import Audience, Event, MessageChannel, MessageSource, MessageStatus, Office
from escalation.domain.wants import Attention, Way
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person
from escalation.models.wants import CaseAttention
from escalation.queries.messages.failures import FAILS
from escalation.queries.messages.outbox import db_now_ms
from escalation.queries.messages.wants import find_attention
from escalation.queries.people.people import PersonName

_PEOPLE, _MANDATES, _EVENTS = Person.__table__.c, Mandate.__table__.c, JournalEvent.__table__.c
_MESSAGES, _STATEMENTS = OutboxMessage.__table__.c, Statement.__table__.c
_OBSTACLE: BindParameter[int] = bindparam("obstacle_id")
_PERSON = (_PEOPLE.id, _PEOPLE.name_ar, _PEOPLE.name_fr)
"""What ``PersonName`` holds."""
_HOLDER = Person.__table__.alias("holder")
"""Who holds the office in which somebody else acted."""
_TEXTS = select(_STATEMENTS.event_seq, _STATEMENTS.kind, _STATEMENTS.text).where(_STATEMENTS.obstacle_id == _OBSTACLE)
_STORY = (
    select(
        _EVENTS.seq, _EVENTS.event, _EVENTS.occurred_at, _EVENTS.canonical, *_PERSON, _MANDATES.office,
        _MANDATES.place_code, *(_HOLDER.c[column.name] for column in _PERSON),
    )
    .select_from(
        JournalEvent.__table__.outerjoin(Person.__table__, _PEOPLE.id == _EVENTS.person_id)
        .outerjoin(Mandate.__table__, _MANDATES.id == _EVENTS.mandate_id)
        .outerjoin(_HOLDER, and_(_HOLDER.c.id == _MANDATES.person_id, _MANDATES.person_id != _EVENTS.person_id))
    )
    .where(_EVENTS.obstacle_id == _OBSTACLE)
    .order_by(_EVENTS.seq)
)  # fmt: skip
_GATHERING = OutboxMessage.__table__.alias("gathering")
"""The letter in which a message is, where it left with others."""
_ATTENTION = (
    select(CaseAttention.attention)
    .where(CaseAttention.obstacle_id == _OBSTACLE, CaseAttention.person_id == bindparam("reader_id"))
    .scalar_subquery()
)
_LEDGER = (
    select(
        _MESSAGES.source_id, _MESSAGES.channel, _MESSAGES.event, _MESSAGES.audience, _MESSAGES.facts, _MESSAGES.status,
        _MESSAGES.status_reason, _MESSAGES.order_seq, _MESSAGES.sent_at, _MESSAGES.event_at, _MESSAGES.source_kind,
        _MESSAGES.way, _MESSAGES.read_at, _GATHERING.c.status.label("digest_status"),
        _GATHERING.c.status_reason.label("digest_reason"), _GATHERING.c.sent_at.label("digest_sent_at"),
        _ATTENTION.label("attention"), FAILS.label("fails"),
        *(column.label(f"person_{column.name}") for column in _PERSON),
    )
    .join_from(OutboxMessage.__table__, Person.__table__, _PEOPLE.id == _MESSAGES.recipient_id)
    .outerjoin(
        _GATHERING,
        and_(
            _GATHERING.c.source_kind == MessageSource.DIGEST,
            _GATHERING.c.source_id == _MESSAGES.digest_id,
            _GATHERING.c.recipient_id == _MESSAGES.recipient_id,
            _GATHERING.c.channel == MessageChannel.EMAIL,
        ),
    )
    .where(
        _MESSAGES.obstacle_id == _OBSTACLE,
        _MESSAGES.source_kind.in_(bindparam("sources", expanding=True)),
        or_(_MESSAGES.channel == MessageChannel.EMAIL, _MESSAGES.not_before_ms <= db_now_ms()),
    )
    .order_by(_MESSAGES.order_seq.desc(), _MESSAGES.id)
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One event as a reader may be told it."""

    seq: int
    event: Event
    at: datetime
    codes: Mapping[str, Any]
    texts: Mapping[str, str]
    person: PersonName | None
    office: Office | None
    place_code: str | None
    is_erased: bool = False
    """A text that went with it was erased by law."""
    acted_for: PersonName | None = None
    """Who was away and holds the office, where somebody else acted in it."""


@dataclass(frozen=True)
class MessageLine:
    """One message as the ledger of a case shows it."""

    event: str
    """An event of the journal, or a warning of the clock."""
    audience: Audience
    recipient: PersonName
    channels: tuple[MessageChannel, ...]
    facts: Mapping[str, Any]
    status: MessageStatus
    reason: str
    event_seq: int
    """Of the event it tells of, in the story of its obstacle."""
    at: datetime
    """When it left, or when it was written while it has not."""
    is_unreached: bool = False
    """Letters do not reach this person now."""
    way: Way | None = None
    is_in_digest: bool = False
    """It left in a letter with others: status and time are those of that letter."""
    read_at: datetime | None = None
    """When its reader opened the case in the app."""


def list_events(obstacle_id: int) -> list[Told]:
    """Return the events of an obstacle from the first to the last, in two queries."""
    given, texts = {"obstacle_id": obstacle_id}, defaultdict[int, dict[str, str]](dict)
    for seq, kind, text in db.session.execute(_TEXTS, given):
        texts[seq][kind] = text
    rows = [(*row[:3], json.loads(row.canonical), *row[4:]) for row in db.session.execute(_STORY, given)]
    return [
        Told(
            seq=seq,
            event=event,
            at=occurred_at,
            codes=facts["codes"],
            is_erased=bool(set(facts["texts"]) - set(texts[seq])),
            texts=texts[seq],
            person=None if person_id is None else PersonName(person_id, name_ar, name_fr),
            office=office,
            place_code=place_code,
            acted_for=None if holder[0] is None else PersonName(*holder),
        )
        for seq, event, occurred_at, facts, person_id, name_ar, name_fr, office, place_code, *holder in rows
    ]


def taken_back(events: Sequence[Told]) -> dict[int, Told]:
    """Return the events that were taken back, by the number of the event that took each back."""
    by_seq = {told.seq: told for told in events}
    undoings = [told for told in events if told.event is Event.DECISION_UNDONE]
    return {told.seq: by_seq[told.codes["undone"]] for told in undoings if told.codes["undone"] in by_seq}


@dataclass(frozen=True)
class Ledger:
    """Who was told of a case, newest first; and what its reader asked of it, if anything."""

    lines: Sequence[MessageLine]
    attention: Attention | None


def read_ledger(obstacle_id: int, reader_id: int, *, with_warnings: bool = False) -> Ledger:
    """Return who was told of an obstacle's events, newest first, in one query; what is still held is left out.

    Somebody told of one event by mail and in the app is one line, which says how the mail fares. The clock's warnings
    are for desks to read of, and for nobody's reproach.
    """
    ways: dict[tuple[str, int, int], dict[MessageChannel, Row[*tuple[Any, ...]]]] = defaultdict(dict)
    sources = [MessageSource.EVENT, *([MessageSource.WARNING] if with_warnings else [])]
    given = {"obstacle_id": obstacle_id, "sources": sources, "reader_id": reader_id}
    rows = db.session.execute(_LEDGER, given).all()
    for row in rows:
        ways[row.source_kind, row.source_id, row.person_id][row.channel] = row
    attention = rows[0].attention if rows else find_attention(reader_id, obstacle_id)
    return Ledger([_message_line(messages) for messages in ways.values()], attention)


def _message_line(ways: Mapping[MessageChannel, Row[*tuple[Any, ...]]]) -> MessageLine:
    message = ways[MessageChannel.EMAIL] if MessageChannel.EMAIL in ways else ways[MessageChannel.APP]
    shown, is_in_digest = ways.get(MessageChannel.APP), message.digest_status is not None
    return MessageLine(
        event=message.event,
        audience=message.audience,
        recipient=PersonName(message.person_id, message.person_name_ar, message.person_name_fr),
        channels=tuple(channel for channel in MessageChannel if channel in ways),
        facts=message.facts,
        status=message.digest_status if is_in_digest else message.status,
        reason=message.digest_reason if is_in_digest else message.status_reason,
        event_seq=message.order_seq,
        is_unreached=message.fails and MessageChannel.EMAIL in ways,
        at=(message.digest_sent_at if is_in_digest else message.sent_at) or message.event_at,
        way=message.way,
        is_in_digest=is_in_digest,
        read_at=shown.read_at if shown is not None else None,
    )
