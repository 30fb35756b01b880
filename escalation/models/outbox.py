"""The outbox: the messages owed, one row per event, recipient and channel, with everything needed to send them again.

A row of the app's own channel is there for its reader as soon as its time has come: nothing has to send it.

Times of the outbox are milliseconds since the epoch on the database's own clock, so that no worker's clock
can lengthen or shorten a lease.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Audience, Lane, Language, MessageChannel, MessageStatus
from escalation.domain.delivery import BreakerState
from escalation.models.base import UTC, Base, Json, code

OWED = text("status IN ('queued', 'sending')")
IN_THE_APP = text("channel = 'app'")
STOPPED = text("status IN ('failed', 'quarantined')")
UNREAD = text("channel = 'app' AND read_at IS NULL")


class OutboxMessage(Base):
    """One message owed to one person; its facts, language, address and Message-ID are fixed when it is written."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", "recipient_id", "channel"),
        UniqueConstraint("message_id"),
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
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    source_kind: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(40))
    audience: Mapped[Audience] = mapped_column(code(Audience, "audience"))
    obstacle_id: Mapped[int | None] = mapped_column(ForeignKey("obstacles.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
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
