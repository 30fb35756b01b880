"""Reading what an administrator set: the delays in force on a day, and the corrected calendar."""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from escalation.domain.calendar import Calendars, WorkingCalendar
from escalation.domain.settings import (
    EVERYWHERE,
    SETTING_RULES,
    InForce,
    Scope,
    SettingChange,
    Settings,
    in_force_on,
    settings_for,
)
from escalation.extensions import db
from escalation.models.people import Person
from escalation.models.settings import Setting
from escalation.queries.reference import get_reference

logger = logging.getLogger(__name__)

MOST_KEPT = 4096
"""Of days and kinds of cases whose delays a process keeps; past them it begins anew."""


def get_settings(day: date, scope: Scope = EVERYWHERE) -> Settings:
    """Return the delays in force on a day for the cases of a scope."""
    kept = get_reference().settings
    found = kept.get((day, scope))
    if found is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[day, scope] = settings_for(scope, get_in_force(day))
    return found


def get_in_force(day: date) -> InForce:
    """Return what was said of the delays by a day, for all cases and for some."""
    reference = get_reference()
    found = reference.in_force.get(day)
    if found is None:
        if len(reference.in_force) >= MOST_KEPT:
            reference.in_force.clear()
        begun = [change for row in reference.changes if row.effective_on <= day for change in _readable(row)]
        found = reference.in_force[day] = in_force_on(day, begun)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was decided: for which cases, from which day, by whom, when, and what was said until then."""

    setting: Setting
    scope: Scope
    by: Person | None
    before: int | None
    """Nothing where nothing was said of these cases, or what is said of wider ones held."""


def list_changes() -> dict[str, list[Change]]:
    """Return every change of every setting that was decided for all cases, by its key, the newest first."""
    changes: dict[str, list[Change]] = {}
    for change in _list(Setting.level == "", Setting.urgency == "", Setting.obstacle_type == ""):
        changes.setdefault(change.setting.key, []).insert(0, change)
    return changes


def list_exceptions(key: str) -> list[Change]:
    """Return every change of a setting that was decided for some cases only, the newest first."""
    some = Setting.level + Setting.urgency + Setting.obstacle_type != ""
    return list(reversed(_list(Setting.key == key, some)))


def count_exceptions(day: date) -> Counter[str]:
    """Return for how many kinds of cases each setting has a value of their own on a day."""
    own = (key for (key, scope), value in get_in_force(day).items() if scope != EVERYWHERE and value is not None)
    return Counter(own)


def _list(*wanted: ColumnElement[bool]) -> list[Change]:
    rows = db.session.execute(
        select(Setting, Person)
        .outerjoin(Person, Person.id == Setting.set_by_id)
        .where(*wanted)
        .order_by(Setting.effective_on, Setting.id)
    )
    said: dict[tuple[str, Scope], int | None] = {}
    changes = []
    for row, by in rows:
        for change in _readable(row):
            default = SETTING_RULES[change.key].default if change.scope == EVERYWHERE else None
            before = said.get((change.key, change.scope), default)
            changes.append(Change(row, change.scope, by, before))
            said[change.key, change.scope] = change.value
    return changes


def _readable(row: Setting) -> list[SettingChange]:
    """Return a row as a change of settings; one that is none is named in the log and leaves the value before it."""
    try:
        return [SettingChange(row.key, row.value, row.effective_on, row.scope)]
    except ValueError:
        logger.exception("a row of settings is left out")
        return []


def get_calendars() -> Calendars:
    """Return every working calendar of this installation."""
    return get_reference().calendars


def get_calendar(province_code: str = "") -> WorkingCalendar:
    """Return the working calendar of the country, or of the cases of one province."""
    return get_calendars().of(province_code)
