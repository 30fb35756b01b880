"""What the clock does by itself: once, by whoever runs it, at its own dates or late, whatever stands before a case."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import func, select

from escalation.domain.calendar import end_of_day, local_day, start_of_day
from escalation.domain.codes import Cause, ConfirmedBy, Event, Level, Outcome, Status
from escalation.domain.errors import NotAllowed
from escalation.domain.policy import CLOCK
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.clock import SetAside
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Pause
from escalation.models.outbox import OutboxMessage
from escalation.queries.case.due import get_clock_state, list_due
from escalation.queries.journal import verify_journal
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.case import clock, moves
from escalation.services.case.clock import ClockRun, propose_for_meeting, run_clock, run_clock_once_a_minute
from escalation.services.case.transitions import By
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
DUE_ON, CLIMBS_ON = date(2026, 10, 26), date(2026, 10, 29)
"""Fifteen working days after the filing, and three more."""
NOTHING = ClockRun()


def day(days: int) -> datetime:
    """Return nine o'clock, so many days after the first Monday."""
    return MONDAY + timedelta(days=days)


def first_instant_after(last_day: date) -> datetime:
    """Return the first instant of the day after this one, as Morocco counts days."""
    return start_of_day(last_day + timedelta(days=1))


def run(app: Flask, now: datetime, **given: Any) -> ClockRun:
    """Run the clock at an instant."""
    with app.app_context():
        return run_clock(now, **given)


def story(app: Flask, obstacle: Filed) -> list[tuple[Event, dict[str, Any]]]:
    """Return the events of an obstacle with their codes, in order."""
    with app.app_context():
        rows = db.session.scalars(
            select(JournalEvent).where(JournalEvent.obstacle_id == obstacle.id).order_by(JournalEvent.seq)
        )
        return [(row.event, json.loads(row.canonical)["codes"]) for row in rows]


def last(app: Flask, obstacle: Filed) -> tuple[Event, dict[str, Any]]:
    """Return the last event of an obstacle."""
    return story(app, obstacle)[-1]


def waiting_since_monday(town: Town) -> Filed:
    """Return a case whose commune was asked something on the day it filed."""
    case = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, case, town.reviewer, now=day(0))
    move(town.app, moves.request_information, case, town.reviewer, now=day(0), question="أين العقد؟")
    return case


def resolved_on_tuesday(town: Town, **given: Any) -> Filed:
    """Return a case with a solution that waits for its commune's word."""
    case = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, case, town.reviewer, now=day(1))
    words = {"outcome": Outcome.REMOVED, "resolution": "وُقعت الاتفاقية", "remaining": ""}
    move(town.app, moves.resolve, case, town.reviewer, now=day(1), **words | given)
    return case


@pytest.mark.parametrize("is_claimed", [True, False], ids=["claimed", "unclaimed"])
def test_a_late_case_climbs_once_its_grace_is_over_claimed_or_not(town: Town, *, is_claimed: bool) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    if is_claimed:
        move(town.app, moves.claim, case, town.reviewer, now=day(1))
    climbs_at = first_instant_after(CLIMBS_ON)
    assert obstacle_row(town.app, case)["clock_at"] == climbs_at
    assert run(town.app, climbs_at - timedelta(seconds=1)) == NOTHING
    assert run(town.app, climbs_at) == ClockRun(moves=1)
    row = obstacle_row(town.app, case)
    assert (row["status"], row["level"], row["assignee_id"]) == (Status.FILED, Level.REGION, None)
    event, codes = last(town.app, case)
    assert (event, codes["cause"], codes["by_clock"]) == (Event.OBSTACLE_ESCALATED, Cause.CLOCK, True)
    assert "meant_for" not in codes
    assert run(town.app, climbs_at) == NOTHING
    assert run(town.app, climbs_at + timedelta(hours=3)) == NOTHING
    with town.app.app_context():
        told = select(OutboxMessage.recipient_id, OutboxMessage.channel).where(
            OutboxMessage.event == Event.OBSTACLE_ESCALATED
        )
        who = {recipient for recipient, _channel in db.session.execute(told)}
        assert who == {one.id for one in (town.president, town.member, town.chair, town.coordinator)}
        assert len(db.session.execute(told).all()) == 2 * len(who)
        assert list_violations(climbs_at, timedelta(days=99)) == []


