"""The outbox: the messages owed, one row per event, recipient and channel, with everything needed to send them again.

A row of the app's own channel is there for its reader as soon as its time has come: nothing has to send it.

Times of the outbox are milliseconds since the epoch on the database's own clock, so that no worker's clock
can lengthen or shorten a lease.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Audience, Lane, Language, MessageChannel, MessageStatus
from escalation.domain.delivery import BreakerState
from escalation.domain.wants import Way
from escalation.models.base import UTC, Base, Json, code

OWED = text("status IN ('queued', 'sending')")
IN_THE_APP = text("channel = 'app'")
STOPPED = text("status IN ('failed', 'quarantined')")
TO_ENDPOINTS = text("endpoint_id IS NOT NULL")
TO_PEOPLE = text("endpoint_id IS NULL")
UNREAD = text("channel = 'app' AND read_at IS NULL")
WAITING = text("status = 'waiting'")
NOT_SENT = text("status NOT IN ('sent', 'skipped')")
GATHERED = text("digest_id IS NOT NULL")
BY_MAIL = text("channel = 'email'")


def _first_due(context: Any) -> int:
    """When a message may leave first is when it is due, however often it is put off later."""
    return int(context.get_current_parameters()["not_before_ms"])


class OutboxMessage(Base):
    """One message owed to one person or one other system.

    Its facts, language, address and Message-ID are fixed when it is written.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", "recipient_id", "channel"),
        UniqueConstraint("message_id"),
        CheckConstraint("(recipient_id IS NULL) <> (endpoint_id IS NULL)", name="a_person_or_an_endpoint"),
        Index(
            "uq_outbox_messages_endpoint",
            "source_kind",
            "source_id",
            "endpoint_id",
            unique=True,
            sqlite_where=TO_ENDPOINTS,
            postgresql_where=TO_ENDPOINTS,
        ),
        Index(
            "ix_outbox_messages_endpoint_id_id",
            "endpoint_id",
            "id",
            sqlite_where=TO_ENDPOINTS,
            postgresql_where=TO_ENDPOINTS,
        ),
        Index(
            "ix_outbox_messages_obstacle_id_endpoint_id_order_seq",
            "obstacle_id",
            "endpoint_id",
            "order_seq",
            sqlite_where=TO_ENDPOINTS,
            postgresql_where=TO_ENDPOINTS,
        ),
        Index("ix_outbox_messages_owed", "lane", "not_before_ms", "id", sqlite_where=OWED, postgresql_where=OWED),
        Index("ix_outbox_messages_inbox", "recipient_id", "id", sqlite_where=IN_THE_APP, postgresql_where=IN_THE_APP),
        Index(
            "ix_outbox_messages_unread",
            "recipient_id",
            "not_before_ms",
            "id",
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        ),
        Index("ix_outbox_messages_stopped", "status", "id", sqlite_where=STOPPED, postgresql_where=STOPPED),
        Index("ix_outbox_messages_obstacle_id_recipient_id_order_seq", "obstacle_id", "recipient_id", "order_seq"),
        Index(
            "ix_outbox_messages_waiting",
            "not_before_ms",
            "recipient_id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_outbox_messages_not_sent", "id", sqlite_where=NOT_SENT, postgresql_where=NOT_SENT),
        Index("ix_outbox_messages_mailed", "recipient_id", "id", sqlite_where=BY_MAIL, postgresql_where=BY_MAIL),
        Index("ix_outbox_messages_digest_id", "digest_id", sqlite_where=GATHERED, postgresql_where=GATHERED),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    source_kind: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(40))
    audience: Mapped[Audience] = mapped_column(code(Audience, "audience"))
    obstacle_id: Mapped[int | None] = mapped_column(ForeignKey("obstacles.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("people.id"), nullable=True)
    """Whose message it is; a webhook is nobody's, and has an endpoint instead."""
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_endpoints.id"))
    address: Mapped[str] = mapped_column(String(254))
    channel: Mapped[MessageChannel] = mapped_column(code(MessageChannel, "channel"), default=MessageChannel.EMAIL)
    language: Mapped[Language] = mapped_column(code(Language, "language"))
    template_version: Mapped[int] = mapped_column(default=1)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    message_id: Mapped[str] = mapped_column(String(120))
    event_at: Mapped[datetime] = mapped_column(UTC)
    lane: Mapped[Lane] = mapped_column(code(Lane, "lane"), default=Lane.BULK)
    order_seq: Mapped[int]
    not_before_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger, default=_first_due, server_default="0")
    way: Mapped[Way | None] = mapped_column(code(Way, "way"))
    """In which letter it is gathered; None when it leaves by itself."""
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digests.id"))
    status: Mapped[MessageStatus] = mapped_column(code(MessageStatus, "status"), default=MessageStatus.QUEUED)
    status_reason: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain_attempts: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    body_sha256: Mapped[str] = mapped_column(String(64), default="")
    first_tried_ms: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None] = mapped_column(UTC)
    read_at: Mapped[datetime | None] = mapped_column(UTC)


class Breaker(Base):
    """Whether a way out takes anything: opened by a failure that every message would meet, closed by one that left."""

    __tablename__ = "outbox_breakers"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[BreakerState] = mapped_column(code(BreakerState, "state"))
    since_ms: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(80))
    probes: Mapped[int] = mapped_column(default=0)
    """How many letters were tried since it opened, none of which left."""
    probe_at_ms: Mapped[int] = mapped_column(BigInteger)
    """From when one letter may be tried."""


class Pace(Base):
    """From when on more may leave by a way out, or to one domain, without going faster than the settings allow."""

    __tablename__ = "outbox_paces"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    free_at_us: Mapped[int] = mapped_column(BigInteger)


class Digest(Base):
    """One letter that holds several messages: of each day or week, a person gets one, in parts where it is long."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("person_id", "way", "slot", "part"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    way: Mapped[Way] = mapped_column(code(Way, "way"))
    slot: Mapped[str] = mapped_column(String(40))
    part: Mapped[int] = mapped_column(default=1)
    lines: Mapped[int]
    """How many messages it holds."""
    written_at: Mapped[datetime] = mapped_column(UTC)
