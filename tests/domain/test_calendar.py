"""The working calendar against real Moroccan dates and against its own laws, and the local day across zone changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.calendar import (
    LAST_YEAR,
    LOCAL_ZONE,
    UnknownCalendarYear,
    WorkingCalendar,
    end_of_day,
    is_estimate,
    local_day,
    start_of_day,
)
from escalation.domain.codes import Language

PLAIN = WorkingCalendar()
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
corrections = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=20)
calendars = st.builds(WorkingCalendar, added=corrections, removed=corrections)
near_days = st.dates(date(2025, 11, 1), date(2028, 2, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 14), False),  # Amazigh new year, a Wednesday
        (date(2026, 1, 11), False),  # Manifesto of independence, a Sunday
        (date(2026, 1, 12), True),  # which is not moved to the Monday
        (date(2026, 5, 1), False),
        (date(2026, 7, 30), False),
        (date(2026, 8, 14), False),
        (date(2026, 8, 20), False),
        (date(2026, 8, 21), False),
        (date(2026, 10, 30), True),
        (date(2026, 10, 31), False),  # Unity day, a Saturday
        (date(2026, 11, 2), True),  # which is not moved to the Monday
        (date(2026, 11, 6), False),  # Green March, a Friday
        (date(2026, 11, 17), True),
        (date(2026, 11, 18), False),  # Independence, a Wednesday
        (date(2026, 11, 19), True),
        (date(2025, 10, 31), True),  # a Friday before Unity day was one
        (date(2023, 1, 14), False),  # a Saturday
        (date(2022, 1, 14), True),  # a Friday before Amazigh new year was one
        (date(2025, 1, 14), False),
    ],
)
def test_fixed_days_of_morocco(day: date, works: bool) -> None:
    assert PLAIN.is_working_day(day) is works


@pytest.mark.parametrize("day", [date(2026, 5, 27), date(2026, 5, 28), date(2026, 6, 16), date(2026, 8, 25)])
def test_religious_days_are_off_and_known_as_estimates(day: date) -> None:
    assert not PLAIN.is_working_day(day)
    assert is_estimate(day)
    assert not is_estimate(date(2026, 11, 18))
    assert not is_estimate(date(2026, 11, 19))


def test_a_moon_seen_a_day_later_moves_the_feast() -> None:
    seen = WorkingCalendar(added=frozenset({date(2026, 5, 29)}), removed=frozenset({date(2026, 5, 27)}))
    assert PLAIN.add_working_days(date(2026, 5, 26), 1) == date(2026, 5, 29)
    assert seen.add_working_days(date(2026, 5, 26), 1) == date(2026, 5, 27)
    assert seen.add_working_days(date(2026, 5, 26), 2) == date(2026, 6, 1)
    assert seen.holiday_name(date(2026, 5, 27), Language.FR) is None
    assert date(2026, 5, 29) in seen.holidays_of(2026)
    assert date(2026, 5, 27) not in seen.holidays_of(2026)
    assert len(seen.holidays_of(2026)) == len(PLAIN.holidays_of(2026)) == 18


def test_a_day_both_added_and_removed_is_off() -> None:
    both = frozenset({date(2026, 5, 27)})
    assert not WorkingCalendar(added=both, removed=both).is_working_day(date(2026, 5, 27))


def test_removing_a_day_makes_no_weekend_work() -> None:
    assert not WorkingCalendar(removed=frozenset({date(2026, 10, 31)})).is_working_day(date(2026, 10, 31))


def test_names_are_those_moroccans_use() -> None:
    assert PLAIN.holiday_name(date(2026, 11, 18), Language.AR) == "عيد الاستقلال"
    assert PLAIN.holiday_name(date(2026, 5, 1), Language.AR) == "عيد الشغل"
    assert PLAIN.holiday_name(date(2026, 6, 16), Language.AR) == "فاتح محرم"
    assert PLAIN.holiday_name(date(2026, 5, 27), Language.FR) == "Aïd al-Adha"
    assert PLAIN.holiday_name(date(2026, 10, 31), Language.FR) == "Aïd Al Wahda, fête de l'unité"
    assert PLAIN.holiday_name(date(2026, 11, 6), Language.EN) == "Green March"
    assert PLAIN.holiday_name(date(2027, 8, 14), Language.FR) == "Oued Ed-Dahab · Mawlid"
    assert PLAIN.holiday_name(date(2026, 11, 17), Language.EN) is None


def test_counting_from_a_real_week() -> None:
    assert PLAIN.add_working_days(date(2026, 11, 17), 0) == date(2026, 11, 17)
    assert PLAIN.add_working_days(date(2026, 10, 31), 0) == date(2026, 10, 31)
    assert PLAIN.next_working_day(date(2026, 11, 5)) == date(2026, 11, 9)
    assert PLAIN.add_working_days(date(2026, 10, 30), 15) == date(2026, 11, 24)
    assert PLAIN.working_days_between(date(2026, 10, 30), date(2026, 11, 24)) == 15
    assert PLAIN.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert PLAIN.working_days_between(date(2026, 11, 24), date(2026, 10, 30)) == 0


def test_a_year_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownCalendarYear):
        PLAIN.is_working_day(date(LAST_YEAR + 1, 1, 1))
    with pytest.raises(UnknownCalendarYear):
        PLAIN.add_working_days(date(LAST_YEAR, 12, 31), 1)
    with pytest.raises(UnknownCalendarYear):
        PLAIN.holiday_name(date(9999, 12, 31), Language.AR)
    with pytest.raises(UnknownCalendarYear):
        PLAIN.working_days_between(date(1890, 1, 1), date(1890, 1, 3))
    with pytest.raises(ValueError, match="-1"):
        PLAIN.add_working_days(date(2026, 1, 1), -1)


@given(calendars, near_days, st.integers(0, 90))
def test_adding_and_counting_back_agree(calendar: WorkingCalendar, day: date, n: int) -> None:
    reached = calendar.add_working_days(day, n)
    assert calendar.working_days_between(day, reached) == n
    assert n == 0 or calendar.is_working_day(reached)


@given(calendars, near_days, st.integers(0, 90))
def test_subtracting_and_counting_agree(calendar: WorkingCalendar, day: date, n: int) -> None:
    reached = calendar.subtract_working_days(day, n)
    assert calendar.working_days_between(reached, day) == n
    if n:
        assert calendar.is_working_day(reached)
        assert calendar.working_days_between(calendar.next_working_day(reached), day) == n - 1, "the latest such day"
    else:
        assert reached == day


@given(calendars, near_days, st.integers(0, 60))
def test_adding_and_subtracting_undo_each_other(calendar: WorkingCalendar, start: date, n: int) -> None:
    day = calendar.next_working_day(start)
    assert calendar.subtract_working_days(calendar.add_working_days(day, n), n) == day
    assert calendar.add_working_days(calendar.subtract_working_days(day, n), n) == day


@given(calendars, near_days, near_days, st.integers(1, 40))
def test_subtracting_is_monotone(calendar: WorkingCalendar, one: date, other: date, n: int) -> None:
    early, late = sorted((one, other))
    assert calendar.subtract_working_days(early, n) <= calendar.subtract_working_days(late, n)
    assert calendar.subtract_working_days(early, n + 1) < calendar.subtract_working_days(early, n)


def test_subtracting_from_real_days() -> None:
    assert PLAIN.subtract_working_days(date(2027, 1, 4), 1) == date(2026, 12, 31)
    assert PLAIN.subtract_working_days(date(2026, 11, 2), 1) == date(2026, 10, 30), "Unity day was a Saturday"
    assert PLAIN.subtract_working_days(date(2026, 11, 1), 1) == date(2026, 10, 29), "a Sunday is behind its Friday"
    with pytest.raises(ValueError, match="-1"):
        PLAIN.subtract_working_days(date(2026, 1, 5), -1)


@given(calendars, near_days, st.integers(0, 40), st.integers(0, 40))
def test_adding_in_two_steps_is_adding_once(calendar: WorkingCalendar, day: date, n: int, m: int) -> None:
    assert calendar.add_working_days(calendar.add_working_days(day, n), m) == calendar.add_working_days(day, n + m)


@given(calendars, near_days, near_days, st.integers(1, 40))
def test_a_later_start_is_never_due_earlier(calendar: WorkingCalendar, one: date, other: date, n: int) -> None:
    early, late = sorted((one, other))
    assert calendar.add_working_days(early, n) <= calendar.add_working_days(late, n)
    assert calendar.add_working_days(early, n) < calendar.add_working_days(early, n + 1)


@given(calendars, near_days, near_days, near_days)
def test_counts_of_two_spans_add_up(calendar: WorkingCalendar, a: date, b: date, c: date) -> None:
    start, middle, end = sorted((a, b, c))
    parts = calendar.working_days_between(start, middle) + calendar.working_days_between(middle, end)
    assert calendar.working_days_between(start, end) == parts


@given(days)
def test_weekends_and_listed_holidays_are_all_that_is_off(day: date) -> None:
    assert PLAIN.is_working_day(day) is (day.isoweekday() <= 5 and day not in PLAIN.holidays_of(day.year))
    assert (PLAIN.holiday_name(day, Language.EN) is not None) is (day in PLAIN.holidays_of(day.year))


@pytest.mark.parametrize(
    ("instant", "offset_hours"),
    [
        (datetime(2026, 2, 15, 1, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 2, 15, 2, tzinfo=UTC), 0),  # Ramadan 2026 begins to count
        (datetime(2026, 3, 22, 1, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 22, 2, tzinfo=UTC), 1),  # and has ended
        (datetime(2026, 9, 20, 0, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 9, 20, 1, tzinfo=UTC), 0),  # Morocco leaves UTC+1
        (datetime(2027, 7, 1, tzinfo=UTC), 0),  # for good
    ],
)
def test_the_zone_is_that_of_the_package_not_of_the_host(instant: datetime, offset_hours: int) -> None:
    assert instant.astimezone(LOCAL_ZONE).utcoffset() == timedelta(hours=offset_hours)


def test_the_evening_before_ramadan_and_in_it() -> None:
    assert end_of_day(date(2026, 2, 14)) == datetime(2026, 2, 14, 22, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2026, 2, 15)) == datetime(2026, 2, 15, 23, 59, 59, tzinfo=UTC)
    assert start_of_day(date(2026, 3, 22)) == datetime(2026, 3, 22, tzinfo=UTC)
    assert start_of_day(date(2026, 3, 23)) == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert local_day(datetime(2026, 2, 13, 23, 30, tzinfo=UTC)) == date(2026, 2, 14)
    assert local_day(datetime(2026, 2, 16, 23, 30, tzinfo=UTC)) == date(2026, 2, 16)
    with pytest.raises(ValueError, match="no zone"):
        local_day(datetime(2026, 2, 16, 23, 30))  # noqa: DTZ001


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_days_meet_without_gap_or_overlap(day: date) -> None:
    start, end = start_of_day(day), end_of_day(day)
    assert local_day(start) == local_day(end) == day
    assert end + timedelta(seconds=1) == start_of_day(day + timedelta(days=1))
    assert start.tzinfo is end.tzinfo is UTC


@given(
    calendars,
    st.datetimes(datetime(2026, 1, 20), datetime(2026, 10, 5), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 40),
)
def test_a_count_of_days_feels_no_change_of_the_hour(calendar: WorkingCalendar, asked_at: datetime, n: int) -> None:
    due_at = end_of_day(calendar.add_working_days(local_day(asked_at), n))
    assert calendar.working_days_between(local_day(asked_at), local_day(due_at)) == n
    assert local_day(due_at + timedelta(seconds=1)) == local_day(due_at) + timedelta(days=1)


@pytest.mark.parametrize("day", [date(2008, 6, 1), date(2008, 8, 31), date(2026, 2, 15), date(2026, 9, 20)])
def test_days_of_a_zone_change_meet_too(day: date) -> None:
    assert end_of_day(day) + timedelta(seconds=1) == start_of_day(day + timedelta(days=1))
    assert end_of_day(day - timedelta(days=1)) + timedelta(seconds=1) == start_of_day(day)
