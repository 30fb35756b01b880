"""What is not finished: answers that somebody is still typing, and a move that its author may still take back."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models.base import UTC, Base, Json


class KeptForm(Base):
    """What one person had typed in the form of one page, as they typed it, until it is sent or thrown away."""

    __tablename__ = "kept_forms"
    __table_args__ = (UniqueConstraint("person_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    path: Mapped[str] = mapped_column(String(200))
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(UTC)


class UndoStep(Base):
    """The last move of an obstacle while its author may take it back: what stood before it, and until when."""

    __tablename__ = "undo_steps"

    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"), primary_key=True, autoincrement=False)
    event_id: Mapped[int]
    """In the journal, to which nothing is bound: no other table may stand in its way."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int]
    """The obstacle's version after the move."""
    until_ms: Mapped[int] = mapped_column(BigInteger)
    """On the database's own clock, as the times of the outbox are."""
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str | None] = mapped_column(String(64))
    """That of the form which made the move: taken back, the form may be sent again."""
