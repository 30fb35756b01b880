"""What an administrator sets: values with a date of effect, corrections of the calendar, and the ticks of beat."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Level, Urgency
from escalation.domain.settings import Scope
from escalation.models.base import UTC, Base


class Setting(Base):
    """One value of one setting from one day on, for some cases or for all; the past keeps the values it had."""

    __tablename__ = "settings"
    __table_args__ = (
        UniqueConstraint("key", "level", "urgency", "obstacle_type", "effective_on"),
        CheckConstraint("value IS NOT NULL OR level || urgency || obstacle_type <> ''", name="for_all_a_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(40), default="")
    """Empty, like the two that follow, where the value is for all; so that one row of a kind is unique."""
    urgency: Mapped[str] = mapped_column(String(40), default="")
    obstacle_type: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[int | None]
    """Nothing where what is said of wider cases holds again."""
    effective_on: Mapped[date]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)

    @property
    def scope(self) -> Scope:
        """Return for which cases the value is. Raises: ValueError when a code is none of ours."""
        return Scope(
            Level(self.level) if self.level else None,
            Urgency(self.urgency) if self.urgency else None,
            self.obstacle_type,
        )


class HolidayCorrection(Base):
    """A day off added to the library's calendar, or one of the library's that was not observed."""

    __tablename__ = "holiday_corrections"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_off: Mapped[bool]
    name_ar: Mapped[str] = mapped_column(String(120), default="")
    name_fr: Mapped[str] = mapped_column(String(120), default="")


class ReferenceStamp(Base):
    """The one row whose word the database renews with every change of the reference, a setting or the calendar."""

    __tablename__ = "reference_stamp"

    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[str] = mapped_column(String(32))


class Closure(Base):
    """A day on which offices are closed in one province or prefecture, and work elsewhere."""

    __tablename__ = "closures"

    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name_ar: Mapped[str] = mapped_column(String(120), default="")
    name_fr: Mapped[str] = mapped_column(String(120), default="")


class Tick(Base):
    """One slot of one periodic task that somebody has taken: whoever wakes, a row decides."""

    __tablename__ = "ticks"

    task: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[str] = mapped_column(String(40), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UTC)
