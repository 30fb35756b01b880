"""Which warning is due when: each once, the newest only, in office hours unless urgent; and when to look next."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.calendar import LOCAL_ZONE, WorkingCalendar, local_day
from escalation.domain.codes import Level, Urgency
from escalation.domain.warnings import (
    CLOSES,
    OPENS,
    Given,
    WarningKind,
    Watched,
    due_warning,
    leaves_at,
    may_leave,
    near_days,
    next_look,
    warn_confirm_on,
)

PLAIN = WorkingCalendar()
NEAR_ON, DUE_ON = date(2026, 10, 21), date(2026, 10, 26)
STAY = Watched(
    stay=2,
    level=Level.PROVINCE,
    urgency=Urgency.NORMAL,
    near_on=NEAR_ON,
    due_on=DUE_ON,
    confirm_by=None,
    warn_confirm_on=None,
)
SOLVED = replace(STAY, near_on=None, due_on=None, confirm_by=date(2026, 10, 30), warn_confirm_on=date(2026, 10, 27))
DAYS = st.dates(date(2026, 9, 1), date(2027, 2, 28))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def kind_on(day: date, *before: Given, watched: Watched = STAY, is_paused: bool = False) -> WarningKind | None:
    """Return the kind of the warning that is due on a day, or None."""
    due = due_warning(watched, day, before, is_paused=is_paused)
    return due.kind if due else None


def test_one_warning_near_the_date_one_when_late_then_one_a_working_week() -> None:
    kinds, before = [], list[Given]()
    day = date(2026, 10, 5)
    while day < date(2026, 11, 14):
        due = due_warning(STAY, day, before, is_paused=False) if PLAIN.is_working_day(day) else None
        if due is not None:
            before.append(Given(due.kind, due.mark, day))
            kinds.append((due.kind, day))
        day += timedelta(days=1)
    assert kinds == [
        (WarningKind.NEAR, NEAR_ON),
        (WarningKind.LATE, date(2026, 10, 27)),
        (WarningKind.REMINDER, date(2026, 11, 2)),
        (WarningKind.REMINDER, date(2026, 11, 9)),
    ]


def test_after_a_silence_only_the_newest_is_given() -> None:
    assert kind_on(date(2026, 11, 12)) is WarningKind.LATE
    late = Given(WarningKind.LATE, "2", date(2026, 11, 12))
    assert kind_on(date(2026, 11, 13), late) is None
    assert kind_on(date(2026, 11, 16), late) is WarningKind.REMINDER


def test_another_stay_is_warned_of_anew_and_a_stopped_clock_of_nothing() -> None:
    of_stay_before = Given(WarningKind.LATE, "1", date(2026, 10, 27))
    assert kind_on(date(2026, 10, 27), of_stay_before) is WarningKind.LATE
    assert kind_on(date(2026, 10, 27), watched=replace(STAY, due_on=None)) is None


def test_the_commune_is_warned_three_working_days_before_its_silence_confirms() -> None:
    assert warn_confirm_on(PLAIN, date(2026, 10, 30)) == date(2026, 10, 27)
    assert warn_confirm_on(PLAIN, date(2026, 11, 9)) == date(2026, 11, 3), "the Green March is no working day"
    assert kind_on(date(2026, 10, 26), watched=SOLVED) is None
    assert kind_on(date(2026, 10, 27), watched=SOLVED) is WarningKind.CONFIRM
    assert kind_on(date(2026, 10, 31), watched=SOLVED) is None
    given_already = Given(WarningKind.CONFIRM, "2:2026-10-30", date(2026, 10, 27))
    assert kind_on(date(2026, 10, 28), given_already, watched=SOLVED) is None
    again = replace(SOLVED, confirm_by=date(2026, 11, 20), warn_confirm_on=date(2026, 11, 13))
    assert kind_on(date(2026, 11, 13), given_already, watched=again) is WarningKind.CONFIRM


def test_a_pause_holds_reminders_and_never_what_is_about_to_follow() -> None:
    late = Given(WarningKind.LATE, "2", date(2026, 10, 27))
    assert kind_on(NEAR_ON, is_paused=True) is None
    assert kind_on(date(2026, 11, 2), late, is_paused=True) is None
    assert kind_on(date(2026, 10, 27), is_paused=True) is WarningKind.LATE
    assert kind_on(date(2026, 10, 27), watched=SOLVED, is_paused=True) is WarningKind.CONFIRM


@pytest.mark.parametrize(("allowance", "near"), [(1, 1), (3, 3), (5, 4), (10, 8), (15, 12), (30, 24)])
def test_four_fifths_of_the_time_are_counted_in_whole_days(allowance: int, near: int) -> None:
    assert near_days(allowance) == near


@given(INSTANTS)
def test_nothing_leaves_at_night_or_on_a_day_off_unless_urgent(wanted: datetime) -> None:
    leaves = leaves_at(PLAIN, wanted, is_urgent=False)
    local = leaves.astimezone(LOCAL_ZONE)
    assert leaves >= wanted
    assert OPENS <= local.time() < CLOSES
    assert PLAIN.is_working_day(local.date())
    assert leaves == wanted or local.time() == time(8)
    assert leaves_at(PLAIN, leaves, is_urgent=False) == leaves
    assert leaves_at(PLAIN, wanted, is_urgent=True) == wanted
    assert may_leave(PLAIN, wanted, is_urgent=False) == (leaves == wanted)


@given(DAYS, st.sampled_from([STAY, SOLVED, replace(STAY, urgency=Urgency.CRITICAL)]))
def test_who_looks_when_told_misses_no_warning_and_never_looks_twice_at_once(start: date, watched: Watched) -> None:
    now = datetime.combine(start, time(3), UTC)
    before: list[Given] = []
    looked = next_look(PLAIN, watched, now, is_settled=False)
    seen = []
    for _ in range(12):
        if looked is None:
            break
        assert looked >= now
        now = looked
        due = due_warning(watched, local_day(now), before, is_paused=False)
        if due is not None:
            before.append(Given(due.kind, due.mark, local_day(now)))
            seen.append(due.kind)
        looked = next_look(PLAIN, watched, now, is_settled=True)
        assert looked is None or looked > now
    wanted = [WarningKind.CONFIRM] if watched is SOLVED and start <= date(2026, 10, 30) else []
    if watched is not SOLVED:
        wanted = [WarningKind.LATE] if start > DUE_ON else [WarningKind.NEAR, WarningKind.LATE]
    assert seen[: len(wanted)] == wanted
    assert set(seen[len(wanted) :]) <= {WarningKind.REMINDER}
