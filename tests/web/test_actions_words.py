"""What the page of a move says before its button: what will follow and by when, at each level; and who is held back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from escalation.domain.codes import Action, Ground, Language, Office, Outcome
from escalation.extensions import db
from escalation.labels import day_text
from escalation.models.obstacles import Obstacle
from escalation.models.people import Mandate
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.services.case import moves
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, PROVINCE, SINCE, Filed, Town, add_person, end_mandates, move, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of, main_of, parse, words_of
from tests.web.cases import CASES, REASON, SOLUTION, TODAY, address, sent
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

Day = Callable[[Dossier], Any]


def working(days: str) -> Day:
    """Return the day that lies a setting's working days ahead."""
    return lambda dossier: dossier.calendar.add_working_days(dossier.today, getattr(dossier.settings, days))


def calendar_days(days: str) -> Day:
    """Return the day that lies a setting's days ahead."""
    return lambda dossier: dossier.today + timedelta(days=getattr(dossier.settings, days))


def due(dossier: Dossier) -> Any:
    """Return the deadline of the present desk."""
    return dossier.referral.due_on if dossier.referral else None


class Saying(NamedTuple):
    """What is said on the page of a move: on which case, to whom, and the day it names."""

    case: str
    name: str
    action: Action
    words: str
    day: Day | None


SAID = [
    Saying("filed", "reviewer", Action.CLAIM, "You will have the case", due),
    Saying("filed", "coordinator", Action.ASSIGN, "The member you choose", due),
    Saying("in_review", "reviewer", Action.RELEASE, "Nobody will have the case", due),
    Saying(
        "in_review",
        "reviewer",
        Action.REQUEST_INFORMATION,
        "Its answer is awaited until",
        working("question_wait_days"),
    ),
    Saying("asked", "president", Action.ANSWER, "as soon as you answer", working("province_answer_days")),
    Saying("asked", "reviewer", Action.ANSWER, "your desk takes it up again", working("province_answer_days")),
    Saying("in_review", "reviewer", Action.REFER_OUT, "at the latest", working("outside_wait_days")),
    Saying("referred", "reviewer", Action.REFER_OUT, "given more time, once", None),
    Saying("referred", "reviewer", Action.RECORD_REPLY, "the last reply awaited", working("province_answer_days")),
    Saying("referred", "reviewer", Action.RESUME, "can still be recorded", working("province_answer_days")),
    Saying("in_review", "reviewer", Action.ESCALATE, "your desk goes on reading it", working("region_answer_days")),
    Saying("late", "president", Action.ESCALATE_OVERDUE, "time was over on", due),
    Saying("late", "president", Action.ESCALATE_OVERDUE, "goes on reading it", working("region_answer_days")),
    Saying("at_region", "chair", Action.SEND_BACK, "sent back once only", working("province_answer_days")),
    Saying("filed", "coordinator", Action.TRANSFER, "transferred once from here", None),
    Saying("in_review", "reviewer", Action.RESOLVE, "really gone on the ground", working("confirm_days")),
    Saying("resolved", "president", Action.CONFIRM, "opened again until", calendar_days("reopen_closed_days")),
    Saying("resolved", "president", Action.CONTEST, "once at each level", working("region_answer_days")),
    Saying("resolved_at_region", "president", Action.CONTEST, "next special meeting", working("region_answer_days")),
    Saying("in_review", "coordinator", Action.DECLINE, "ask the region to reconsider", working("appeal_days")),
    Saying("in_review_at_region", "chair", Action.DECLINE, "This is final", calendar_days("reopen_declined_days")),
    Saying("declined", "president", Action.APPEAL, "study it anew", working("region_answer_days")),
    Saying("filed", "president", Action.WITHDRAW, "opened again until", calendar_days("reopen_withdrawn_days")),
    Saying("closed", "president", Action.REOPEN, "It will be with", working("province_answer_days")),
    Saying("resolved", "coordinator", Action.REOPEN, "before the commune has confirmed", None),
]


def page_of(as_person: As, case: Filed, name: str, action: Action) -> str:
    """Return the words of the page of a move."""
    page = as_person(name).get(address(case, action))
    assert page.status_code == 200
    assert faults_of(page, "en") == []
    return words_of(main_of(parse(page.text)))


