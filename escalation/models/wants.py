"""How people want to be told, and which cases they follow or have muted."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.wants import Attention
from escalation.models.base import UTC, Base, Json, code


class MessageWants(Base):
    """What one person chose, kind by kind; who has no row is told everything at once."""

    __tablename__ = "message_wants"
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_whole"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_to BETWEEN 0 AND 23", name="quiet_hours"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    ways: Mapped[dict[str, Any]] = mapped_column(Json)
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(UTC)


class CaseAttention(Base):
    """One person follows one case, or has muted it."""

    __tablename__ = "case_attentions"
    __table_args__ = (Index("ix_case_attentions_person_id", "person_id"),)

    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    attention: Mapped[Attention] = mapped_column(code(Attention, "attention"))
    since: Mapped[datetime] = mapped_column(UTC)
