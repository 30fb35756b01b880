"""The desk's clock and the case's clock: real examples of 2026, and the laws of pausing."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain import clocks
from escalation.domain.calendar import WorkingCalendar
from escalation.domain.clocks import Pause

PLAIN = WorkingCalendar()
FRIDAY = date(2026, 10, 30)
opened = st.dates(date(2026, 1, 1), date(2027, 6, 30))
allowances = st.integers(1, 45)
corrections = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=15)
calendars = st.builds(WorkingCalendar, added=corrections, removed=corrections)
ended_pauses = st.builds(lambda start, length: Pause(start, start + timedelta(days=length)), opened, st.integers(0, 60))
open_pauses = st.builds(Pause, opened, st.none())
some_pauses = st.lists(ended_pauses, max_size=5)
any_pauses = st.lists(ended_pauses | open_pauses, max_size=5)


def days_used_by_the_rule(calendar: WorkingCalendar, start: date, until: date, pauses: Sequence[Pause]) -> int:
    """Count as the rule is written, with sets of days."""
    span = {start + timedelta(days=n) for n in range(1, (until - start).days + 1)}
    for pause in pauses:
        last = pause.ended_on or until
        span -= {pause.started_on + timedelta(days=n) for n in range(1, (last - pause.started_on).days + 1)}
    return sum(calendar.is_working_day(day) for day in span)


def test_a_province_desk_in_the_autumn_of_2026() -> None:
    assert clocks.acknowledge_by(PLAIN, FRIDAY, 3) == date(2026, 11, 4)
    assert clocks.desk_due_on(PLAIN, FRIDAY, 15, []) == date(2026, 11, 24)
    assert clocks.climbs_on(PLAIN, date(2026, 11, 24), 3) == date(2026, 11, 27)
    assert clocks.desk_days_used(PLAIN, FRIDAY, date(2026, 11, 9), []) == 5
    assert clocks.case_days(PLAIN, FRIDAY, date(2026, 11, 19)) == 12


def test_a_question_asked_before_the_green_march() -> None:
    asked_on = date(2026, 11, 4)
    assert clocks.question_answer_by(PLAIN, asked_on, 10) == date(2026, 11, 20)
    answered = [Pause(asked_on, date(2026, 11, 10))]
    assert clocks.desk_due_on(PLAIN, FRIDAY, 15, answered) == date(2026, 11, 27)
    assert clocks.desk_days_used(PLAIN, FRIDAY, date(2026, 11, 10), answered) == 3
    assert clocks.desk_days_paused(PLAIN, FRIDAY, date(2026, 11, 10), answered) == 3
    assert clocks.desk_due_on(PLAIN, FRIDAY, 15, [Pause(asked_on, None)]) is None


def test_a_wait_begun_and_ended_on_one_day_stops_nothing() -> None:
    same_day = [Pause(date(2026, 11, 4), date(2026, 11, 4))]
    assert clocks.desk_due_on(PLAIN, FRIDAY, 15, same_day) == date(2026, 11, 24)


def test_a_wait_over_the_feast_costs_only_its_working_days() -> None:
    opened_on = date(2026, 5, 25)
    over_aid = [Pause(date(2026, 5, 26), date(2026, 5, 29))]
    assert clocks.desk_due_on(PLAIN, opened_on, 5, []) == date(2026, 6, 3)
    assert clocks.desk_due_on(PLAIN, opened_on, 5, over_aid) == date(2026, 6, 4)


def test_a_spent_allowance_stays_spent_while_the_desk_waits() -> None:
    asked_late = [Pause(date(2026, 11, 25), None)]
    assert clocks.spent_on(PLAIN, FRIDAY, 15, asked_late) == date(2026, 11, 24)
    assert clocks.desk_due_on(PLAIN, FRIDAY, 15, asked_late) is None
    assert clocks.spent_on(PLAIN, FRIDAY, 15, [Pause(date(2026, 11, 24), None)]) == date(2026, 11, 24)
    assert clocks.spent_on(PLAIN, FRIDAY, 15, [Pause(date(2026, 11, 23), None)]) is None


def test_silence_confirms_a_commitment_at_its_own_date_only() -> None:
    assert clocks.confirm_by(PLAIN, date(2026, 11, 5), 10, None) == date(2026, 11, 23)
    assert clocks.confirm_by(PLAIN, date(2026, 11, 5), 10, date(2027, 7, 10)) == date(2027, 7, 10)


def test_late_begins_the_day_after() -> None:
    due_on = date(2026, 11, 17)
    assert not clocks.is_late(due_on, due_on)
    assert clocks.is_late(due_on, date(2026, 11, 18))
    assert not clocks.is_late(None, date(2026, 11, 18))
    assert clocks.days_left(PLAIN, due_on, date(2026, 11, 13)) == 2
    assert clocks.days_left(PLAIN, due_on, due_on) == 0
    assert clocks.days_left(PLAIN, due_on, date(2026, 11, 18)) == 0
    assert clocks.days_left(PLAIN, due_on, date(2026, 11, 20)) == -2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Pause(date(2026, 11, 5), date(2026, 11, 4))
    with pytest.raises(ValueError, match="-1"):
        clocks.desk_due_on(PLAIN, FRIDAY, -1, [])


@given(calendars, opened, allowances)
def test_without_waits_the_desk_has_its_allowance(calendar: WorkingCalendar, day: date, allowance: int) -> None:
    assert clocks.desk_due_on(calendar, day, allowance, []) == calendar.add_working_days(day, allowance)


@given(calendars, opened, allowances, st.data())
def test_pausing_k_working_days_moves_the_due_date_by_k(
    calendar: WorkingCalendar, day: date, allowance: int, data: st.DataObject
) -> None:
    due_on = calendar.add_working_days(day, allowance)
    started_on = data.draw(st.dates(day, due_on - timedelta(days=1)))
    ended_on = data.draw(st.dates(started_on, started_on + timedelta(days=60)))
    k = calendar.working_days_between(started_on, ended_on)
    moved = clocks.desk_due_on(calendar, day, allowance, iter([Pause(started_on, ended_on)]))
    assert moved == calendar.add_working_days(due_on, k)


@given(calendars, opened, allowances, some_pauses)
def test_on_the_due_date_the_allowance_is_used_and_not_before(
    calendar: WorkingCalendar, day: date, allowance: int, pauses: list[Pause]
) -> None:
    due_on = clocks.desk_due_on(calendar, day, allowance, pauses)
    assert due_on is not None
    assert calendar.is_working_day(due_on)
    assert clocks.desk_days_used(calendar, day, due_on, pauses) == allowance
    assert clocks.desk_days_used(calendar, day, due_on - timedelta(days=1), pauses) == allowance - 1


@given(calendars, opened, st.integers(-5, 120), any_pauses)
def test_overlapping_waits_count_once(calendar: WorkingCalendar, day: date, length: int, pauses: list[Pause]) -> None:
    until = day + timedelta(days=length)
    used = clocks.desk_days_used(calendar, day, until, iter(pauses))
    assert used == days_used_by_the_rule(calendar, day, until, pauses)
    assert used == clocks.desk_days_used(calendar, day, until, [*pauses, *pauses])
    assert clocks.desk_due_on(calendar, day, 9, pauses) == clocks.desk_due_on(calendar, day, 9, [*pauses, *pauses])


@given(calendars, opened, st.integers(0, 120), any_pauses)
def test_used_and_paused_make_the_days_of_the_case(
    calendar: WorkingCalendar, day: date, length: int, pauses: list[Pause]
) -> None:
    until = day + timedelta(days=length)
    stopped = {day + timedelta(days=n) for n in range(1, length + 1)}
    stopped = {d for d in stopped if calendar.is_working_day(d) and any(pause.stops(d) for pause in pauses)}
    used = clocks.desk_days_used(calendar, day, until, pauses)
    assert used + len(stopped) == clocks.case_days(calendar, day, until)
    assert clocks.desk_days_paused(calendar, day, until, pauses) == len(stopped)


@given(opened, allowances, any_pauses)
def test_there_is_no_due_date_exactly_while_a_wait_is_open(day: date, allowance: int, pauses: list[Pause]) -> None:
    is_open = any(pause.ended_on is None for pause in pauses)
    assert (clocks.desk_due_on(PLAIN, day, allowance, pauses) is None) is is_open


@given(opened, allowances, some_pauses, open_pauses)
def test_an_open_wait_spends_nothing_and_gives_nothing_back(
    day: date, allowance: int, pauses: list[Pause], wait: Pause
) -> None:
    due_on = clocks.desk_due_on(PLAIN, day, allowance, pauses)
    assert due_on is not None
    assert clocks.spent_on(PLAIN, day, allowance, [*pauses, wait]) == (due_on if due_on <= wait.started_on else None)


@given(calendars, opened, allowances, some_pauses, ended_pauses)
def test_another_wait_never_makes_the_desk_due_earlier(
    calendar: WorkingCalendar, day: date, allowance: int, pauses: list[Pause], more: Pause
) -> None:
    before = clocks.desk_due_on(calendar, day, allowance, pauses)
    after = clocks.desk_due_on(calendar, day, allowance, [*pauses, more])
    assert before is not None
    assert after is not None
    assert before <= after


@given(calendars, opened, st.integers(0, 30), opened)
def test_days_left_is_zero_at_the_due_date_and_falls(
    calendar: WorkingCalendar, due_on: date, days: int, today: date
) -> None:
    assert clocks.days_left(calendar, due_on, calendar.add_working_days(due_on, days)) == -days
    tomorrow = today + timedelta(days=1)
    step = clocks.days_left(calendar, due_on, today) - clocks.days_left(calendar, due_on, tomorrow)
    assert step == calendar.is_working_day(tomorrow)
