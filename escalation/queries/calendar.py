"""The days off from a day on, with their names, and where each comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from escalation.domain.calendar import LAST_YEAR, WorkingCalendar, is_estimate
from escalation.domain.codes import Language
from escalation.extensions import db
from escalation.models.places import Place
from escalation.models.settings import Closure, HolidayCorrection

YEARS_AHEAD = 1


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day off, or one announced as off that is not; its names by language, and its place if it is one alone."""

    day: date
    names: tuple[str, str, str]
    is_off: bool = True
    is_corrected: bool = False
    is_estimate: bool = False
    place: Place | None = None


def list_days(today: date) -> Sequence[CalendarDay]:
    """Return the days off from this one to the end of the next year, those corrected and closed places among them."""
    last_year = min(today.year + YEARS_AHEAD, LAST_YEAR)
    plain = WorkingCalendar()
    found = {
        day: CalendarDay(day, _names(plain, day), is_estimate=is_estimate(day))
        for year in range(today.year, last_year + 1)
        for day in plain.holidays_of(year)
        if day >= today
    }
    for row in db.session.scalars(select(HolidayCorrection).where(HolidayCorrection.day >= today)):
        known = found.get(row.day)
        names = (row.name_ar, row.name_fr, row.name_fr) if row.name_fr else known.names if known else ("", "", "")
        found[row.day] = CalendarDay(row.day, names, row.is_off, is_corrected=True)
    places = select(Closure, Place).join(Place, Place.code == Closure.place_code).where(Closure.day >= today)
    closed = [
        CalendarDay(row.day, (row.name_ar, row.name_fr, row.name_fr), is_corrected=True, place=place)
        for row, place in db.session.execute(places)
    ]
    return sorted([*found.values(), *closed], key=lambda one: (one.day, one.place.code if one.place else ""))


def _names(calendar: WorkingCalendar, day: date) -> tuple[str, str, str]:
    arabic, french, english = (
        calendar.holiday_name(day, each) or "" for each in (Language.AR, Language.FR, Language.EN)
    )
    return arabic, french, english
