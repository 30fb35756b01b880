"""Rehearsals: under the delays as they are the replay tells what was; under a draft, what would have been."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation.domain.calendar import start_of_day
from escalation.domain.codes import Level, Outcome, Urgency
from escalation.domain.errors import NotFound
from escalation.domain.rehearsal import Effect
from escalation.domain.settings import ChangeInThePast, Scope, ScopeNotAdmitted, SettingOutOfBounds
from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Referral
from escalation.models.rehearsals import Rehearsal, RehearsalStatus, RehearsedEffect
from escalation.models.settings import Setting
from escalation.queries.rehearsals import list_past
from escalation.queries.settings import get_settings
from escalation.services import rehearsals
from escalation.services.case import moves
from escalation.services.case.clock import run_clock
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.rehearsals import NotNow
from tests.factories import OTHER_REGION, REGION, Filed, Town, file_obstacle, move
from tests.queries_counter import counting_queries, engine_of
from workers.rehearsals import forget_old, rehearse

FIRST = datetime(2026, 9, 7, 10, tzinfo=UTC)
LAST = datetime(2026, 11, 20, 10, tzinfo=UTC)
SOLVED: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": "حل", "remaining": ""}
EVERYBODY = Scope()


def by(town: Town, now: datetime = LAST) -> Administrator:
    """Return the administrator of the region."""
    return Administrator(town.admin.id, frozenset({REGION}), now)


def live(town: Town) -> dict[str, Filed]:
    """Let ten weeks pass in which the clock runs each morning, and some people act."""
    cases = {name: file_obstacle(town.app, town.president, now=FIRST) for name in ("silent", "asked", "solved", "gone")}
    cases["urgent"] = file_obstacle(
        town.app, town.president, now=FIRST, urgency=Urgency.URGENT, urgency_reason="سبب", obstacle_type="rural_track"
    )
    acts: dict[int, list[tuple[str, Any, Any, dict[str, Any]]]] = {
        1: [("asked", moves.claim, town.reviewer, {}), ("solved", moves.claim, town.reviewer, {})],
        2: [("asked", moves.request_information, town.reviewer, {"question": "سؤال"})],
        7: [("asked", moves.answer, town.president, {"answer": "جواب"})],
        15: [
            ("solved", moves.resolve, town.reviewer, SOLVED),
            ("gone", moves.withdraw, town.president, {"reason": "سبب"}),
        ],
        30: [("gone", moves.reopen, town.president, {"reason": "سبب"})],
    }
    for day in range((LAST - FIRST).days + 1):
        now = FIRST + timedelta(days=day)
        for hour in (0, 9, 12):
            with town.app.app_context():
                run_clock(start_of_day(now.date()) + timedelta(hours=hour, minutes=1))
        for name, act, who, given in acts.get(day, []):
            move(town.app, act, cases[name], who, now=now + timedelta(hours=4), **given)
    return cases


def rehearsed(town: Town, *lines: tuple[str, int | None, Scope]) -> Rehearsal:
    """Write a draft, have a worker replay it, and return it; needs an application context."""
    number = rehearsals.begin_rehearsal(REGION, by(town))
    for key, value, scope in lines:
        rehearsals.write_line(number, key, value, scope, by(town))
    rehearsals.run_rehearsal(number, by(town))
    while db.session.get_one(Rehearsal, number).status is RehearsalStatus.WAITING:
        rehearsals.advance_rehearsals(LAST)
        db.session.expire_all()
    return db.session.get_one(Rehearsal, number)


def effects(row: Rehearsal, kind: Effect, cases: dict[str, Filed]) -> dict[str, tuple[bool, bool]]:
    """Return the cases of an effect by name: whether it was, and whether it would have been."""
    names = {case.id: name for name, case in cases.items()}
    found = db.session.scalars(
        select(RehearsedEffect).where(RehearsedEffect.rehearsal_id == row.id, RehearsedEffect.kind == kind)
    )
    return {
        names[one.obstacle_id]: (one.was_on is not None, one.would_on is not None) for one in found if one.stay == 1
    }


def test_under_the_delays_as_they_are_the_replay_is_what_the_clock_really_did(town: Town) -> None:
    cases = live(town)
    with town.app.app_context():
        same = get_settings(LAST.date()).province_answer_days
        row = rehearsed(town, ("province_answer_days", same, EVERYBODY))
        assert (row.status, row.cases) == (RehearsalStatus.DONE, 5)
        told = db.session.scalars(select(RehearsedEffect)).all()
        assert {(one.kind, one.obstacle_id, one.stay) for one in told if one.was_on != one.would_on} == set()
        assert {kind for kind, numbers in row.counts.items() if numbers[0]} == set(Effect) - {Effect.TOO_LATE}
        assert all(was == would and not less and not more for was, would, less, more in row.counts.values())
        climbed = db.session.scalar(select(func.count(Referral.id)).where(Referral.cause == "clock"))
        assert row.counts[Effect.ESCALATED][0] == climbed
        assert effects(row, Effect.CONFIRMED, cases) == {"solved": (True, True)}


def test_a_draft_shows_what_would_have_been_and_decides_nothing(town: Town) -> None:
    cases = live(town)
    with town.app.app_context():
        before = [(one.id, one.version, one.due_at, one.clock_at) for one in db.session.scalars(select(Obstacle))]
        row = rehearsed(
            town,
            ("province_answer_days", 60, EVERYBODY),
            ("province_answer_days", 5, Scope(urgency=Urgency.URGENT, obstacle_type="rural_track")),
            ("reopen_withdrawn_days", 10, EVERYBODY),
        )
        assert effects(row, Effect.ESCALATED, cases)["silent"] == (True, False)
        assert effects(row, Effect.ESCALATED, cases)["urgent"] == (True, True)
        late = {
            one.obstacle_id: one
            for one in db.session.scalars(
                select(RehearsedEffect).where(RehearsedEffect.kind == Effect.LATE, RehearsedEffect.stay == 1)
            )
        }
        urgent = late[cases["urgent"].id]
        assert urgent.would_on is not None
        assert urgent.was_on is not None
        assert urgent.would_on < urgent.was_on
        assert row.counts[Effect.TOO_LATE] == [0, 1, 0, 1]
        after = [(one.id, one.version, one.due_at, one.clock_at) for one in db.session.scalars(select(Obstacle))]
        assert after == before
        assert db.session.scalars(select(Setting)).all() == []


def test_a_rehearsed_draft_is_put_into_force_by_name_and_once(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=LAST)
    track = Scope(urgency=Urgency.URGENT, obstacle_type="rural_track")
    with town.app.app_context():
        row = rehearsed(town, ("province_answer_days", 9, EVERYBODY), ("confirm_days", 4, track))
        number, tomorrow = row.id, LAST.date() + timedelta(days=1)
        with pytest.raises(ChangeInThePast):
            rehearsals.put_into_force(number, LAST.date(), by(town))
        rehearsals.put_into_force(number, tomorrow, by(town))
        assert get_settings(LAST.date()).province_answer_days == 15
        assert get_settings(tomorrow).province_answer_days == 9
        assert get_settings(tomorrow, Scope(Level.REGION, Urgency.URGENT, "rural_track")).confirm_days == 4
        rows = db.session.scalars(select(Setting)).all()
        assert {(one.set_by_id, one.created_at) for one in rows} == {(town.admin.id, LAST)}
        row = db.session.get_one(Rehearsal, number)
        assert (row.effective_on, row.forced_by_id, row.forced_at) == (tomorrow, town.admin.id, LAST)
        stay = db.session.scalars(select(Referral).where(Referral.obstacle_id == case.id)).one()
        assert stay.allowance_days == 15, "what was given keeps what it had"
        for act in (
            lambda: rehearsals.put_into_force(number, tomorrow, by(town)),
            lambda: rehearsals.write_line(number, "grace_days", 1, EVERYBODY, by(town)),
            lambda: rehearsals.run_rehearsal(number, by(town)),
        ):
            with pytest.raises(NotNow, match="in_force"):
                act()


def test_what_is_changed_after_its_rehearsal_is_rehearsed_anew_before_it_may_be_decided(town: Town) -> None:
    file_obstacle(town.app, town.president, now=FIRST)
    with town.app.app_context():
        number = rehearsed(town, ("grace_days", 1, EVERYBODY)).id
        rehearsals.write_line(number, "grace_days", 2, EVERYBODY, by(town))
        row = db.session.get_one(Rehearsal, number)
        assert (row.status, row.lines) == (RehearsalStatus.DRAFT, [["grace_days", "", "", "", 2]])
        with pytest.raises(NotNow, match="not_rehearsed"):
            rehearsals.put_into_force(number, LAST.date() + timedelta(days=1), by(town))
        rehearsals.run_rehearsal(number, by(town))
        with pytest.raises(NotNow, match="at_work"):
            rehearsals.drop_line(number, 0, by(town))
        rehearsals.advance_rehearsals(LAST)
        rehearsals.drop_line(number, 7, by(town))
        rehearsals.drop_line(number, 0, by(town))
        assert db.session.get_one(Rehearsal, number).lines == []
        with pytest.raises(NotNow, match="empty"):
            rehearsals.run_rehearsal(number, by(town))


def test_steps_taken_by_two_workers_count_each_case_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        file_obstacle(town.app, town.president, now=FIRST)
    monkeypatch.setattr(rehearsals, "BATCH", 2)
    monkeypatch.setattr(rehearsals, "STEPS", 1)
    with town.app.app_context():
        number = rehearsals.begin_rehearsal(REGION, by(town))
        rehearsals.write_line(number, "province_answer_days", 5, EVERYBODY, by(town))
        rehearsals.run_rehearsal(number, by(town))
        seen = []
        for _ in range(4):
            rehearse.run()
            seen.append(db.session.scalar(select(Rehearsal.cases)))
        assert seen == [2, 4, 5, 5]
        assert db.session.scalars(select(Rehearsal.counts)).one()[Effect.ESCALATED] == [0, 5, 0, 5]
        rehearsals.run_rehearsal(number, by(town))
        for _ in range(4):
            rehearse.run()
        assert db.session.scalars(select(Rehearsal.counts)).one()[Effect.ESCALATED] == [0, 5, 0, 5]


def test_the_past_is_read_in_as_many_queries_however_many_cases(town: Town) -> None:
    counts = []
    for more in (1, 4):
        for _ in range(more):
            file_obstacle(town.app, town.president, now=FIRST)
        with town.app.app_context(), counting_queries(engine_of(town.app)) as counted:
            assert list_past(REGION, FIRST.date(), 0, 100)
        counts.append(len(counted))
    assert counts == [5, 5]


def test_a_replay_that_fails_is_named_so_and_stands_in_the_way_of_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_obstacle(town.app, town.president, now=FIRST)
    with town.app.app_context():
        numbers = [rehearsals.begin_rehearsal(REGION, by(town)) for _ in range(2)]
        for number in numbers:
            rehearsals.write_line(number, "grace_days", 1, EVERYBODY, by(town))
            rehearsals.run_rehearsal(number, by(town))
        real = rehearsals.replay_next

        def break_first(number: int, now: datetime) -> bool:
            if number == numbers[0]:
                raise ZeroDivisionError
            return real(number, now)

        monkeypatch.setattr(rehearsals, "replay_next", break_first)
        rehearsals.advance_rehearsals(LAST)
        found = [db.session.get_one(Rehearsal, number).status for number in numbers]
        assert found == [RehearsalStatus.FAILED, RehearsalStatus.DONE]
        rehearsals.run_rehearsal(numbers[0], by(town))


def test_drafts_are_of_ones_own_region_and_say_only_what_may_be_set(town: Town) -> None:
    with town.app.app_context():
        with pytest.raises(NotFound):
            rehearsals.begin_rehearsal(OTHER_REGION, by(town))
        number = rehearsals.begin_rehearsal(REGION, by(town))
        stranger = Administrator(town.admin.id, frozenset({OTHER_REGION}), LAST)
        with pytest.raises(NotFound):
            rehearsals.write_line(number, "grace_days", 1, EVERYBODY, stranger)
        with pytest.raises(WrongField):
            rehearsals.write_line(number, "undo_seconds", 1, EVERYBODY, by(town))
        with pytest.raises(WrongField):
            rehearsals.write_line(number, "grace_days", 1, Scope(obstacle_type="none"), by(town))
        with pytest.raises(SettingOutOfBounds):
            rehearsals.write_line(number, "grace_days", 99, EVERYBODY, by(town))
        with pytest.raises(ScopeNotAdmitted):
            rehearsals.write_line(number, "grace_days", 1, Scope(Level.REGION), by(town))


def test_old_drafts_are_forgotten_and_what_was_decided_stays(town: Town) -> None:
    file_obstacle(town.app, town.president, now=FIRST)
    with town.app.app_context():
        kept = rehearsed(town, ("province_answer_days", 5, EVERYBODY)).id
        rehearsals.put_into_force(kept, LAST.date() + timedelta(days=1), by(town))
        rehearsed(town, ("province_answer_days", 6, EVERYBODY))
        assert rehearsals.forget_old_rehearsals(LAST) == 0
        assert rehearsals.forget_old_rehearsals(LAST + timedelta(days=91)) == 1
        assert [row.id for row in db.session.scalars(select(Rehearsal))] == [kept]
        assert db.session.scalars(select(RehearsedEffect)).all() == []
        assert len(db.session.scalars(select(Setting)).all()) == 1
        forget_old.run()
