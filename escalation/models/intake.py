"""Mail that came in, whole until it is forgotten; and the addresses at which letters were found not to arrive."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.intake import IncomingStatus, Way
from escalation.models.base import UTC, Base, code

NEW = text("status = 'new'")
HELD = text("status = 'held'")
LIVE = text("lifted_at IS NULL")


class IncomingMail(Base):
    """One mail as it came, kept before anything in it is looked at; what is known of it is added later."""

    __tablename__ = "incoming_mails"
    __table_args__ = (
        UniqueConstraint("sha256"),
        Index("ix_incoming_mails_new", "id", sqlite_where=NEW, postgresql_where=NEW),
        Index("ix_incoming_mails_held", "id", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_incoming_mails_person_id_settled_at", "person_id", "settled_at"),
        Index("ix_incoming_mails_sender_received_at", "sender", "received_at"),
        Index("ix_incoming_mails_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UTC)
    way: Mapped[Way] = mapped_column(code(Way, "way"))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes as they came: brought twice, they are kept once."""
    envelope_sender: Mapped[str | None] = mapped_column(String(320))
    """From where the relay says that it came; None where it does not say, nothing for a report."""
    envelope_recipient: Mapped[str] = mapped_column(String(320), default="")
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """Of the whole mail: of one that is too large only the beginning is kept."""
    status: Mapped[IncomingStatus] = mapped_column(code(IncomingStatus, "status"), default=IncomingStatus.NEW)
    reason: Mapped[str] = mapped_column(String(40), default="")
    sender: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    message_id: Mapped[str] = mapped_column(String(255), default="")
    letter_id: Mapped[int | None] = mapped_column(BigInteger)
    """The message of the outbox that it comes back to."""
    is_hint: Mapped[bool] = mapped_column(default=False)
    """That message was found by what the mail says it answers, which anybody can write, and not by a signed address."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who that message was for."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None] = mapped_column(UTC)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The administrator who decided on it, where one did."""


class AddressFailure(Base):
    """That a letter could not be delivered for good: while it is not lifted, the address of its reader fails."""

    __tablename__ = "address_failures"
    __table_args__ = (
        UniqueConstraint("letter_id"),
        Index("ix_address_failures_live", "person_id", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_address_failures_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    address: Mapped[str] = mapped_column(String(254))
    """Once the person has another, this failure concerns nobody any more."""
    letter_id: Mapped[int] = mapped_column(BigInteger)
    obstacle_id: Mapped[int | None] = mapped_column(ForeignKey("obstacles.id"))
    status: Mapped[str] = mapped_column(String(12))
    """As the relay says it (RFC 3463)."""
    noted_at: Mapped[datetime] = mapped_column(UTC)
    lifted_at: Mapped[datetime | None] = mapped_column(UTC)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None where a later letter arrived, or its reader answered one."""
