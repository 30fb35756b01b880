"""Turns of the path: sent back once, transferred by competence, contested once, declined, appealed, reopened, late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from escalation.domain.codes import Cause, Channel, Event, Ground, Level, Outcome, Status
from escalation.domain.errors import DomainError, NotAllowed, TransitionNotAllowed, WrongInput
from escalation.domain.policy import CLOCK
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Referral
from escalation.queries.journal import verify_journal
from escalation.services.case import moves
from escalation.services.case.transitions import By
from tests.factories import (
    OTHER_PROVINCE,
    PROVINCE,
    REGION,
    Filed,
    Inhabitant,
    Town,
    end_mandates,
    file_obstacle,
    move,
    obstacle_row,
)

pytestmark = pytest.mark.usefixtures("reference_data")

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)


def play(town: Town, case: Filed, *scenes: tuple[Any, ...], now: datetime = MONDAY) -> Filed:
    """Make moves one after the other: (act, person, what it is given)."""
    for act, person, *given in scenes:
        case = move(town.app, act, case, person, now=now, **(given[0] if given else {}))
    return case


def filed(town: Town, now: datetime = MONDAY) -> Filed:
    """Return a new case at the province's desk."""
    return file_obstacle(town.app, town.president, now=now)


WHY: dict[str, Any] = {"reason": "لهذا السبب"}
SOLVED = {"outcome": Outcome.REMOVED, "resolution": "وقعت الاتفاقية"}


def at_region(town: Town, now: datetime = MONDAY) -> Filed:
    """Return a case that a member of the region's group has."""
    case = play(town, filed(town, now), (moves.escalate, town.reviewer, WHY), now=now)
    return play(town, case, (moves.claim, town.member), now=now)


def stands(town: Town, case: Filed) -> tuple[Status, Level, str]:
    """Return where a case is."""
    row = obstacle_row(town.app, case)
    return row["status"], row["level"], row["desk_code"]


def refused(town: Town, case: Filed, act: Any, person: Inhabitant, **given: Any) -> str:
    """Return why a move is refused, after seeing that it changed nothing."""
    before = obstacle_row(town.app, case)
    with pytest.raises(DomainError) as error:
        move(town.app, act, case, person, **{"now": MONDAY, **given})
    assert obstacle_row(town.app, case) == before
    return getattr(error.value, "reason", type(error.value).__name__)


def test_a_case_goes_back_to_its_province_once(town: Town) -> None:
    case = play(town, at_region(town), (moves.send_back, town.chair, WHY))
    assert stands(town, case) == (Status.FILED, Level.PROVINCE, PROVINCE)
    case = play(town, case, (moves.escalate, town.coordinator, WHY))
    assert refused(town, case, moves.send_back, town.chair, **WHY) == "sent_back_once"


def test_only_a_lead_sends_back(town: Town) -> None:
    assert refused(town, at_region(town), moves.send_back, town.member, **WHY) == "no_mandate"


def test_nothing_is_sent_back_to_a_desk_without_anybody(town: Town) -> None:
    case = at_region(town)
    for person in (town.reviewer, town.coordinator):
        end_mandates(town.app, person, date(2026, 10, 1))
    assert refused(town, case, moves.send_back, town.chair, **WHY) == "desk_has_nobody"


@pytest.mark.parametrize(("target", "level"), [(OTHER_PROVINCE, Level.PROVINCE), (REGION, Level.REGION)])
def test_a_province_transfers_once_to_whom_it_concerns(town: Town, target: str, level: Level) -> None:
    case = play(town, filed(town), (moves.transfer, town.coordinator, {"target": target, **WHY}))
    assert stands(town, case) == (Status.FILED, level, target)


def test_a_second_transfer_is_the_regions(town: Town) -> None:
    case = play(town, filed(town), (moves.transfer, town.coordinator, {"target": OTHER_PROVINCE, **WHY}))
    end_mandates(town.app, town.reviewer3, date(2026, 10, 1))
    assert refused(town, case, moves.transfer, town.secretary, target=REGION, **WHY) == "second_transfer_at_the_region"
    case = play(town, case, (moves.escalate, town.secretary, WHY))
    assert refused(town, case, moves.transfer, town.chair, target=OTHER_PROVINCE, **WHY) == "desk_has_nobody"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (PROVINCE, "present_desk"),
        ("01", "unknown_desk"),
        ("03.531.07.09", "unknown_desk"),
        ("nowhere", "unknown_desk"),
    ],
)
def test_a_transfer_needs_another_desk_of_the_region(town: Town, target: str, reason: str) -> None:
    assert refused(town, filed(town), moves.transfer, town.coordinator, target=target, **WHY) == reason


