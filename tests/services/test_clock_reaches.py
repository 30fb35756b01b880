"""Every due case is reached: whatever fails before it, however many wait, whoever runs the clock and by which watch."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select

from escalation.domain.calendar import start_of_day
from escalation.domain.codes import Event, Level, MessageChannel, MessageSource, MessageStatus
from escalation.domain.errors import DomainError
from escalation.domain.wants import Skipped
from escalation.domain.warnings import WarningKind
from escalation.extensions import db
from escalation.models.clock import CaseWarning
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.case.cases import read_dossier
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.case import clock, moves
from escalation.services.case.clock import ClockRun, run_clock
from escalation.services.messages import warnings
from escalation.services.transaction import transaction
from tests.factories import Filed, Inhabitant, Town, file_obstacle, move, obstacle_row

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
NEAR_ON, LATE_ON, CLIMBS_ON = date(2026, 10, 21), date(2026, 10, 27), date(2026, 10, 29)


def morning(day: date) -> datetime:
    """Return nine o'clock of a day, in Morocco."""
    return start_of_day(day) + timedelta(hours=9)


def run(app: Flask, now: datetime, **given: Any) -> ClockRun:
    """Run the clock at an instant."""
    with app.app_context():
        return run_clock(now, **given)


def claimed(town: Town) -> Filed:
    """Return a case of the first Monday that the reviewer has."""
    return move(town.app, moves.claim, file_obstacle(town.app, town.president, now=MONDAY), town.reviewer, now=MONDAY)


def warned(app: Flask) -> set[int]:
    """Return the cases of which somebody was warned."""
    with app.app_context():
        return set(db.session.scalars(select(CaseWarning.obstacle_id)))


def mails(app: Flask) -> int:
    """Return how many letters of warnings there are."""
    with app.app_context():
        of_warnings = (
            OutboxMessage.source_kind == MessageSource.WARNING,
            OutboxMessage.channel == MessageChannel.EMAIL,
        )
        return len(db.session.scalars(select(OutboxMessage.id).where(*of_warnings)).all())


def poisoned(case: Filed) -> Any:
    """Let the program fail on every attempt to warn of one case, as it would on a row that it cannot read."""

    def fail(obstacle: Obstacle, *given: Any) -> Any:
        if obstacle.id == case.id:
            raise RuntimeError("a text of the case")
        return read_dossier(obstacle, *given)

    return patch.object(warnings, "read_dossier", fail)


