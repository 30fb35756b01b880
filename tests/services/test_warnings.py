"""The warnings of the clock: to whom, when, once, and several late cases in one letter."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from escalation.domain.calendar import start_of_day
from escalation.domain.codes import MessageSource, Outcome, Urgency
from escalation.domain.warnings import WarningKind
from escalation.extensions import db
from escalation.mail.letter import Letterhead
from escalation.models.base import FAR
from escalation.models.clock import CaseWarning, ReminderPause
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.case import moves
from escalation.services.case.clock import run_clock
from escalation.services.messages.claims import claim_due
from escalation.services.messages.letters import Envelope, write_letter
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
NEAR_ON, DUE_ON, LATE_ON = date(2026, 10, 21), date(2026, 10, 26), date(2026, 10, 27)
HEAD = Letterhead(name="Suivi", sender="no-reply@example.test", base_url="https://suivi.example.test")
Told = Counter[tuple[str, str, str]]


def morning(day: date) -> datetime:
    """Return nine o'clock of a day, in Morocco."""
    return start_of_day(day) + timedelta(hours=9)


def claimed(town: Town, **given: Any) -> Filed:
    """Return a case of the first Monday that the reviewer has."""
    case = file_obstacle(town.app, town.president, now=MONDAY, **given)
    return move(town.app, moves.claim, case, town.reviewer, now=MONDAY)


def run(app: Flask, now: datetime) -> Told:
    """Run the clock, and return who was then warned by which channel of what."""
    with app.app_context():
        seen = set(db.session.scalars(select(OutboxMessage.id)))
        run_clock(now)
        query = select(Person.email, OutboxMessage).join(Person, Person.id == OutboxMessage.recipient_id)
        of_warnings = query.where(OutboxMessage.source_kind == MessageSource.WARNING)
        rows = [(email, row) for email, row in db.session.execute(of_warnings) if row.id not in seen]
        return Counter((email.partition("@")[0], row.channel.value, row.event) for email, row in rows)


def both_ways(event: str, *people: str) -> Told:
    """Return what it is to tell these people in the app and by mail."""
    return Counter((person, channel, event) for person in people for channel in ("app", "email"))


def test_who_has_the_case_and_who_leads_are_warned_at_four_fifths_then_when_it_is_late(town: Town) -> None:
    case = claimed(town)
    assert obstacle_row(town.app, case)["warn_at"] == start_of_day(NEAR_ON) + timedelta(hours=8)
    assert run(town.app, morning(NEAR_ON) - timedelta(hours=2)) == Counter()
    assert run(town.app, morning(NEAR_ON)) == both_ways("deadline_near", "reviewer", "coordinator")
    assert run(town.app, morning(NEAR_ON)) == Counter()
    assert run(town.app, morning(LATE_ON)) == both_ways("deadline_passed", "reviewer", "coordinator")
    assert run(town.app, morning(LATE_ON) + timedelta(days=1)) == Counter()
    with town.app.app_context():
        assert Counter(db.session.scalars(select(CaseWarning.kind))) == {WarningKind.NEAR: 1, WarningKind.LATE: 1}
        letter = db.session.scalars(select(OutboxMessage).where(OutboxMessage.event == "deadline_passed")).first()
        assert letter is not None
        assert (letter.facts["due_on"], letter.facts["climbs_on"]) == ("2026-10-26", "2026-10-30")
        assert letter.obstacle_id == case.id


def test_several_late_cases_make_one_mail_and_a_line_each_in_the_app(town: Town) -> None:
    cases = [claimed(town) for _ in range(3)]
    told = run(town.app, morning(LATE_ON))
    assert told == Counter(
        {(person, "app", "deadline_passed"): 3 for person in ("reviewer", "coordinator")}
        | {(person, "email", "deadline_passed"): 1 for person in ("reviewer", "coordinator")}
    )
    with town.app.app_context():
        letters = [one for one in claim_due(100) if one.event == "deadline_passed"]
        written = write_letter(letters[0], HEAD, Envelope(HEAD.sender, letters[0].address)).decode()
    assert "Reminder: 3 cases have reached their dates" in written
    assert all(str(case.reference) in written for case in cases)
    assert "https://suivi.example.test/queue" in written
    assert "X-Escalation-Reference" not in written


