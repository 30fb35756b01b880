"""Delays for some cases: a stay is given what such a case has on its day, and no later change takes from it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Ground, Level, Outcome, Urgency
from escalation.domain.settings import ChangeInThePast, Scope, ScopeNotAdmitted
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.obstacles import Obstacle, Referral
from escalation.models.settings import Setting
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.settings import count_exceptions, get_calendar, list_changes, list_exceptions
from escalation.services.case import moves
from escalation.services.case.clock import run_clock
from escalation.services.people.people import WrongField
from escalation.services.settings import set_setting
from tests.factories import Filed, Town, file_obstacle, move

MONDAY = datetime(2026, 9, 7, 10, tzinfo=UTC)
BEFORE = MONDAY - timedelta(days=30)
TRACK = Scope(obstacle_type="rural_track")
URGENT = {"urgency": Urgency.URGENT, "urgency_reason": "الطريق مقطوعة."}


def say(town: Town, key: str, value: int | None, scope: Scope, on: date, *, now: datetime = BEFORE) -> None:
    """Let an administrator decide a delay for some cases."""
    with town.app.app_context():
        set_setting(key, value, on, by_id=town.admin.id, now=now, scope=scope)


def stay_of(town: Town, case: Filed) -> dict[str, Any]:
    """Return the present stay of a case."""
    with town.app.app_context():
        rows = select(Referral).where(Referral.obstacle_id == case.id).order_by(Referral.seq.desc())
        row = db.session.scalars(rows).first()
        assert row is not None
        return {column.key: getattr(row, column.key) for column in Referral.__table__.columns}


def dossier_of(town: Town, case: Filed, now: datetime) -> Dossier:
    """Return a case as it is read at a moment; needs an application context."""
    return read_dossier(db.session.get_one(Obstacle, case.id), now)


def test_a_stay_is_given_what_is_said_most_specifically_of_its_case(town: Town) -> None:
    today = MONDAY.date()
    say(town, "province_answer_days", 12, Scope(urgency=Urgency.URGENT), today)
    say(town, "province_answer_days", 20, TRACK, today)
    say(town, "province_answer_days", 7, Scope(urgency=Urgency.URGENT, obstacle_type="rural_track"), today)
    say(town, "grace_days", 1, TRACK, today)
    say(town, "acknowledge_days", 1, Scope(Level.PROVINCE), today)
    say(town, "acknowledge_days", 5, Scope(Level.REGION), today)
    given = {
        "plain": file_obstacle(town.app, town.president, now=MONDAY),
        "urgent": file_obstacle(town.app, town.president, now=MONDAY, **URGENT),
        "track": file_obstacle(town.app, town.president, now=MONDAY, obstacle_type="rural_track"),
        "both": file_obstacle(town.app, town.president, now=MONDAY, obstacle_type="rural_track", **URGENT),
    }
    stays = {name: stay_of(town, case) for name, case in given.items()}
    assert {name: stay["allowance_days"] for name, stay in stays.items()} == {
        "plain": 15, "urgent": 12, "track": 20, "both": 7,
    }  # fmt: skip
    assert [stays[name]["grace_days"] for name in ("plain", "track")] == [3, 1]
    calendar = get_calendar_of(town)
    assert stays["plain"]["acknowledge_by"] == calendar.add_working_days(today, 1)
    move(town.app, moves.escalate, given["plain"], town.reviewer, now=MONDAY, reason="سبب")
    assert stay_of(town, given["plain"])["acknowledge_by"] == calendar.add_working_days(today, 5)
    assert stays["both"]["due_on"] == calendar.add_working_days(today, 7)


def get_calendar_of(town: Town) -> Any:
    """Return the country's calendar."""
    with town.app.app_context():
        return get_calendar()


def test_what_was_given_keeps_what_it_had_whatever_is_decided_later(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=MONDAY, obstacle_type="rural_track")
    before = stay_of(town, case)
    tomorrow = MONDAY.date() + timedelta(days=1)
    say(town, "province_answer_days", 2, TRACK, tomorrow, now=MONDAY)
    say(town, "grace_days", 0, TRACK, tomorrow, now=MONDAY)
    with town.app.app_context():
        run_clock(MONDAY + timedelta(days=10))
    assert stay_of(town, case) == before
    later = file_obstacle(town.app, town.president, now=MONDAY + timedelta(days=2), obstacle_type="rural_track")
    assert stay_of(town, later)["allowance_days"] == 2
    with town.app.app_context():
        run_clock(MONDAY + timedelta(days=10))
        assert db.session.get_one(Obstacle, later.id).level is Level.REGION
        assert db.session.get_one(Obstacle, case.id).level is Level.PROVINCE


