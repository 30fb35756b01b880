"""Reading what an administrator set: the delays in force on a day, and the corrected calendar."""

from datetime import date

from sqlalchemy import select

from escalation.domain.calendar import WorkingCalendar
from escalation.domain.settings import SettingChange, Settings, settings_on
from escalation.extensions import db
from escalation.models.settings import HolidayCorrection, Setting


def get_settings(day: date) -> Settings:
    """Return the delays in force on a day."""
    in_force = select(Setting.key, Setting.value, Setting.effective_on).where(Setting.effective_on <= day)
    rows = db.session.execute(in_force)
    return settings_on(day, [SettingChange(key, value, effective_on) for key, value, effective_on in rows])


def get_calendar() -> WorkingCalendar:
    """Return the Moroccan working calendar with this installation's corrections."""
    rows = db.session.execute(select(HolidayCorrection.day, HolidayCorrection.is_off)).all()
    return WorkingCalendar(
        added=frozenset(day for day, is_off in rows if is_off),
        removed=frozenset(day for day, is_off in rows if not is_off),
    )