def test_a_silent_commune_cannot_park_a_case_and_its_wait_ends_on_its_own_day_however_late_the_clock(
    town: Town,
) -> None:
    in_time, late = waiting_since_monday(town), waiting_since_monday(town)
    answer_by = obstacle_row(town.app, in_time)["answer_by"]
    assert answer_by == date(2026, 10, 19)
    with town.app.app_context(), patch.object(clock, "list_due", one_only(in_time)):
        assert run_clock(first_instant_after(answer_by)).moves == 1
    assert run(town.app, first_instant_after(answer_by) + timedelta(days=7)).moves == 1
    rows = [obstacle_row(town.app, case) for case in (in_time, late)]
    assert [row["status"] for row in rows] == [Status.IN_REVIEW, Status.IN_REVIEW]
    assert rows[0]["due_at"] == rows[1]["due_at"] == end_of_day(date(2026, 11, 10))
    with town.app.app_context():
        assert {local_day(end) for end in db.session.scalars(select(Pause.ended_at)) if end} == {answer_by}
    assert "meant_for" not in last(town.app, in_time)[1]
    assert last(town.app, late)[1]["meant_for"] == "2026-10-20"
    assert last(town.app, late)[0] is Event.WAIT_ENDED


def one_only(case: Filed) -> Callable[..., Any]:
    """Return a finder of what is due that finds this case alone."""
    found = list_due

    def find(*given: Any) -> Any:
        return [look for look in found(*given) if look.obstacle_id == case.id]

    return find


def test_a_wait_for_others_ends_at_the_latest_day_of_those_who_have_not_replied(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, case, town.reviewer, now=day(0))
    for session, expected_on in ((Level.COMMUNE, date(2026, 10, 9)), (Level.PROVINCE, date(2026, 10, 16))):
        asked = {"session": session, "expected_on": expected_on, "reason": "سبب"}
        move(town.app, moves.refer_out, case, town.reviewer, now=day(0), **asked)
    assert run(town.app, first_instant_after(date(2026, 10, 9))) == NOTHING
    assert run(town.app, first_instant_after(date(2026, 10, 16))) == ClockRun(moves=1)
    assert last(town.app, case)[0] is Event.WAIT_ENDED


def test_silence_confirms_after_its_days_and_a_commitment_at_its_own_date(town: Town) -> None:
    case = resolved_on_tuesday(town)
    promised = resolved_on_tuesday(
        town,
        outcome=Outcome.COMMITMENT,
        commitment_who="الجماعة",
        commitment_what="التوقيع",
        commitment_by=date(2026, 12, 1),
    )
    confirm_by = obstacle_row(town.app, case)["confirm_by"]
    assert run(town.app, first_instant_after(confirm_by) - timedelta(seconds=1)) == NOTHING
    assert run(town.app, first_instant_after(confirm_by)) == ClockRun(moves=1)
    row = obstacle_row(town.app, case)
    assert (row["status"], row["confirmed_by"]) == (Status.CLOSED, ConfirmedBy.SILENCE)
    assert row["clock_at"] == FAR
    assert obstacle_row(town.app, promised)["status"] is Status.RESOLVED
    assert run(town.app, first_instant_after(date(2026, 12, 1))) == ClockRun(moves=1)
    assert obstacle_row(town.app, promised)["confirmed_by"] is ConfirmedBy.SILENCE


def test_late_at_the_region_it_is_marked_once_for_the_next_meeting(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.escalate, case, town.reviewer, now=day(0), reason="سبب")
    due_at = obstacle_row(town.app, case)["due_at"]
    with town.app.app_context(), pytest.raises(NotAllowed):
        propose_for_meeting(case.id, By(actor=CLOCK, now=due_at))
    late = first_instant_after(local_day(due_at))
    version = obstacle_row(town.app, case)["version"]
    assert run(town.app, late) == ClockRun(moves=1)
    assert run(town.app, late + timedelta(days=30)) == NOTHING
    row = obstacle_row(town.app, case)
    assert (row["status"], row["marked_for_meeting"], row["version"]) == (Status.FILED, True, version)
    assert last(town.app, case)[0] is Event.MEETING_PROPOSED
    move(town.app, moves.send_back, case, town.chair, now=late, reason="سبب")
    assert not obstacle_row(town.app, case)["marked_for_meeting"]


def test_after_a_week_of_silence_everything_is_done_once_with_the_day_it_was_meant_for(town: Town) -> None:
    cases = [file_obstacle(town.app, town.president, now=day(0)) for _ in range(3)]
    late = first_instant_after(CLIMBS_ON) + timedelta(days=7)
    assert run(town.app, late) == ClockRun(moves=3)
    for case in cases:
        events = story(town.app, case)
        assert [event for event, _codes in events] == [Event.OBSTACLE_FILED, Event.OBSTACLE_ESCALATED]
        assert events[-1][1]["meant_for"] == "2026-10-30"
        row = obstacle_row(town.app, case)
        assert local_day(row["due_at"]) > local_day(late) + timedelta(days=30), "the region counts from what it got"
    assert run(town.app, late) == NOTHING
    with town.app.app_context():
        assert verify_journal().broken is None


