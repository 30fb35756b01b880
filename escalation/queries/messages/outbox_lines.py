"""Reading the mails of the outbox as an administrator does: how each fares and for whom, and never what it says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text

from escalation.domain.codes import Audience, Lane, MessageChannel, MessageStatus
from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.people.directory import PAGE, has_words, is_of
from escalation.queries.people.people import PersonName


class Fault(StrEnum):
    """Why mails did not leave, as their reasons begin."""

    TEMPORARY = "temporary"
    ADDRESS = "address"
    OURS = "ours"
    UNCERTAIN = "uncertain"
    LETTER = "letter"
    CRASHED = "crashed"


class Older(StrEnum):
    """Since when mails are due at least."""

    MINUTES = "5-minutes"
    HOUR = "1-hour"
    DAY = "1-day"


AGES_MS = {Older.MINUTES: 300_000, Older.HOUR: 3_600_000, Older.DAY: 86_400_000}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mails are looked for; what is empty narrows nothing, and no status at all means what has not left."""

    words: str = ""
    """A reference, a person's name, an address or a part of it, or ``@`` and the whole domain of addresses."""
    status: MessageStatus | None = None
    has_any_status: bool = False
    lane: Lane | None = None
    fault: Fault | None = None
    older: Older | None = None


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One mail, without what it says."""

    id: int
    event: str
    audience: Audience
    status: MessageStatus
    reason: str
    lane: Lane
    attempts: int
    due_ms: int
    event_at: datetime
    sent_at: datetime | None
    address: str
    reference: str | None
    recipient: PersonName

    @property
    def domain(self) -> str:
        """Return where the mail goes, without to whom."""
        return self.address.rpartition("@")[2]


# Written out, for the index of these rows; with the name of the table, since cases have a status too.
_NOT_LEFT = text("outbox_messages.status NOT IN ('sent', 'skipped')")
_COLUMNS = (
    OutboxMessage.id, OutboxMessage.event, OutboxMessage.audience, OutboxMessage.status, OutboxMessage.status_reason,
    OutboxMessage.lane, OutboxMessage.attempts, OutboxMessage.due_ms, OutboxMessage.event_at, OutboxMessage.sent_at,
    OutboxMessage.address, Obstacle.reference, Person.id, Person.name_ar, Person.name_fr,
)  # fmt: skip


def list_outbox(regions: Collection[str], wanted: Wanted, after: int | None = None) -> Sequence[OutboxLine]:
    """Return the mails to people of regions that are looked for, the newest first, fifty and one more."""
    query = _lines(regions).where(*_narrowed(wanted)).order_by(OutboxMessage.id.desc()).limit(PAGE + 1)
    if after is not None:
        query = query.where(OutboxMessage.id < after)
    return [_line(row) for row in db.session.execute(query)]


def get_outbox_line(regions: Collection[str], message_id: int) -> OutboxLine:
    """Return one mail to somebody of these regions. Raises: NotFound."""
    row = db.session.execute(_lines(regions).where(OutboxMessage.id == message_id)).first()
    if row is None:
        raise NotFound("message")
    return _line(row)


def _lines(regions: Collection[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join(Person, Person.id == OutboxMessage.recipient_id)
        .outerjoin(Obstacle, Obstacle.id == OutboxMessage.obstacle_id)
        .where(OutboxMessage.channel == MessageChannel.EMAIL, is_of(regions))
    )


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[Any] = []
    if wanted.status is not None:
        found.append(OutboxMessage.status == wanted.status)
    elif not wanted.has_any_status and not wanted.words:
        found.append(_NOT_LEFT)
    if wanted.lane is not None:
        found.append(OutboxMessage.lane == wanted.lane)
    if wanted.fault is not None:
        found.append(OutboxMessage.status_reason.startswith(wanted.fault.value))
    if wanted.older is not None:
        found.append(OutboxMessage.due_ms <= get_now_ms() - AGES_MS[wanted.older])
    return [*found, *_about(wanted.words)]


def _about(words: str) -> list[ColumnElement[bool]]:
    if words.startswith("@"):
        domain = words[1:].lower().replace("%", "").replace("_", "")
        return [Person.email.endswith(f"@{domain}")]
    if words.upper().startswith("OBS-"):
        return [Obstacle.reference == words.upper()]
    return [has_words(words)] if words else []


def _line(row: Any) -> OutboxLine:
    told = dict(zip((field.name for field in fields(OutboxLine)), row[:-3], strict=False))
    return OutboxLine(**told, recipient=PersonName(*row[-3:]))