def test_the_last_days_to_appeal_and_to_reopen_are_those_of_the_day_on_which_the_case_ended(town: Town) -> None:
    declined = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.claim, declined, town.coordinator, now=MONDAY)
    words: dict[str, Any] = {"ground": Ground.OUTSIDE_SCOPE, "reason": "سبب"}
    move(town.app, moves.decline, declined, town.coordinator, now=MONDAY, **words)
    withdrawn = file_obstacle(town.app, town.president, now=MONDAY)
    move(town.app, moves.withdraw, withdrawn, town.president, now=MONDAY, reason="سبب")
    soon = MONDAY + timedelta(days=3)
    with town.app.app_context():
        promised = dossier_of(town, declined, MONDAY).appeal_by, dossier_of(town, withdrawn, MONDAY).reopen_by
    for key in ("appeal_days", "reopen_withdrawn_days", "reopen_declined_days"):
        say(town, key, 1, Scope(), soon.date() - timedelta(days=1), now=MONDAY)
        say(town, key, 2, Scope(obstacle_type="convention_unsigned"), soon.date() - timedelta(days=1), now=MONDAY)
    with town.app.app_context():
        late = soon + timedelta(days=20)
        dossiers = dossier_of(town, declined, late), dossier_of(town, withdrawn, late)
        assert (dossiers[0].appeal_by, dossiers[1].reopen_by) == promised
        assert dossiers[0].case.may_still_appeal
        assert dossiers[1].case.may_still_reopen
        assert dossiers[0].settings.appeal_days == 2, "what is said of its type holds for what ends from now on"
    assert move(town.app, moves.reopen, withdrawn, town.president, now=late, reason="سبب").version > withdrawn.version


def test_silence_confirms_by_what_is_set_for_such_a_case_where_it_is(town: Town) -> None:
    say(town, "confirm_days", 4, Scope(Level.PROVINCE, Urgency.URGENT), MONDAY.date())
    words: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": "حل", "remaining": ""}
    found = []
    for given in ({}, URGENT):
        case = file_obstacle(town.app, town.president, now=MONDAY, **given)
        move(town.app, moves.claim, case, town.coordinator, now=MONDAY)
        move(town.app, moves.resolve, case, town.coordinator, now=MONDAY, **words)
        with town.app.app_context():
            found.append(db.session.get_one(Obstacle, case.id).confirm_by)
    calendar = get_calendar_of(town)
    assert found == [calendar.add_working_days(MONDAY.date(), days) for days in (10, 4)]


def test_every_change_keeps_who_decided_it_when_and_what_held_before(town: Town) -> None:
    first, second, third = (MONDAY.date() + timedelta(days=days) for days in (1, 10, 20))
    say(town, "confirm_days", 5, TRACK, first, now=MONDAY)
    say(town, "confirm_days", 7, TRACK, second, now=MONDAY)
    say(town, "confirm_days", None, TRACK, third, now=MONDAY)
    say(town, "confirm_days", 12, Scope(), first, now=MONDAY)
    with town.app.app_context():
        changes = list_exceptions("confirm_days")
        assert [(one.setting.value, one.before) for one in changes] == [(None, 7), (7, 5), (5, None)]
        assert {one.by.id for one in changes if one.by} == {town.admin.id}
        assert [one.setting.value for one in list_changes()["confirm_days"]] == [12]
        assert [count_exceptions(day)["confirm_days"] for day in (MONDAY.date(), first, third)] == [0, 1, 0]
        noted = db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == SecurityEventKind.SETTING_CHANGED))
        assert [one.codes.get("obstacle_type") for one in noted] == ["rural_track"] * 3 + [None]


def test_what_was_decided_for_the_same_cases_and_day_is_replaced(town: Town) -> None:
    on = MONDAY.date() + timedelta(days=1)
    for value in (5, 6):
        say(town, "confirm_days", value, TRACK, on, now=MONDAY)
    with town.app.app_context():
        assert db.session.scalars(select(Setting.value)).all() == [6]


def test_a_change_in_the_past_of_an_unknown_type_or_for_what_is_not_set_by_case_is_refused(town: Town) -> None:
    tomorrow = local_day(MONDAY) + timedelta(days=1)
    with pytest.raises(ChangeInThePast):
        say(town, "confirm_days", 5, TRACK, MONDAY.date(), now=MONDAY)
    with pytest.raises(WrongField):
        say(town, "confirm_days", 5, Scope(obstacle_type="no_such_type"), tomorrow, now=MONDAY)
    with pytest.raises(ScopeNotAdmitted):
        say(town, "undo_seconds", 5, TRACK, tomorrow, now=MONDAY)
    with town.app.app_context():
        assert db.session.scalars(select(Setting)).all() == []
