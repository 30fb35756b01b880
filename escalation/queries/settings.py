"""Reading what an administrator set: the delays in force on a day, and the corrected calendar."""

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from escalation.domain.calendar import Calendars, WorkingCalendar
from escalation.domain.settings import SETTING_RULES, SettingChange, Settings, settings_on
from escalation.extensions import db
from escalation.models.people import Person
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


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was decided: from which day, by whom, when, and what held until then."""

    setting: Setting
    by: Person | None
    before: int


def list_changes() -> dict[str, list[Change]]:
    """Return every change of every setting that was decided, by its key, the newest first."""
    rows = db.session.execute(
        select(Setting, Person)
        .outerjoin(Person, Person.id == Setting.set_by_id)
        .order_by(Setting.effective_on, Setting.id)
    )
    changes: dict[str, list[Change]] = {}
    for row, by in rows:
        earlier = changes.setdefault(row.key, [])
        rule = SETTING_RULES.get(row.key)
        first = rule.default if rule else row.value
        before = earlier[0].setting.value if earlier else first
        earlier.insert(0, Change(row, by, before))
    return changes


def _readable(key: str, value: int, effective_on: date) -> list[SettingChange]:
    """Return a row as a change of settings; one that is none is named in the log and leaves the value before it."""
    try:
        return [SettingChange(key, value, effective_on)]
    except ValueError:
        logger.exception("a row of settings is left out")
        return []


def get_calendars() -> Calendars:
    """Return every working calendar of this installation."""
    return get_reference().calendars


def get_calendar(province_code: str = "") -> WorkingCalendar:
    """Return the working calendar of the country, or of the cases of one province."""
    return get_calendars().of(province_code)
