"""What a desk writes for itself about an obstacle: notes, and what was said when it spoke with somebody."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Channel, NoteKind
from escalation.models.base import UTC, Base, Json, code


class Note(Base):
    """One note of one desk: only who sits there, not recused, may read it."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_obstacle_id_desk_code_id", "obstacle_id", "desk_code", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"))
    desk_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    kind: Mapped[NoteKind] = mapped_column(code(NoteKind, "kind"), default=NoteKind.NOTE)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"))
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[int]] = mapped_column(Json, default=list)
    """Of a note: the people it calls to."""
    spoke_with: Mapped[str] = mapped_column(String(200), default="")
    """Of a contact: who was on the other end, and by which way."""
    channel: Mapped[Channel | None] = mapped_column(code(Channel, "channel"))
    created_at: Mapped[datetime] = mapped_column(UTC)
