"""Replaying a case: under what it had, what was; under more time, never more; under other delays, the days counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.calendar import WorkingCalendar
from escalation.domain.clocks import Pause, Stay, acknowledge_by
from escalation.domain.codes import Cause, Event, Level
from escalation.domain.rehearsal import Effect, Happened, PastStay, what_was, what_would_be
from escalation.domain.settings import SettingChange, Settings, settings_on
from escalation.domain.warnings import near_on

CALENDAR = WorkingCalendar()
MONDAY, UNTIL = date(2026, 9, 7), date(2026, 12, 10)
DEFAULTS = settings_on(MONDAY, [])
LIMITS = {
    "province_answer_days": (1, 90),
    "region_answer_days": (1, 180),
    "grace_days": (0, 15),
    "confirm_days": (1, 60),
}


def with_days(**values: int) -> Settings:
    """Return the delays by default, but for some."""
    return settings_on(MONDAY, [SettingChange(key, value, MONDAY) for key, value in values.items()])


def at_any(settings: Settings) -> Callable[[Level], Settings]:
    """Return these delays for each level."""
    return lambda _level: settings


def stay(seq: int = 1, level: Level = Level.PROVINCE, opened_on: date = MONDAY, **given: Any) -> PastStay:
    """Return a stay that had the delays by default, at a desk that was silent unless told otherwise."""
    pauses = given.pop("pauses", ())
    time = Stay(
        level=level,
        opened_on=opened_on,
        allowance_days=DEFAULTS.answer_days(level),
        grace_days=DEFAULTS.grace_days,
        pauses=pauses,
    )
    facts: dict[str, Any] = {
        "opened_by": Event.OBSTACLE_FILED,
        "acknowledge_by": acknowledge_by(CALENDAR, opened_on, DEFAULTS.acknowledge_days),
    }
    return PastStay(seq=seq, time=time, **facts | given)


def would(stays: list[PastStay], **values: int) -> dict[tuple[Effect, int], date]:
    """Return what would have been under some delays, by effect and stay."""
    settings = at_any(with_days(**values))
    return {(one.effect, one.stay): one.on for one in what_would_be(stays, settings, CALENDAR, UNTIL)}


def climbed() -> list[PastStay]:
    """Return the stays of a case that nobody touched: it climbed by the clock, and is still at the region."""
    spent = CALENDAR.add_working_days(MONDAY, 15)
    up = CALENDAR.add_working_days(spent, 3) + timedelta(days=1)
    first = stay(closed_on=up, closed_by=Event.OBSTACLE_ESCALATED, cause=Cause.CLOCK)
    first = replace(first, warned_on=near_on(CALENDAR, first.time))
    second = stay(2, Level.REGION, up, opened_by=Event.OBSTACLE_ESCALATED)
    return [first, replace(second, warned_on=near_on(CALENDAR, second.time))]


def test_under_the_delays_that_it_had_a_silent_case_does_what_it_did() -> None:
    stays = climbed()
    was = {(one.effect, one.stay): one.on for one in what_was(stays, CALENDAR, UNTIL)}
    assert was == would(stays)
    assert was[Effect.ESCALATED, 1] == stays[1].time.opened_on
    assert {effect for effect, number in was if number == 1} == {
        Effect.TAKEN_LATE, Effect.WARNED, Effect.LATE, Effect.ESCALATED,
    }  # fmt: skip


def test_a_shorter_time_sends_up_earlier_and_the_region_has_it_from_then() -> None:
    found = would(climbed(), province_answer_days=5, region_answer_days=10)
    spent = CALENDAR.add_working_days(MONDAY, 5)
    up = CALENDAR.add_working_days(spent, 3) + timedelta(days=1)
    assert found[Effect.LATE, 1] == spent + timedelta(days=1)
    assert found[Effect.ESCALATED, 1] == up
    assert found[Effect.LATE, 2] == CALENDAR.add_working_days(up, 10) + timedelta(days=1)


def test_a_longer_time_leaves_it_at_the_province_and_what_came_after_is_not_guessed() -> None:
    found = would(climbed(), province_answer_days=90)
    assert set(found) == {(Effect.TAKEN_LATE, 1)}


def test_what_a_desk_answered_in_time_stays_answered_and_in_less_time_climbs() -> None:
    answered = CALENDAR.add_working_days(MONDAY, 10)
    stays = [stay(claimed_on=MONDAY, closed_on=answered, closed_by=Event.OBSTACLE_DECLINED)]
    assert would(stays) == {}
    late_only = would(stays, province_answer_days=8)
    assert set(late_only) == {(Effect.WARNED, 1), (Effect.LATE, 1)}, "it was answered within the grace"
    assert (Effect.ESCALATED, 1) in would(stays, province_answer_days=5)


def test_waits_that_were_stop_the_clock_in_the_rehearsal_too() -> None:
    waited = Pause(MONDAY, CALENDAR.add_working_days(MONDAY, 4))
    without, behind = would([stay()]), would([stay(pauses=(waited,))])
    assert behind[Effect.LATE, 1] == CALENDAR.add_working_days(MONDAY, 19) + timedelta(days=1)
    assert without[Effect.LATE, 1] < behind[Effect.LATE, 1]


def test_silence_confirms_after_the_days_of_the_draft_unless_the_commune_spoke() -> None:
    resolved, spoke = CALENDAR.add_working_days(MONDAY, 5), CALENDAR.add_working_days(MONDAY, 12)
    solved: dict[str, Any] = {"claimed_on": MONDAY, "resolved_on": resolved}
    open_still = [stay(**solved, pauses=(Pause(resolved, None),))]
    assert would(open_still)[Effect.CONFIRMED, 1] == CALENDAR.add_working_days(resolved, 10) + timedelta(days=1)
    contested = [
        stay(**solved, closed_on=spoke, closed_by=Event.OBSTACLE_CONTESTED, pauses=(Pause(resolved, spoke),)),
        stay(2, Level.REGION, spoke, opened_by=Event.OBSTACLE_CONTESTED, claimed_on=spoke),
    ]
    assert (Effect.CONFIRMED, 1) not in would(contested)
    early = would(contested, confirm_days=3)
    assert early[Effect.CONFIRMED, 1] == CALENDAR.add_working_days(resolved, 3) + timedelta(days=1)
    assert all(number == 1 for _effect, number in early), "a case that is closed is contested no more"
    promised = date(2026, 11, 2)
    kept = [stay(**solved, commitment_by=promised, pauses=(Pause(resolved, None),))]
    assert would(kept, confirm_days=1)[Effect.CONFIRMED, 1] == promised + timedelta(days=1)


@pytest.mark.parametrize(
    ("ended", "asked", "key"),
    [
        (Event.OBSTACLE_DECLINED, Event.OBSTACLE_APPEALED, "appeal_days"),
        (Event.OBSTACLE_DECLINED, Event.OBSTACLE_REOPENED, "reopen_declined_days"),
        (Event.OBSTACLE_CLOSED, Event.OBSTACLE_REOPENED, "reopen_closed_days"),
        (Event.OBSTACLE_WITHDRAWN, Event.OBSTACLE_REOPENED, "reopen_withdrawn_days"),
    ],
)
def test_what_was_asked_in_time_may_have_come_too_late(ended: Event, asked: Event, key: str) -> None:
    declined = CALENDAR.add_working_days(MONDAY, 2)
    again = CALENDAR.add_working_days(declined, 12)
    level = Level.REGION if asked is Event.OBSTACLE_APPEALED else Level.PROVINCE
    stays = [
        stay(claimed_on=MONDAY, closed_on=declined, closed_by=ended),
        stay(2, level, again, opened_by=asked),
    ]
    assert (Effect.TOO_LATE, 2) not in would(stays)
    assert would(stays, **{key: 5}) == {(Effect.TOO_LATE, 2): again}


def test_a_commune_that_sent_up_what_would_not_have_been_overdue_is_taken_to_have_waited() -> None:
    sent = CALENDAR.add_working_days(MONDAY, 16) + timedelta(days=1)
    stays = [
        stay(claimed_on=MONDAY, closed_on=sent, closed_by=Event.OBSTACLE_ESCALATED, cause=Cause.COMMUNE),
        stay(2, Level.REGION, sent, opened_by=Event.OBSTACLE_ESCALATED, claimed_on=sent),
    ]
    assert (Effect.ESCALATED, 1) not in would(stays), "the commune did, not the clock"
    assert (Effect.WARNED, 2) in would(stays)
    assert (Effect.ESCALATED, 1) in would(stays, province_answer_days=20)


@st.composite
def pasts(draw: st.DrawFn) -> list[PastStay]:
    """Draw a stay at a province with waits, which may have been claimed and answered."""
    opened_on = MONDAY + timedelta(days=draw(st.integers(0, 20)))
    pauses = []
    for _ in range(draw(st.integers(0, 2))):
        begins = opened_on + timedelta(days=draw(st.integers(0, 30)))
        pauses.append(Pause(begins, begins + timedelta(days=draw(st.integers(0, 12)))))
    claimed = draw(st.none() | st.integers(0, 20))
    closed = draw(st.none() | st.integers(0, 60))
    return [
        stay(
            opened_on=opened_on,
            pauses=tuple(pauses),
            claimed_on=None if claimed is None else opened_on + timedelta(days=claimed),
            closed_on=None if closed is None else opened_on + timedelta(days=closed),
            closed_by=None if closed is None else Event.OBSTACLE_DECLINED,
        )
    ]


@given(pasts(), st.data(), st.integers(0, 8))
def test_more_time_never_makes_more_late_nor_earlier(stays: list[PastStay], data: st.DataObject, more: int) -> None:
    key = data.draw(st.sampled_from(("province_answer_days", "grace_days")))
    least, most = LIMITS[key]
    short = data.draw(st.integers(least, min(most, 20)))
    less, longer = would(stays, **{key: short}), would(stays, **{key: min(most, short + more)})
    for effect in (Effect.WARNED, Effect.LATE, Effect.ESCALATED):
        after = longer.get((effect, 1))
        if after is not None:
            # Where it would have climbed, its desk is warned no more.
            assert (effect, 1) in less or (Effect.ESCALATED, 1) in less
        if after is not None and (effect, 1) in less:
            assert less[effect, 1] <= after


@given(pasts())
def test_nothing_is_made_of_days_to_come_nor_after_the_desk_answered(stays: list[PastStay]) -> None:
    (past,) = stays
    until = past.time.opened_on + timedelta(days=25)
    found = list(what_would_be(stays, at_any(DEFAULTS), CALENDAR, until))
    assert all(one.on <= until for one in found)
    assert all(past.answered_on is None or one.on <= past.answered_on for one in found)
    assert len({(one.effect, one.stay) for one in found}) == len(found)
    assert all(isinstance(one, Happened) for one in found)
