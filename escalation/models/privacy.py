"""What the law on personal data asks for: who was shown the notice, who read which case, whose name went and why."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.account_codes import ErasureReason, TextsFate
from escalation.domain.codes import Office
from escalation.models.base import UTC, Base, code

WAITS = text("done_at IS NULL AND dropped_at IS NULL")


class NoticeShown(Base):
    """One version of the notice that one person has said to have read."""

    __tablename__ = "notices_shown"
    __table_args__ = (UniqueConstraint("person_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTC)


class CaseRead(Base):
    """That one person, in one office, opened one case on one day: the first time and the last."""

    __tablename__ = "case_reads"
    __table_args__ = (
        UniqueConstraint("obstacle_id", "read_on", "person_id", "office", "place_code"),
        Index("ix_case_reads_person_id", "person_id"),
        Index("ix_case_reads_read_on", "read_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    office: Mapped[Office] = mapped_column(code(Office, "office", checked=False))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    read_on: Mapped[date]
    """The day in Morocco."""
    first_at: Mapped[datetime] = mapped_column(UTC)
    last_at: Mapped[datetime] = mapped_column(UTC)


class Pseudonymisation(Base):
    """That a person's name and address are to go for good: who asked, why, and what becomes of their texts."""

    __tablename__ = "pseudonymisations"
    __table_args__ = (
        Index("ix_pseudonymisations_done_at", "done_at"),
        Index("uq_pseudonymisations_one_waits", "person_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[ErasureReason] = mapped_column(code(ErasureReason, "reason"))
    texts: Mapped[TextsFate] = mapped_column(code(TextsFate, "texts"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None when it was asked at the command line."""
    asked_at: Mapped[datetime] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    done_at: Mapped[datetime | None] = mapped_column(UTC)
    dropped_at: Mapped[datetime | None] = mapped_column(UTC)