def test_a_case_late_while_it_waits_goes_on_and_climbs_in_the_order_of_its_days(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    move(town.app, moves.claim, case, town.reviewer, now=day(0))
    asked_at = datetime(2026, 10, 28, 9, tzinfo=UTC)
    move(town.app, moves.request_information, case, town.reviewer, now=asked_at, question="أين العقد؟")
    assert obstacle_row(town.app, case)["clock_at"] == first_instant_after(CLIMBS_ON), "a wait gives no time back"
    assert run(town.app, datetime(2026, 12, 1, 9, tzinfo=UTC)).moves == 1
    assert last(town.app, case)[1]["meant_for"] == "2026-10-30"
    assert obstacle_row(town.app, case)["answer_by"] is None


def test_a_case_that_fails_is_set_aside_and_the_others_go_on(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    broken, *others = [file_obstacle(town.app, town.president, now=day(0)) for _ in range(4)]
    now = first_instant_after(CLIMBS_ON)
    make = moves.escalate_overdue

    def fail(obstacle_id: int, by: By) -> Obstacle:
        if obstacle_id == broken.id:
            raise RuntimeError("a text of the case")
        return make(obstacle_id, by)

    with patch.object(moves, "escalate_overdue", fail):
        assert run(town.app, now) == ClockRun(moves=3, set_aside=1)
        assert run(town.app, now) == NOTHING
        assert run(town.app, now + timedelta(minutes=6)) == ClockRun(set_aside=1)
    with town.app.app_context():
        row = db.session.scalars(select(SetAside)).one()
        assert (row.obstacle_id, row.failures, row.reason) == (broken.id, 2, "RuntimeError")
        assert get_clock_state(now).set_aside == 1
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert run(town.app, now + timedelta(hours=1)) == ClockRun(moves=1)
    assert last(town.app, broken)[1]["cause"] == Cause.CLOCK
    with town.app.app_context():
        assert get_clock_state(now).set_aside == 0
    assert all(obstacle_row(town.app, case)["level"] is Level.REGION for case in others)


def test_a_run_stops_at_its_cap_with_an_alarm_and_the_next_goes_on(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        file_obstacle(town.app, town.president, now=day(0))
    now = first_instant_after(CLIMBS_ON)
    assert run(town.app, now, most_moves=2) == ClockRun(moves=2, was_cut=True)
    assert "stops: more is due" in caplog.text
    with town.app.app_context():
        state = get_clock_state(now)
        assert (state.due, state.was_cut, state.due_since) == (3, True, now)
    assert run(town.app, now + timedelta(minutes=1), most_moves=2).was_cut
    assert run(town.app, now + timedelta(minutes=2)) == ClockRun(moves=1)
    with town.app.app_context():
        assert not get_clock_state(now + timedelta(minutes=2)).was_cut


def test_what_is_written_as_due_and_is_not_is_put_right_and_never_looked_at_for_ever(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    with town.app.app_context():
        db.session.get_one(Obstacle, case.id).clock_at = day(0)
        db.session.commit()
    assert run(town.app, day(1)) == NOTHING
    assert obstacle_row(town.app, case)["clock_at"] == first_instant_after(CLIMBS_ON)


def test_a_minute_is_run_by_one_of_those_who_knock(town: Town) -> None:
    now = first_instant_after(CLIMBS_ON)
    file_obstacle(town.app, town.president, now=day(0))
    with town.app.app_context():
        assert run_clock_once_a_minute(now) == ClockRun(moves=1)
        assert run_clock_once_a_minute(now + timedelta(seconds=20)) is None
        assert run_clock_once_a_minute(now + timedelta(minutes=1)) == NOTHING


def test_the_move_of_a_person_before_the_clock_stands(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=day(0))
    now = first_instant_after(CLIMBS_ON)
    take = clock._take

    def after_the_commune(turn: Any, obstacle_id: int, by: By) -> None:
        with patch.object(clock, "_take", take):
            move(town.app, moves.escalate_overdue, case, town.president, now=now)
        take(turn, obstacle_id, by)

    with patch.object(clock, "_take", after_the_commune):
        assert run(town.app, now) == NOTHING
    climbs = [codes["cause"] for event, codes in story(town.app, case) if event is Event.OBSTACLE_ESCALATED]
    assert climbs == [Cause.COMMUNE]
    with town.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SetAside)) == 0