def test_the_region_sends_to_its_own_province_by_sending_back_only(town: Town) -> None:
    case = at_region(town)
    assert refused(town, case, moves.transfer, town.chair, target=PROVINCE, **WHY) == "no_such_move"
    case = play(town, case, (moves.transfer, town.chair, {"target": OTHER_PROVINCE, **WHY}))
    assert stands(town, case) == (Status.FILED, Level.PROVINCE, OTHER_PROVINCE)


def test_the_secretary_moves_a_case_off_a_desk_without_anybody(town: Town) -> None:
    case = filed(town)
    assert refused(town, case, moves.escalate, town.secretary, **WHY) == "no_mandate"
    for person in (town.reviewer, town.coordinator):
        end_mandates(town.app, person, date(2026, 10, 1))
    assert stands(town, play(town, case, (moves.escalate, town.secretary, WHY)))[1] is Level.REGION


def test_a_desk_gives_a_case_to_its_own_only(town: Town) -> None:
    case = filed(town)
    assert refused(town, case, moves.assign, town.coordinator, assignee=town.member.id) == "not_at_this_desk"
    assert refused(town, case, moves.assign, town.coordinator, assignee=10_000) == "not_at_this_desk"
    assert refused(town, case, moves.assign, town.reviewer, assignee=town.reviewer.id) == "no_mandate"
    case = play(town, case, (moves.assign, town.coordinator, {"assignee": town.reviewer.id}))
    assert obstacle_row(town.app, case)["assignee_id"] == town.reviewer.id
    case = play(town, case, (moves.assign, town.coordinator, {"assignee": town.coordinator.id}))
    assert obstacle_row(town.app, case)["assignee_id"] == town.coordinator.id
    assert refused(town, case, moves.release, town.reviewer) == "no_mandate"
    case = play(town, case, (moves.release, town.coordinator))
    assert stands(town, case)[0] is Status.FILED
    assert obstacle_row(town.app, case)["assignee_id"] is None


def test_a_case_is_contested_once_at_each_level_and_the_region_marks_it_for_its_meeting(town: Town) -> None:
    case = play(town, filed(town), (moves.claim, town.reviewer), (moves.resolve, town.reviewer, SOLVED))
    case = play(town, case, (moves.contest, town.president, WHY))
    assert stands(town, case) == (Status.FILED, Level.REGION, REGION)
    assert obstacle_row(town.app, case)["marked_for_meeting"] is False
    assert obstacle_row(town.app, case)["outcome"] is None
    case = play(town, case, (moves.claim, town.member), (moves.resolve, town.member, SOLVED))
    case = play(town, case, (moves.contest, town.president, WHY))
    assert obstacle_row(town.app, case)["marked_for_meeting"] is True
    case = play(town, case, (moves.claim, town.member), (moves.resolve, town.member, SOLVED))
    assert obstacle_row(town.app, case)["marked_for_meeting"] is False
    assert refused(town, case, moves.contest, town.president, **WHY) == "contested_once"
    assert stands(town, play(town, case, (moves.confirm, town.president)))[0] is Status.CLOSED
    with town.app.app_context():
        assert verify_journal().broken is None


def test_what_came_by_contest_or_appeal_does_not_go_back(town: Town) -> None:
    case = play(town, filed(town), (moves.claim, town.reviewer), (moves.resolve, town.reviewer, SOLVED))
    case = play(town, case, (moves.contest, town.president, WHY))
    assert refused(town, case, moves.send_back, town.chair, **WHY) == "came_by_appeal_contest_or_clock"


def test_a_reopening_does_not_make_a_case_forget_how_it_came_to_the_region(town: Town) -> None:
    case = play(town, declined(town), (moves.appeal, town.president, WHY), (moves.claim, town.chair))
    case = play(town, case, (moves.decline, town.chair, {"ground": Ground.ALREADY_ANSWERED, **WHY}))
    case = play(town, case, (moves.reopen, town.chair, WHY))
    assert refused(town, case, moves.send_back, town.chair, **WHY) == "came_by_appeal_contest_or_clock"


def declined(town: Town) -> Filed:
    """Return a case that the province did not take up."""
    case = play(town, filed(town), (moves.claim, town.reviewer))
    return play(town, case, (moves.decline, town.coordinator, {"ground": Ground.OUTSIDE_SCOPE, **WHY}))


def test_what_the_province_declines_is_appealed_within_thirty_working_days(town: Town) -> None:
    case = declined(town)
    assert stands(town, case)[0] is Status.DECLINED
    assert refused(town, case, moves.appeal, town.president, now=MONDAY + timedelta(days=60), **WHY) == "too_late"
    assert refused(town, case, moves.appeal, town.reviewer, **WHY) == "no_mandate"
    case = move(town.app, moves.appeal, case, town.president, now=MONDAY + timedelta(days=30), **WHY)
    assert stands(town, case) == (Status.FILED, Level.REGION, REGION)
    assert refused(town, case, moves.send_back, town.chair, **WHY) == "came_by_appeal_contest_or_clock"


