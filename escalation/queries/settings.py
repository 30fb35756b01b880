"""Reading what an administrator set: the delays in force on a day, and the corrected calendar."""

import logging
from datetime import date

from sqlalchemy import select

from escalation.domain.calendar import WorkingCalendar
from escalation.domain.settings import SettingChange, Settings, settings_on
from escalation.extensions import db
from escalation.models.settings import Setting
from escalation.queries.reference import get_reference

logger = logging.getLogger(__name__)


def get_settings(day: date) -> Settings:
    """Return the delays in force on a day."""
    reference = get_reference()
    found = reference.settings.get(day)
    if found is None:
        in_force = [change for row in reference.changes if row[2] <= day for change in _readable(*row)]
        found = reference.settings[day] = settings_on(day, in_force)
    return found


def list_changes() -> dict[str, list[Setting]]:
    """Return every change of every setting that was decided, by its key, the newest first."""
    changes: dict[str, list[Setting]] = {}
    for row in db.session.scalars(select(Setting).order_by(Setting.effective_on.desc(), Setting.id.desc())):
        changes.setdefault(row.key, []).append(row)
    return changes


def _readable(key: str, value: int, effective_on: date) -> list[SettingChange]:
    """Return a row as a change of settings; one that is none is named in the log and leaves the value before it."""
    try:
        return [SettingChange(key, value, effective_on)]
    except ValueError:
        logger.exception("a row of settings is left out")
        return []


def get_calendar() -> WorkingCalendar:
    """Return the Moroccan working calendar with this installation's corrections."""
    return get_reference().calendar
