"""What an office meets while it lives: a time in which it rests, a deputy for an absence, what was told of it once."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import OfficeNoticeKind
from escalation.models.base import UTC, Base, code


class Suspension(Base):
    """A time in which an office gives no right to its holder; ``ends_on`` is its last day."""

    __tablename__ = "suspensions"
    __table_args__ = (
        Index("ix_suspensions_mandate_id", "mandate_id"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
    lifted_at: Mapped[datetime | None] = mapped_column(UTC)
    """When it was ended before its day; from that minute it is as if it were not."""


class Deputyship(Base):
    """Who acts for the holder of an office while they are away; ``ends_on`` is its last day."""

    __tablename__ = "deputyships"
    __table_args__ = (
        Index("ix_deputyships_mandate_id", "mandate_id"),
        Index("ix_deputyships_deputy_id", "deputy_id"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UTC)
    taken_back_at: Mapped[datetime | None] = mapped_column(UTC)


class OfficeNotice(Base):
    """That something about an office was told once: its row is there, so that nobody tells it again."""

    __tablename__ = "office_notices"
    __table_args__ = (
        UniqueConstraint("kind", "mandate_id", "day"),
        Index(
            "uq_office_notices_empty_desk",
            "place_code",
            unique=True,
            sqlite_where=text("kind = 'desk_empty' AND ended_at IS NULL"),
            postgresql_where=text("kind = 'desk_empty' AND ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OfficeNoticeKind] = mapped_column(code(OfficeNoticeKind, "kind"))
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    day: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UTC)
    ended_at: Mapped[datetime | None] = mapped_column(UTC)
    """When a desk that had nobody had somebody again."""
