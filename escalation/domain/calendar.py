"""The Moroccan working calendar and the local day: which days count, and where a day begins and ends.

Public holidays come from the ``holidays`` library; religious days there are estimates, which an administrator
corrects with ``added`` and ``removed``. The zone is read from the ``tzdata`` package, never from the host: Morocco
left UTC+1 on 20 September 2026, and hosts keep older tables for years. Nothing here asks what time it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from escalation.domain.codes import Language

ZONE_NAME: Final = "Africa/Casablanca"
ONE_DAY: Final = timedelta(days=1)
LAST_SECOND: Final = time(23, 59, 59, fold=1)
SATURDAY: Final = 5

LIBRARY_LANGUAGES: Final = {Language.AR: "ar", Language.FR: "fr", Language.EN: "en_US"}
FIRST_YEAR: Final[int] = holidays.country_holidays("MA").start_year
LAST_YEAR: Final[int] = holidays.country_holidays("MA").end_year

# Where the library's word is not the one Moroccans use.
USUAL_NAMES: Final = {
    "عيد العمال": "عيد الشغل",
    "رأس السنة الهجرية": "فاتح محرم",
    "ذكرى ثورة الملك و الشعب": "ذكرى ثورة الملك والشعب",
    "Nouvel an Amazigh": "Nouvel an amazigh",
    "Fête du Travail": "Fête du travail",
    "Allégeance Oued Eddahab": "Oued Ed-Dahab",
    "La révolution du roi et du peuple": "Révolution du Roi et du peuple",
    "Fête de la Jeunesse": "Fête de la jeunesse",
    "Fête de l'Unité": "Aïd Al Wahda, fête de l'unité",
    "La marche verte": "Marche verte",
    "Fête de la rupture du jeûne": "Aïd al-Fitr",
    "Fête du sacrifice": "Aïd al-Adha",
    "Nouvel an musulman": "1er Moharram",
    "Anniversaire du prophète": "Mawlid",
}


class UnknownCalendarYear(ValueError):
    """The holidays of this year are not known, so no working day of it can be counted."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no Moroccan holidays known for {year}: only {FIRST_YEAR} to {LAST_YEAR}")
        self.year = year


@lru_cache(maxsize=512)
def _library_names(year: int, language: Language, *, show_estimated: bool = False) -> Mapping[date, str]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnknownCalendarYear(year)
    table = holidays.country_holidays(
        "MA", years=year, language=LIBRARY_LANGUAGES[language], islamic_show_estimated=show_estimated
    )
    names = {day: " · ".join(USUAL_NAMES.get(name, name) for name in table.get_list(day)) for day in sorted(table)}
    return MappingProxyType(names)


@lru_cache(maxsize=256)
def _library_days(year: int) -> frozenset[date]:
    return frozenset(_library_names(year, Language.EN))


@lru_cache(maxsize=1024)
def _weekdays_off(calendar: "WorkingCalendar", year: int) -> tuple[date, ...]:
    """Return the days from Monday to Friday on which nobody works."""
    return tuple(day for day in calendar.holidays_of(year) if day.weekday() < SATURDAY)


def _weekdays_until(day: date) -> int:
    """Count the days from Monday to Friday up to this one, since the first of all weeks."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * SATURDAY + min(rest, SATURDAY)


def is_estimate(day: date) -> bool:
    """Tell whether the library places a religious holiday on this day by calculation, before the moon is seen."""
    return "(estimated)" in _library_names(day.year, Language.EN, show_estimated=True).get(day, "")


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday without Moroccan public holidays, as corrected: ``added`` days are off whatever else is said."""

    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on this day.

        Raises: UnknownCalendarYear.
        """
        public = _library_days(day.year)
        if day.weekday() >= SATURDAY or day in self.added:
            return False
        return day not in public or day in self.removed

    def next_working_day(self, day: date) -> date:
        """Return the first working day strictly after this one.

        Raises: UnknownCalendarYear.
        """
        following = day + ONE_DAY
        while not self.is_working_day(following):
            following += ONE_DAY
        return following

    def add_working_days(self, day: date, n: int) -> date:
        """Return the nth working day strictly after this one; for n = 0 the day itself, working or not.

        Raises: UnknownCalendarYear; ValueError when n is negative.
        """
        if n < 0:
            raise ValueError(f"cannot add {n} working days")
        for _ in range(n):
            day = self.next_working_day(day)
        return day

    def subtract_working_days(self, day: date, n: int) -> date:
        """Return the latest working day after which, up to this one included, n working days come.

        For n = 0 the day itself, working or not.
        Raises: UnknownCalendarYear; ValueError when n is negative.
        """
        if n < 0:
            raise ValueError(f"cannot subtract {n} working days")
        passed = 0
        while passed < n or (n and not self.is_working_day(day)):
            passed += self.is_working_day(day)
            day -= ONE_DAY
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days d with start < d <= end; none when the end is not after the start.

        Raises: UnknownCalendarYear.
        """
        if end <= start:
            return 0
        first = start + ONE_DAY
        years = range(first.year, end.year + 1)
        days_off = sum(first <= day <= end for year in years for day in _weekdays_off(self, year))
        return _weekdays_until(end) - _weekdays_until(start) - days_off

    def holidays_of(self, year: int) -> tuple[date, ...]:
        """List the days off of this year as corrected, weekends among them, in order.

        Raises: UnknownCalendarYear.
        """
        granted = {day for day in self.added if day.year == year}
        return tuple(sorted((_library_days(year) - self.removed) | granted))

    def holiday_name(self, day: date, language: Language) -> str | None:
        """Return the usual name of this day's public holiday; None on other days, and on added ones, which have none.

        Raises: UnknownCalendarYear.
        """
        name = _library_names(day.year, language).get(day)
        return None if day in self.removed else name


def _read_zone() -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *ZONE_NAME.split("/")).open("rb") as table:
        return ZoneInfo.from_file(table, key=ZONE_NAME)


LOCAL_ZONE: Final = _read_zone()


def local_day(instant: datetime) -> date:
    """Return the date on a Moroccan wall at this instant.

    Raises: ValueError when the instant has no zone.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no zone")
    return instant.astimezone(LOCAL_ZONE).date()


def start_of_day(day: date) -> datetime:
    """Return the first instant of this local day, in UTC."""
    return datetime.combine(day, time.min, LOCAL_ZONE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return the last second (23:59:59) of this local day, in UTC."""
    return datetime.combine(day, LAST_SECOND, LOCAL_ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Calendars:
    """The working calendar of the country with an installation's corrections, and those of places closed besides."""

    country: WorkingCalendar
    closed: Mapping[str, frozenset[date]]

    def of(self, province_code: str) -> WorkingCalendar:
        """Return the calendar by which the days of a province's cases are counted, whatever desk has them."""
        closed = self.closed.get(province_code)
        return replace(self.country, added=self.country.added | closed) if closed else self.country
