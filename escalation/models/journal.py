"""The journal: events chained per obstacle, and the hourly seals over their heads; rows are only ever added."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Event
from escalation.models.base import UTC, Base, code


class JournalEvent(Base):
    """One fact about an obstacle; ``canonical`` is the exact text that is hashed: no name and no free text in it."""

    __tablename__ = "journal_events"
    __table_args__ = (
        UniqueConstraint("obstacle_id", "seq"),
        Index("ix_journal_events_occurred_at", "occurred_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    seq: Mapped[int]
    # No CHECK: a new kind of event would rebuild the table on SQLite, and this table is never rebuilt.
    event: Mapped[Event] = mapped_column(code(Event, "event", checked=False))
    occurred_at: Mapped[datetime] = mapped_column(UTC)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id"))
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    canonical: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class JournalSeal(Base):
    """One link of the global chain: the heads of every obstacle's chain that grew since the link before."""

    __tablename__ = "journal_seals"
    __table_args__ = (UniqueConstraint("seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    sealed_at: Mapped[datetime] = mapped_column(UTC)
    canonical: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