@pytest.mark.parametrize("saying", SAID, ids=lambda saying: f"{saying.case} {saying.action}")
def test_the_page_says_what_follows_and_by_when(town: Town, as_person: As, saying: Saying) -> None:
    case = CASES[saying.case](town)
    said = page_of(as_person, case, saying.name, saying.action)
    assert saying.words in said
    if saying.day is not None:
        with town.app.test_request_context("/?lang=en"), town.app.app_context():
            dossier = read_dossier(db.session.get_one(Obstacle, case.id), datetime.now(UTC))
            assert day_text(saying.day(dossier), Language.EN) in said


def test_what_is_presented_after_a_contest_says_that_it_cannot_be_contested_again(town: Town, as_person: As) -> None:
    case = CASES["resolved_at_region"](town)
    move(town.app, moves.contest, case, town.president, reason=REASON)
    case = move(town.app, moves.claim, case, town.member)
    assert "this time it can confirm or withdraw" in page_of(as_person, case, "member", Action.RESOLVE)
    given: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": SOLUTION}
    case = move(town.app, moves.resolve, case, town.member, **given)
    refused = as_person("president").get(address(case, Action.CONTEST))
    assert refused.status_code == 409
    assert "said this once already" in refused.text


def test_a_region_with_nobody_is_named_before_a_case_goes_there(town: Town, as_person: As) -> None:
    for person in (town.member, town.chair):
        end_mandates(town.app, person, TODAY - timedelta(days=1))
    case = CASES["in_review"](town)
    assert "regional secretary is told" in page_of(as_person, case, "reviewer", Action.ESCALATE)


def test_who_is_recused_is_told_why_and_keeps_what_was_typed(town: Town) -> None:
    case = CASES["filed"](town)
    with town.app.app_context():
        person = add_person("recused", Office.PROVINCE_COORDINATOR, PROVINCE)
        with transaction() as session:
            in_commune = {"office": Office.COMMUNE_DELEGATE, "place_code": COMMUNE}
            session.add(Mandate(person_id=person.id, starts_on=SINCE, created_at=datetime.now(UTC), **in_commune))
    visitor = sign_in(Visitor(town.app), person)
    assert visitor.get(f"{address(case, Action.ESCALATE)}?lang=en").status_code == 403
    answer = visitor.submit(address(case, Action.ESCALATE), sent(case, Action.ESCALATE))
    assert answer.status_code == 403
    assert "others at your desk decide on it" in answer.text
    assert REASON in words_of(main_of(parse(answer.text)))
    assert faults_of(answer, "en") == []


@pytest.mark.parametrize(("name", "status"), [("delegate", 403), ("reviewer", 404)])
def test_whose_mandate_ended_while_typing_keeps_what_was_typed(
    town: Town, as_person: As, name: str, status: int
) -> None:
    case = CASES["asked"](town)
    action = Action.WITHDRAW if name == "delegate" else Action.RESUME
    assert as_person(name).get(address(case, action)).status_code == 200
    end_mandates(town.app, getattr(town, name), TODAY - timedelta(days=1))
    answer = as_person(name).submit(address(case, action), sent(case, action))
    assert answer.status_code in (status, 404)
    assert REASON in words_of(main_of(parse(answer.text)))


def test_a_ground_is_said_in_the_story_with_its_reason(town: Town, as_person: As) -> None:
    given: dict[str, Any] = {"ground": Ground.OUTSIDE_SCOPE, "reason": "توجهوا إلى المحكمة الإدارية"}
    case = move(town.app, moves.decline, CASES["in_review"](town), town.coordinator, **given)
    shown = words_of(main_of(parse(as_person("president").get(address(case)).text)))
    assert "Outside this platform" in shown
    assert "المحكمة الإدارية" in shown


@pytest.mark.parametrize("point", CASES)
def test_the_page_of_a_move_asks_the_database_a_fixed_number_of_times(town: Town, as_person: As, point: str) -> None:
    case = CASES[point](town)
    for name in ("president", "coordinator", "chair"):
        visitor = as_person(name)
        visitor.get("/account")
        for action in Action:
            if action in (Action.FILE, Action.DISCARD):
                continue
            with counting_queries(engine_of(town.app)) as statements:
                visitor.get(address(case, action))
            assert len(statements) <= 26, (name, action, len(statements))
