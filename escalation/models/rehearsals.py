"""Rehearsals: delays that are not in force, and what they would have made of the real cases of a region."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.rehearsal import Effect
from escalation.models.base import UTC, Base, Json, code

WAITING = text("status = 'waiting'")


class RehearsalStatus(StrEnum):
    """Where a rehearsal is."""

    DRAFT = "draft"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Rehearsal(Base):
    """A draft of delays for a region, how far its replay came, what came out, and from when it was put into force."""

    __tablename__ = "rehearsals"
    __table_args__ = (
        Index("ix_rehearsals_region_code_id", "region_code", "id"),
        Index("ix_rehearsals_waiting", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    status: Mapped[RehearsalStatus] = mapped_column(code(RehearsalStatus, "status"), default=RehearsalStatus.DRAFT)
    lines: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Each delay of the draft: its key, level, urgency and type, empty for all, and its value or nothing."""
    run: Mapped[int] = mapped_column(default=0)
    """Which replay this is: what an earlier one found is no longer read."""
    since_on: Mapped[date | None]
    until_on: Mapped[date | None]
    reached_id: Mapped[int] = mapped_column(default=0)
    """The last case that was replayed."""
    cases: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Of each effect: how often it was, how often it would have been, how often only one of them."""
    created_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    effective_on: Mapped[date | None]
    forced_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    forced_at: Mapped[datetime | None] = mapped_column(UTC)


class RehearsedEffect(Base):
    """Something that the clock said or did of a stay, or would have by the draft, and on which day."""

    __tablename__ = "rehearsed_effects"

    rehearsal_id: Mapped[int] = mapped_column(ForeignKey("rehearsals.id"), primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Effect] = mapped_column(code(Effect, "kind"), primary_key=True)
    obstacle_id: Mapped[int] = mapped_column(ForeignKey("obstacles.id"), primary_key=True)
    stay: Mapped[int] = mapped_column(primary_key=True)
    was_on: Mapped[date | None]
    would_on: Mapped[date | None]
