"""What an administrator sets: values with a date of effect, corrections of the calendar, and the ticks of beat."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models.base import UTC, Base


class Setting(Base):
    """One value of one setting from one day on; the past keeps the values it had."""

    __tablename__ = "settings"
    __table_args__ = (UniqueConstraint("key", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[int]
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
