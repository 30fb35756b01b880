"""What the clock keeps of its own: the cases that it set aside, the warnings given, and when no reminders leave."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.warnings import WarningKind
from escalation.models.base import UTC, Base, code


class SetAside(Base):
    """A case on which the clock failed: how often, since when and with what; it is tried again, behind the others."""

    __tablename__ = "set_aside_cases"

    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"), primary_key=True, autoincrement=False)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(UTC)
    first_failed_at: Mapped[datetime] = mapped_column(UTC)
    reason: Mapped[str] = mapped_column(String(80))
    """The name of what was raised: never a text of the case."""


class CaseWarning(Base):
    """One warning about one case, given once: of a kind, and of the stay, the day or the week that its mark names."""

    __tablename__ = "case_warnings"
    __table_args__ = (
        UniqueConstraint("obstacle_id", "kind", "mark"),
        Index("ix_case_warnings_given_at", "given_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    kind: Mapped[WarningKind] = mapped_column(code(WarningKind, "kind"))
    mark: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(UTC)


class ReminderPause(Base):
    """A time in which no reminder leaves, its first and last day included."""

    __tablename__ = "reminder_pauses"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
