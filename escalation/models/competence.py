"""Which desk has a type first, somewhere from a day on; and what a regional secretary ruled where desks disagreed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Competent, Level, RulingState
from escalation.models.base import UTC, Base, code


class CompetenceRule(Base):
    """What holds for one obstacle type in one region or province from a day on, in place of what held before.

    Without a first desk it ends what was said for that place: what is said for the wider one holds again.
    """

    __tablename__ = "competence_rules"
    __table_args__ = (UniqueConstraint("obstacle_type", "place_code", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    obstacle_type: Mapped[str] = mapped_column(ForeignKey("obstacle_types.code"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    first_desk: Mapped[Level | None] = mapped_column(code(Level, "first_desk"))
    competent: Mapped[Competent | None] = mapped_column(code(Competent, "competent"))
    reason: Mapped[str | None] = mapped_column(ForeignKey("routing_reasons.code"))
    law: Mapped[str] = mapped_column(String(200), default="")
    """Empty where the law of the reason is meant."""
    certainty: Mapped[str] = mapped_column(String(1), default="")
    effective_on: Mapped[date]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)


class Ruling(Base):
    """What a regional secretary said of a type that desks sent to and fro: another first desk, or the same."""

    __tablename__ = "rulings"
    __table_args__ = (Index("ix_rulings_region_code_obstacle_type_id", "region_code", "obstacle_type", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    obstacle_type: Mapped[str] = mapped_column(ForeignKey("obstacle_types.code"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    first_desk: Mapped[Level] = mapped_column(code(Level, "first_desk"))
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[RulingState] = mapped_column(code(RulingState, "state"))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UTC)
