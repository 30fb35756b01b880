"""Waiting for others: several at once, each with its date and its reply; extended once; ended by hand or by time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from escalation.domain.codes import Event, Level, PauseReason, Status
from escalation.domain.errors import MissingInput, NotAllowed, TransitionNotAllowed, WrongInput
from escalation.domain.policy import CLOCK
from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Pause
from escalation.queries.case.cases import read_dossier
from escalation.services.case import moves
from escalation.services.case.transitions import By
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row

pytestmark = pytest.mark.usefixtures("reference_data")

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
IN_A_WEEK, IN_TWO, IN_THREE = date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26)


def in_review(town: Town) -> Filed:
    """Return a case that the province's reviewer has."""
    filed = file_obstacle(town.app, town.president, now=MONDAY)
    return move(town.app, moves.claim, filed, town.reviewer, now=MONDAY)


def ask(town: Town, case: Filed, expected_on: date, *, now: datetime = MONDAY, **whom: object) -> Filed:
    """Let the reviewer approach somebody."""
    return move(
        town.app, moves.refer_out, case, town.reviewer, now=now, expected_on=expected_on, reason="للتوقيع", **whom
    )


def status(town: Town, case: Filed) -> Status:
    """Return where the case stands."""
    found: Status = obstacle_row(town.app, case)["status"]
    return found


def test_a_case_waits_for_the_last_of_several(town: Town) -> None:
    case = in_review(town)
    ask(town, case, IN_A_WEEK, session=Level.PROVINCE)
    ask(town, case, IN_TWO, body="ONEE")
    move(town.app, moves.record_reply, case, town.reviewer, now=MONDAY, approach=1, reply="أدرجت النقطة")
    assert status(town, case) is Status.REFERRED_OUT
    move(town.app, moves.record_reply, case, town.coordinator, now=MONDAY, approach=2, reply="تمت الموافقة")
    assert status(town, case) is Status.IN_REVIEW


def test_the_clock_stands_still_while_a_case_waits_outside(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, session=Level.REGION)
    with town.app.app_context():
        (pause,) = db.session.query(Pause).all()
        assert (pause.reason, pause.ended_at) == (PauseReason.OUTSIDE, None)
    move(town.app, moves.resume, case, town.reviewer, now=MONDAY + timedelta(days=2), reason="وصل الجواب شفويا")
    with town.app.app_context():
        assert db.session.query(Pause).one().ended_at is not None


def test_who_is_asked_again_before_replying_has_their_time_extended_once(town: Town) -> None:
    case = ask(town, in_review(town), IN_A_WEEK, body="ONEE")
    ask(town, case, IN_TWO, body="ONEE")
    with town.app.app_context():
        (approach,) = read_dossier(db.session.get_one(Obstacle, case.id), MONDAY).approaches
        assert (approach.expected_on, approach.was_extended) == (IN_TWO, True)
    with pytest.raises(WrongInput) as refused:
        ask(town, case, IN_THREE, body="ONEE")
    assert (refused.value.field, refused.value.reason) == ("expected_on", "extended_once")


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"body": "ONEE", "session": Level.PROVINCE, "expected_on": IN_TWO}, "body", "one_of_two"),
        ({"body": "NOBODY", "expected_on": IN_TWO}, "body", "unknown"),
        ({"body": "ONEE", "expected_on": date(2026, 10, 4)}, "expected_on", "in_the_past"),
        ({"body": "ONEE", "expected_on": date(2027, 3, 1)}, "expected_on", "too_far"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(
    town: Town, given: dict[str, object], field: str, reason: str
) -> None:
    case = in_review(town)
    with pytest.raises(WrongInput) as refused:
        move(town.app, moves.refer_out, case, town.reviewer, now=MONDAY, reason="للتوقيع", **given)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert status(town, case) is Status.IN_REVIEW


def test_nobody_named_is_missing(town: Town) -> None:
    case = in_review(town)
    with pytest.raises(MissingInput) as refused:
        move(town.app, moves.refer_out, case, town.reviewer, now=MONDAY, reason="للتوقيع", expected_on=IN_TWO)
    assert refused.value.fields == ("body",)


def test_asking_for_no_later_day_than_before_is_refused(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, body="ONEE")
    with pytest.raises(WrongInput) as refused:
        ask(town, case, IN_A_WEEK, body="ONEE")
    assert refused.value.reason == "asked_already"


def test_a_reply_that_comes_after_the_wait_ended_is_still_noted(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, body="ONEE")
    move(town.app, moves.resume, case, town.reviewer, now=MONDAY, reason="نواصل")
    move(town.app, moves.record_reply, case, town.reviewer, now=MONDAY, approach=1, reply="جواب متأخر")
    assert status(town, case) is Status.IN_REVIEW


def test_a_reply_comes_in_while_the_commune_is_asked(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, body="ONEE")
    move(town.app, moves.request_information, case, town.reviewer, now=MONDAY, question="ما رقم الرسم العقاري؟")
    answer_by = obstacle_row(town.app, case)["answer_by"]
    move(town.app, moves.record_reply, case, town.reviewer, now=MONDAY, approach=1, reply="موافق")
    row = obstacle_row(town.app, case)
    assert (row["status"], row["answer_by"]) == (Status.INFORMATION_REQUESTED, answer_by)


def test_a_reply_of_nobody_who_was_asked_is_refused(town: Town) -> None:
    case = in_review(town)
    with pytest.raises(TransitionNotAllowed) as refused:
        move(town.app, moves.record_reply, case, town.reviewer, now=MONDAY, approach=1, reply="؟")
    assert refused.value.reason == "nobody_was_asked"
    ask(town, case, IN_TWO, body="ONEE")
    with pytest.raises(WrongInput):
        move(town.app, moves.record_reply, case, town.reviewer, now=MONDAY, approach=2, reply="؟")


def test_the_clock_ends_a_wait_after_the_last_day_and_not_on_it(town: Town) -> None:
    case = ask(town, in_review(town), IN_A_WEEK, body="ONEE")
    ask(town, case, IN_TWO, session=Level.COMMUNE)
    with town.app.app_context():
        for early in (date(2026, 10, 13), IN_TWO):
            with pytest.raises(NotAllowed):
                moves.resume(case.id, By(actor=CLOCK, now=datetime(*early.timetuple()[:3], 12, tzinfo=UTC)), reason="-")
        moves.resume(case.id, By(actor=CLOCK, now=datetime(2026, 10, 20, 6, tzinfo=UTC)), reason="-")
    assert status(town, case) is Status.IN_REVIEW


def test_what_was_asked_below_is_answered_above(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, body="ONEE")
    move(town.app, moves.escalate, case, town.reviewer, now=MONDAY, reason="يتجاوز الإقليم")
    move(town.app, moves.claim, case, town.member, now=MONDAY)
    move(town.app, moves.record_reply, case, town.member, now=MONDAY, approach=1, reply="جواب المكتب")
    assert status(town, case) is Status.IN_REVIEW


def test_the_commune_is_told_until_when_its_case_waits(town: Town) -> None:
    case = ask(town, in_review(town), IN_TWO, session=Level.PROVINCE)
    with town.app.app_context():
        rows = db.session.execute(
            db.text("SELECT facts FROM outbox_messages WHERE event = :event AND channel = 'email'"),
            {"event": Event.OBSTACLE_REFERRED_OUT},
        ).scalars()
        facts = [str(row) for row in rows]
    assert facts
    assert all("2026-10-19" in row and "session" in row for row in facts), case