def test_a_case_on_which_warnings_fail_holds_back_no_other_of_its_desk(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    broken, *others = [claimed(town) for _ in range(4)]
    with poisoned(broken):
        assert run(town.app, morning(NEAR_ON)) == ClockRun(warnings=3, set_aside=1)
        assert warned(town.app) == {case.id for case in others}
        assert mails(town.app) == 2, "one for each of two readers, as if nothing had failed"
        assert run(town.app, morning(NEAR_ON) + timedelta(minutes=1)) == ClockRun(), "it is not tried each minute"
        assert run(town.app, morning(NEAR_ON) + timedelta(minutes=61)) == ClockRun(set_aside=1)
    assert any(record.levelno == logging.ERROR and str(broken.id) in record.getMessage() for record in caplog.records)
    assert run(town.app, morning(NEAR_ON) + timedelta(minutes=122)) == ClockRun(warnings=1)
    assert warned(town.app) == {case.id for case in (broken, *others)}
    with town.app.app_context():
        assert list_violations(morning(LATE_ON), timedelta(days=99)) == []


def test_a_failure_that_is_no_case_s_is_tried_again_with_the_next_run(town: Town) -> None:
    case = claimed(town)
    with patch.object(warnings, "list_given", side_effect=[RuntimeError, {}, RuntimeError]):
        assert run(town.app, morning(NEAR_ON)) == ClockRun()
    assert run(town.app, morning(NEAR_ON) + timedelta(minutes=1)) == ClockRun(warnings=1)
    assert warned(town.app) == {case.id}


def test_more_cases_than_one_letter_holds_are_all_warned_of_in_one_run_up_to_a_cap(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warnings, "MOST_CASES", 2)
    cases = {claimed(town).id for _ in range(5)}
    monkeypatch.setattr(clock, "MOST_LETTERS", 2)
    assert run(town.app, morning(NEAR_ON)) == ClockRun(warnings=4)
    assert run(town.app, morning(NEAR_ON) + timedelta(minutes=1)) == ClockRun(warnings=1)
    assert warned(town.app) == cases
    monkeypatch.setattr(clock, "MOST_LETTERS", 9)
    assert run(town.app, morning(LATE_ON)) == ClockRun(warnings=5)


def test_many_that_fail_come_before_none_that_does_not(town: Town) -> None:
    broken = [file_obstacle(town.app, town.president, now=MONDAY) for _ in range(6)]
    sound = file_obstacle(town.app, town.president, now=MONDAY + timedelta(minutes=1))
    make, ids = moves.escalate_overdue, {case.id for case in broken}

    def fail(obstacle_id: int, by: Any) -> Any:
        if obstacle_id in ids:
            raise RuntimeError
        return make(obstacle_id, by)

    now = start_of_day(CLIMBS_ON + timedelta(days=1))
    with patch.object(moves, "escalate_overdue", fail), patch.object(clock, "BATCH", 2):
        assert run(town.app, now, most_moves=1).set_aside == 6, "failures use nothing of the cap up"
        assert obstacle_row(town.app, sound)["level"] is Level.REGION
        later = file_obstacle(town.app, town.president, now=MONDAY + timedelta(days=1))
        assert run(town.app, start_of_day(date(2026, 10, 31))).moves == 1
        assert obstacle_row(town.app, later)["level"] is Level.REGION


def test_a_watch_that_is_wrong_changes_neither_what_is_done_nor_its_date(town: Town) -> None:
    cases = [file_obstacle(town.app, town.president, now=MONDAY) for _ in range(2)]
    due = start_of_day(CLIMBS_ON + timedelta(days=1))
    assert run(town.app, due - timedelta(minutes=4)) == ClockRun(), "a watch that is slow is only later"
    assert run(town.app, due + timedelta(minutes=4)).moves == 2
    for skew in (timedelta(minutes=-4), timedelta(0), timedelta(hours=-30), timedelta(minutes=9)):
        assert run(town.app, due + skew).moves == 0, "what was done is done, whatever the next watch says"
    with town.app.app_context():
        told = db.session.execute(
            select(JournalEvent.obstacle_id, JournalEvent.event).order_by(JournalEvent.obstacle_id, JournalEvent.seq)
        ).all()
    assert told == [(case.id, event) for case in cases for event in (Event.OBSTACLE_FILED, Event.OBSTACLE_ESCALATED)]


@pytest.mark.parametrize("name", ["reviewer", "coordinator"])
def test_a_closed_account_gets_no_warning_and_its_colleague_does(town: Town, name: str) -> None:
    claimed(town)
    closed: Inhabitant = getattr(town, name)
    other = town.coordinator if name == "reviewer" else town.reviewer
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, closed.id).suspended_at = MONDAY
    run(town.app, morning(LATE_ON))
    with town.app.app_context():
        kinds = set(db.session.scalars(select(CaseWarning.kind)))
        of_warnings = select(OutboxMessage.recipient_id).where(OutboxMessage.source_kind == MessageSource.WARNING)
        assert set(db.session.scalars(of_warnings)) == {other.id}
    assert kinds == {WarningKind.LATE}


def test_a_closed_account_is_told_of_no_move_of_the_clock(town: Town) -> None:
    claimed(town)
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.member.id).suspended_at = MONDAY
    assert run(town.app, start_of_day(CLIMBS_ON + timedelta(days=1))).moves == 1
    with town.app.app_context():
        of_climbing = select(OutboxMessage).where(OutboxMessage.event == Event.OBSTACLE_ESCALATED)
        rows = list(db.session.scalars(of_climbing))
    told = {row.recipient_id for row in rows if row.status is not MessageStatus.SKIPPED}
    assert town.chair.id in told
    assert town.member.id not in told
    assert {row.status_reason for row in rows if row.recipient_id == town.member.id} == {Skipped.SUSPENDED}


def test_the_commune_sends_it_up_itself_from_the_hour_it_is_late(town: Town) -> None:
    case, clock_s = (file_obstacle(town.app, town.president, now=MONDAY) for _ in range(2))
    first_late = start_of_day(LATE_ON)
    with pytest.raises(DomainError):
        move(town.app, moves.escalate_overdue, case, town.president, now=first_late - timedelta(seconds=1))
    assert run(town.app, first_late).moves == 0, "the clock waits for the grace"
    move(town.app, moves.escalate_overdue, case, town.president, now=first_late)
    assert [obstacle_row(town.app, one)["level"] for one in (case, clock_s)] == [Level.REGION, Level.PROVINCE]