def test_late_at_the_region_its_president_and_the_regional_secretary_are_told_then_a_reminder_each_week(
    town: Town,
) -> None:
    case = claimed(town)
    move(town.app, moves.escalate, case, town.reviewer, now=MONDAY, reason="سبب")
    move(town.app, moves.claim, case, town.member, now=MONDAY)
    due_on = obstacle_row(town.app, case)["due_at"].date()
    late_on = date(2026, 11, 19)
    assert due_on == date(2026, 11, 17)
    run(town.app, morning(date(2026, 11, 12)))
    assert run(town.app, morning(date(2026, 11, 18))) == Counter(), "the feast of independence"
    told = both_ways("deadline_passed", "member", "chair", "secretary")
    assert run(town.app, morning(late_on)) == told
    assert obstacle_row(town.app, case)["marked_for_meeting"]
    assert run(town.app, morning(late_on + timedelta(days=1))) == Counter()
    reminded = both_ways("deadline_passed", "member", "chair")
    assert run(town.app, morning(date(2026, 11, 23))) == reminded
    assert run(town.app, morning(date(2026, 11, 24))) == Counter()
    with town.app.app_context(), transaction() as session:
        pause = ReminderPause(starts_on=date(2026, 11, 25), ends_on=date(2026, 12, 8), created_at=MONDAY)
        session.add(pause)
    assert run(town.app, morning(date(2026, 11, 30))) == Counter()
    assert run(town.app, morning(date(2026, 12, 7))) == Counter()
    assert run(town.app, morning(date(2026, 12, 9))) == reminded


def test_a_critical_case_is_warned_of_at_night_too(town: Town) -> None:
    claimed(town, urgency=Urgency.CRITICAL, urgency_reason="خطر على السكان", needed_by=date(2026, 12, 1))
    assert run(town.app, start_of_day(NEAR_ON)) == both_ways("deadline_near", "reviewer", "coordinator")


def test_the_commune_is_told_before_its_silence_confirms_and_its_word_ends_that(town: Town) -> None:
    cases = [claimed(town) for _ in range(2)]
    words = {"outcome": Outcome.REMOVED, "resolution": "وُقعت الاتفاقية", "remaining": ""}
    for case in cases:
        move(town.app, moves.resolve, case, town.reviewer, now=MONDAY, **words)
    move(town.app, moves.confirm, cases[1], town.president, now=MONDAY)
    assert obstacle_row(town.app, cases[1])["warn_at"] == FAR
    confirm_by = obstacle_row(town.app, cases[0])["confirm_by"]
    assert confirm_by == date(2026, 10, 19)
    assert run(town.app, morning(date(2026, 10, 13))) == Counter()
    assert run(town.app, morning(date(2026, 10, 14))) == both_ways("confirmation_near", "president")
    assert run(town.app, morning(date(2026, 10, 15))) == Counter()


def test_a_desk_that_waits_is_not_warned_and_nobody_there_means_the_secretary(town: Town) -> None:
    case = claimed(town)
    move(town.app, moves.request_information, case, town.reviewer, now=MONDAY, question="أين العقد؟")
    assert obstacle_row(town.app, case)["warn_at"] == FAR
    other = claimed(town)
    with town.app.app_context(), transaction() as session:
        session.query(Person).filter(Person.email.like("reviewer@%")).update({"suspended_at": MONDAY})
        session.query(Person).filter(Person.email.like("coordinator@%")).update({"suspended_at": MONDAY})
    told = run(town.app, morning(NEAR_ON))
    assert told == both_ways("deadline_near", "secretary")
    assert obstacle_row(town.app, other)["warn_at"] > morning(NEAR_ON)
