"""What an administrator sets: values with a date of effect, corrections of the calendar, and the ticks of beat."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models.base import UTC, Base


class Setting(Base):
    """One value of one setting from one day on, for all cases or for some; the past keeps the values it had."""

    __tablename__ = "settings"
    __table_args__ = (
        UniqueConstraint(
            "key", "level", "urgency", "obstacle_type", "effective_on", name="uq_settings_key_cases_effective_on"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(20), default="")
    """Of which cases: the level, the urgency and the type that are named here, each empty for all."""
    urgency: Mapped[str] = mapped_column(String(20), default="")
    obstacle_type: Mapped[str] = mapped_column(String(60), default="")
    value: Mapped[int | None]
    """None lets these cases have again what others have."""
    effective_on: Mapped[date]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)


class HolidayCorrection(Base):
    """A day off added to the library's calendar, or one of the library's that was not observed."""

    __tablename__ = "holiday_corrections"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_off: Mapped[bool]
    name_ar: Mapped[str] = mapped_column(String(120), default="")
    name_fr: Mapped[str] = mapped_column(String(120), default="")


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