def test_what_the_region_declines_is_final_but_for_its_own_lead(town: Town) -> None:
    case = play(town, at_region(town), (moves.decline, town.chair, {"ground": Ground.ALREADY_ANSWERED, **WHY}))
    assert refused(town, case, moves.appeal, town.president, **WHY) == "no_such_move"
    assert refused(town, case, moves.reopen, town.president, **WHY) == "no_mandate"
    assert refused(town, case, moves.reopen, town.coordinator, **WHY) == "no_mandate"
    assert stands(town, play(town, case, (moves.reopen, town.chair, WHY))) == (Status.FILED, Level.REGION, REGION)


@pytest.mark.parametrize(("end", "days"), [(moves.confirm, 90), (moves.withdraw, 30)])
def test_the_commune_reopens_in_time(town: Town, end: Any, days: int) -> None:
    case = play(town, filed(town), (moves.claim, town.reviewer), (moves.resolve, town.reviewer, SOLVED))
    case = play(town, case, (end, town.president, WHY if end is moves.withdraw else {}))
    late = MONDAY + timedelta(days=days + 1)
    assert refused(town, case, moves.reopen, town.president, now=late, **WHY) == "too_late"
    case = move(town.app, moves.reopen, case, town.president, now=MONDAY + timedelta(days=days), **WHY)
    assert stands(town, case) == (Status.FILED, Level.PROVINCE, PROVINCE)
    assert obstacle_row(town.app, case)["confirmed_by"] is None
    with town.app.app_context():
        assert db.session.query(Referral).filter_by(obstacle_id=case.id, closed_at=None).count() == 1


def test_a_lead_takes_a_solution_back_and_the_clock_of_its_desk_runs_on(town: Town) -> None:
    case = play(town, filed(town), (moves.claim, town.reviewer), (moves.resolve, town.reviewer, SOLVED))
    assert refused(town, case, moves.reopen, town.reviewer, **WHY) == "no_mandate"
    case = play(town, case, (moves.reopen, town.coordinator, WHY))
    with town.app.app_context():
        (stay,) = db.session.query(Referral).filter_by(obstacle_id=case.id)
        assert stay.due_on is not None


def test_the_commune_sends_a_late_case_up_itself_and_the_clock_waits_for_the_grace(town: Town) -> None:
    case = filed(town, MONDAY)
    due = obstacle_row(town.app, case)["due_at"]
    assert (
        refused(town, case, moves.escalate_overdue, town.president, now=due - timedelta(hours=1)) == "not_overdue_yet"
    )
    late = due + timedelta(hours=1)
    with town.app.app_context(), pytest.raises(NotAllowed):
        moves.escalate_overdue(case.id, By(actor=CLOCK, now=late))
    case = move(town.app, moves.escalate_overdue, case, town.president, now=late)
    with town.app.app_context():
        last = db.session.query(Referral).filter_by(obstacle_id=case.id).order_by(Referral.seq.desc()).first()
        assert last is not None
        assert (last.cause, last.level) == (Cause.COMMUNE, Level.REGION)


def test_the_clock_sends_a_case_up_with_its_own_cause(town: Town) -> None:
    case = filed(town)
    long_after = obstacle_row(town.app, case)["due_at"] + timedelta(days=10)
    with town.app.app_context():
        moves.escalate_overdue(case.id, By(actor=CLOCK, now=long_after))
        last = db.session.query(Referral).filter_by(obstacle_id=case.id).order_by(Referral.seq.desc()).first()
        assert last is not None
        assert last.cause is Cause.CLOCK


def test_an_answer_noted_for_the_commune_says_for_whom(town: Town) -> None:
    case = play(town, filed(town), (moves.claim, town.reviewer))
    case = play(town, case, (moves.request_information, town.reviewer, {"question": "متى؟"}))
    given = {"answer": "في شهر ماي", "channel": Channel.PHONE}
    play(town, case, (moves.answer, town.reviewer, given))
    with town.app.app_context():
        event = db.session.query(JournalEvent).filter_by(event=Event.INFORMATION_PROVIDED).one()
        assert (event.person_id, event.acting_for_id) == (town.reviewer.id, town.president.id)
        assert verify_journal().broken is None


def test_who_sits_at_both_ends_decides_nothing(town: Town) -> None:
    case = filed(town)
    assert refused(town, case, moves.claim, town.president) == "no_mandate"
    with pytest.raises((WrongInput, TransitionNotAllowed, NotAllowed)):
        move(town.app, moves.assign, case, town.coordinator, now=MONDAY, assignee=town.president.id)
