"""Reading what an administrator set: the delays in force on a day, and the corrected calendar."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from escalation.domain.calendar import WorkingCalendar
from escalation.domain.settings import SettingChange, Settings, settings_on
from escalation.extensions import db
from escalation.models.settings import Closure, HolidayCorrection, Setting

logger = logging.getLogger(__name__)


def get_settings(day: date) -> Settings:
    """Return the delays in force on a day."""
    in_force = select(Setting.key, Setting.value, Setting.effective_on).where(Setting.effective_on <= day)
    return settings_on(day, [change for row in db.session.execute(in_force) for change in _readable(*row)])


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


@dataclass(frozen=True)
class Calendars:
    """The working calendar of the country with this installation's corrections, and those of places closed besides."""

    country: WorkingCalendar
    closed: Mapping[str, frozenset[date]]

    def of(self, province_code: str) -> WorkingCalendar:
        """Return the calendar by which the days of a province's cases are counted, whatever desk has them."""
        closed = self.closed.get(province_code)
        return replace(self.country, added=self.country.added | closed) if closed else self.country


def get_calendars() -> Calendars:
    """Return every working calendar of this installation, in two queries."""
    rows = db.session.execute(select(HolidayCorrection.day, HolidayCorrection.is_off)).all()
    closed: dict[str, set[date]] = defaultdict(set)
    for place_code, day in db.session.execute(select(Closure.place_code, Closure.day)):
        closed[place_code].add(day)
    country = WorkingCalendar(
        added=frozenset(day for day, is_off in rows if is_off),
        removed=frozenset(day for day, is_off in rows if not is_off),
    )
    return Calendars(country, {code: frozenset(days) for code, days in closed.items()})


def get_calendar(province_code: str = "") -> WorkingCalendar:
    """Return the working calendar of the country, or of the cases of one province."""
    return get_calendars().of(province_code)
