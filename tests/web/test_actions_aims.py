"""The moves that are aimed at something: what their lists offer, and what is said of an aim that cannot stand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from escalation.domain.codes import Action, Level, Office, Status
from escalation.extensions import db
from escalation.models.obstacles import Approach
from escalation.models.people import Mandate
from escalation.services.case import moves
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    OTHER_PROVINCE,
    OTHER_REGION,
    PROVINCE,
    REGION,
    SINCE,
    Filed,
    Inhabitant,
    Town,
    add_person,
    end_mandates,
    file_obstacle,
    move,
    obstacle_row,
    sign_in,
)
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse, words_of
from tests.web.cases import (
    BODY,
    OTHER_BODY,
    REASON,
    REPLY,
    SOON,
    TODAY,
    address,
    asked,
    at_region,
    declined,
    filed,
    in_review,
    in_review_at_region,
    referred,
    sent,
)
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def options(page: str, name: str) -> dict[str, str]:
    """Return what a list of the page offers: the words, by what is sent; what cannot be chosen is left out."""
    select = next(one for one in find_all(main_of(parse(page)), "select") if one.get("name") == name)
    offered = [one for one in select.iter("option") if "disabled" not in one.attrib]
    return {str(one.get("value")): words_of(one) for one in offered}


def refused(town: Town, as_person: As, name: str, case: Filed, action: Action, **given: str) -> dict[str, str]:
    """Send a form that cannot stand; return what is said, by question, once nothing was lost and nothing happened."""
    before = obstacle_row(town.app, case)
    whole = sent(case, action, key=str(uuid4()), **given)
    answer = as_person(name).submit(address(case, action), whole)
    assert answer.status_code == 422
    assert faults_of(answer, "en") == []
    kept = fields_of(answer.text)
    written = {"reason", "reply", "expected_on", "duplicate_of"} & set(whole)
    assert {one: kept[one] for one in written} == {one: whole[one] for one in written}
    assert obstacle_row(town.app, case) == before
    return {target.removesuffix("-0"): said for target, said in errors_of(answer.text).items()}


def asked_since(town: Town, case: Filed) -> list[tuple[int, str | None, Level | None, date, bool, bool]]:
    """Return those who were asked about a case: number, who, until when, whether given more time, whether replied."""
    with town.app.app_context():
        rows = db.session.query(Approach).filter_by(obstacle_id=case.id).order_by(Approach.number)
        return [
            (one.number, one.body_code, one.session, one.expected_on, one.was_extended, one.replied_seq is not None)
            for one in rows
        ]


def test_a_case_is_assigned_to_the_members_of_its_desk_each_with_what_they_have_in_hand(
    town: Town, as_person: As
) -> None:
    in_review(town)
    case = filed(town)
    page = as_person("coordinator").get(address(case, Action.ASSIGN))
    offered = options(page.text, "assignee")
    assert set(offered) == {"", str(town.reviewer.id), str(town.coordinator.id)}
    assert "1 open case" in offered[str(town.reviewer.id)]
    assert "0 open cases" in offered[str(town.coordinator.id)]
    case = in_review(town)
    page = as_person("coordinator").get(address(case, Action.ASSIGN))
    assert "has the case now" in options(page.text, "assignee")[str(town.reviewer.id)]


@pytest.mark.parametrize("name", ["member", "president", "nobody", "reviewer3"])
def test_a_case_is_assigned_to_nobody_from_elsewhere(town: Town, as_person: As, name: str) -> None:
    somebody: Inhabitant = getattr(town, name)
    said = refused(town, as_person, "coordinator", filed(town), Action.ASSIGN, assignee=str(somebody.id))
    assert list(said) == ["assignee"]
    assert "sits at this desk" in said["assignee"]


@pytest.mark.parametrize("assignee", ["99999999999999999999", "-1", "1.5", "x", "٣٣٣٣", "1\u0000"])
def test_what_is_no_number_of_a_person_is_refused_on_its_question(town: Town, as_person: As, assignee: str) -> None:
    end_mandates(town.app, town.president, TODAY)
    assert list(refused(town, as_person, "coordinator", filed_by(town), Action.ASSIGN, assignee=assignee)) == [
        "assignee"
    ]


def filed_by(town: Town) -> Filed:
    return file_obstacle(town.app, town.delegate)


def test_a_member_whose_mandate_ended_or_who_is_recused_is_neither_offered_nor_taken(town: Town, as_person: As) -> None:
    case = filed(town)
    end_mandates(town.app, town.reviewer, TODAY - timedelta(days=1))
    with town.app.app_context():
        recused = add_person("recused", Office.PROVINCE_REVIEWER, PROVINCE)
        with transaction() as session:
            in_commune = {"office": Office.COMMUNE_DELEGATE, "place_code": COMMUNE}
            session.add(Mandate(person_id=recused.id, starts_on=SINCE, created_at=datetime.now(UTC), **in_commune))
    offered = options(as_person("coordinator").get(address(case, Action.ASSIGN)).text, "assignee")
    assert set(offered) == {"", str(town.coordinator.id)}
    for gone in (town.reviewer, recused):
        assert list(refused(town, as_person, "coordinator", case, Action.ASSIGN, assignee=str(gone.id))) == ["assignee"]


def test_the_page_of_an_assignment_asks_as_much_for_two_members_as_for_ten(town: Town, as_person: As) -> None:
    case, visitor = filed(town), as_person("coordinator")
    counts = []
    for more in (0, 8):
        with town.app.app_context():
            for number in range(more):
                add_person(f"colleague{number}", Office.PROVINCE_REVIEWER, PROVINCE)
        with counting_queries(engine_of(town.app)) as statements:
            page = visitor.get(address(case, Action.ASSIGN))
        counts.append(len(statements))
    assert len(options(page.text, "assignee")) == 11
    assert counts[0] == counts[1] <= 24


def test_a_transfer_is_offered_to_the_desks_that_the_table_allows_and_that_have_somebody(
    town: Town, as_person: As
) -> None:
    from_province = as_person("coordinator").get(address(filed(town), Action.TRANSFER))
    assert set(options(from_province.text, "target")) == {"", REGION, OTHER_PROVINCE}
    assert "nobody there now" in from_province.text, "the desks of other provinces are named"
    from_region = as_person("chair").get(address(at_region(town), Action.TRANSFER))
    assert set(options(from_region.text, "target")) == {"", OTHER_PROVINCE}
    assert faults_of(from_region, "en") == []


@pytest.mark.parametrize("target", [PROVINCE, OTHER_REGION, COMMUNE, "x", "03.531\u0000", "9" * 500])
def test_a_desk_that_is_none_is_refused_on_its_question(town: Town, as_person: As, target: str) -> None:
    said = refused(town, as_person, "coordinator", filed(town), Action.TRANSFER, target=target)
    assert list(said) == ["target"]


def test_a_transfer_to_a_desk_with_nobody_says_so_and_keeps_what_was_typed(town: Town, as_person: As) -> None:
    case = filed(town)
    end_mandates(town.app, town.reviewer3, TODAY - timedelta(days=1))
    answer = as_person("coordinator").submit(address(case, Action.TRANSFER), sent(case, Action.TRANSFER))
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "has nobody now" in answer.text
    kept = fields_of(answer.text)
    assert kept["reason"] == REASON
    again = as_person("coordinator").submit(address(case, Action.TRANSFER), kept | {"target": REGION})
    assert again.status_code == 303
    assert obstacle_row(town.app, case)["level"] == "region"


def test_a_second_transfer_from_a_province_says_who_may_make_it(town: Town, as_person: As) -> None:
    case = move(town.app, moves.transfer, at_region(town), town.chair, target=OTHER_PROVINCE, reason=REASON)
    with town.app.app_context():
        lead = add_person("lead3", Office.PROVINCE_COORDINATOR, OTHER_PROVINCE)
    assert as_person("reviewer3").get(address(case, Action.TRANSFER)).status_code == 403
    page = sign_in(Visitor(town.app), lead).get(f"{address(case, Action.TRANSFER)}?lang=en")
    assert page.status_code == 409
    assert "transferred once already" in page.text
    assert faults_of(page, "en") == []


def test_bodies_usual_for_the_type_come_first_and_councils_are_named_by_their_kind(town: Town, as_person: As) -> None:
    page = as_person("reviewer").get(address(in_review(town), Action.REFER_OUT))
    groups = [one.get("label") for one in find_all(main_of(parse(page.text)), "optgroup")]
    assert groups == ["Usual for this obstacle", "Other bodies"]
    assert options(page.text, "session")["province"] == "Session of the province council"
    day = next(one for one in find_all(main_of(parse(page.text)), "input") if one.get("name") == "expected_on")
    assert day.get("type") == "date"
    assert day.get("min") == TODAY.isoformat()
    assert TODAY + timedelta(days=60) < date.fromisoformat(str(day.get("max"))) < TODAY + timedelta(days=120)


@pytest.mark.parametrize(
    ("given", "question", "words"),
    [
        ({"body": ""}, "body", "one of the two"),
        ({"session": "region"}, "body", "one of the two"),
        ({"body": "NOT_A_BODY"}, "body", "one of the list"),
        ({"body": "", "session": "kingdom"}, "session", "one of the list"),
        ({"expected_on": (TODAY - timedelta(days=1)).isoformat()}, "expected_on", "has passed"),
        ({"expected_on": (TODAY + timedelta(days=200)).isoformat()}, "expected_on", "too far"),
        ({"expected_on": "next week"}, "expected_on", "Write a day"),
    ],
)
def test_who_is_asked_and_until_when_is_held_to_the_rules(
    town: Town, as_person: As, given: dict[str, str], question: str, words: str
) -> None:
    said = refused(town, as_person, "reviewer", in_review(town), Action.REFER_OUT, **given)
    assert words in said[question]
    assert set(said) <= {question, "body"}


def test_a_session_is_awaited_like_a_body_and_several_at_once(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    page = address(case, Action.REFER_OUT)
    assert reviewer.submit(page, sent(case, Action.REFER_OUT)).status_code == 303
    second = fields_of(reviewer.get(page).text) | {"session": "region", "expected_on": SOON, "reason": REASON}
    assert reviewer.submit(page, second).status_code == 303
    expected = date.fromisoformat(SOON)
    assert asked_since(town, case) == [
        (1, BODY, None, expected, False, False),
        (2, None, Level.REGION, expected, False, False),
    ]
    shown = words_of(main_of(parse(reviewer.get(address(case)).text)))
    assert "Session of the region council: reply expected by" in shown


def test_who_was_asked_is_given_more_time_once_and_only_more(town: Town, as_person: As) -> None:
    case, reviewer = referred(town), as_person("reviewer")
    ask = {"body": OTHER_BODY}
    said = refused(town, as_person, "reviewer", case, Action.REFER_OUT, **ask)
    assert "later day" in said["expected_on"]
    later = {**ask, "expected_on": (TODAY + timedelta(days=30)).isoformat()}
    assert reviewer.submit(address(case, Action.REFER_OUT), sent(case, Action.REFER_OUT, **later)).status_code == 303
    assert asked_since(town, case) == [(1, OTHER_BODY, None, TODAY + timedelta(days=30), True, False)]
    case = Filed(case.id, case.reference, obstacle_row(town.app, case)["version"])
    latest = {**ask, "expected_on": (TODAY + timedelta(days=40)).isoformat()}
    said = refused(town, as_person, "reviewer", case, Action.REFER_OUT, **latest)
    assert "once already" in said["expected_on"]
    assert "given more time, until" in reviewer.get(address(case)).text


def test_the_only_one_who_was_asked_is_chosen_already(town: Town, as_person: As) -> None:
    case, reviewer = referred(town), as_person("reviewer")
    page = address(case, Action.RECORD_REPLY)
    form = fields_of(reviewer.get(page).text)
    assert form["approach"] == "1"
    assert reviewer.submit(page, form | {"reply": REPLY}).status_code == 303
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW
    refusal = reviewer.get(page)
    assert refusal.status_code == 409
    assert "Nobody outside is awaited" in refusal.text
    assert faults_of(refusal, "en") == []


def test_one_of_two_who_were_asked_must_be_chosen_and_the_other_goes_on_being_awaited(
    town: Town, as_person: As
) -> None:
    given: dict[str, Any] = {"session": Level.COMMUNE, "expected_on": date.fromisoformat(SOON), "reason": REASON}
    case, reviewer = move(town.app, moves.refer_out, referred(town), town.reviewer, **given), as_person("reviewer")
    page = address(case, Action.RECORD_REPLY)
    form = fields_of(reviewer.get(page).text)
    assert "approach" not in form
    assert list(refused(town, as_person, "reviewer", case, Action.RECORD_REPLY, approach="3")) == ["approach"]
    assert reviewer.submit(page, form | {"approach": "2", "reply": REPLY}).status_code == 303
    assert obstacle_row(town.app, case)["status"] == Status.REFERRED_OUT
    assert [one[-1] for one in asked_since(town, case)] == [False, True]
    assert REPLY in reviewer.get(address(case)).text


@pytest.mark.parametrize("action", [Action.RECORD_REPLY, Action.TRANSFER])
def test_a_form_whose_aim_is_gone_by_its_own_doing_acts_once(town: Town, as_person: As, action: Action) -> None:
    case, name = (referred(town), "reviewer") if action is Action.RECORD_REPLY else (filed(town), "coordinator")
    for _ in range(2):
        assert as_person(name).submit(address(case, action), sent(case, action)).status_code == 303
    assert obstacle_row(town.app, case)["version"] == case.version + 1


def test_a_case_like_another_names_it_and_only_one_that_its_reader_may_read(town: Town, as_person: As) -> None:
    case, earlier = in_review(town), filed(town)
    far = file_obstacle(town.app, town.president3, commune="03.561.03.01")
    duplicate = {"ground": "duplicate_of"}
    for reference in (str(far.reference), "OBS-2020-00001", "x", str(case.reference)):
        said = refused(town, as_person, "coordinator", case, Action.DECLINE, duplicate_of=reference, **duplicate)
        assert list(said) == ["duplicate_of"]
    typed = str(earlier.reference).lower().translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    given = sent(case, Action.DECLINE, duplicate_of=f" {typed} ", **duplicate)
    assert as_person("coordinator").submit(address(case, Action.DECLINE), given).status_code == 303
    shown = as_person("president").get(address(case)).text
    assert f"Already filed · \u2066{earlier.reference}\u2069" in shown


def test_another_ground_names_no_other_case(town: Town, as_person: As) -> None:
    case = in_review(town)
    given = sent(case, Action.DECLINE, ground="outside_scope", duplicate_of="OBS-2020-00001")
    assert as_person("coordinator").submit(address(case, Action.DECLINE), given).status_code == 303
    assert "OBS-2020-00001" not in as_person("coordinator").get(address(case)).text


def test_what_a_rule_forbids_is_said_in_words_with_all_that_was_typed(town: Town, as_person: As) -> None:
    appealed = move(town.app, moves.appeal, declined(town), town.president, reason=REASON)
    chair = as_person("chair")
    page = chair.get(address(appealed, Action.SEND_BACK))
    assert page.status_code == 409
    assert "it is not sent back" in page.text
    answer = chair.submit(address(appealed, Action.SEND_BACK), sent(appealed, Action.SEND_BACK))
    assert answer.status_code == 409
    assert "it is not sent back" in answer.text
    assert fields_of(answer.text)["reason"] == REASON
    assert faults_of(answer, "en") == faults_of(page, "en") == []


def test_a_late_case_only_is_sent_up_by_its_commune(town: Town, as_person: As) -> None:
    case = asked(town)
    answer = as_person("president").submit(address(case, Action.ESCALATE_OVERDUE), sent(case, Action.ESCALATE_OVERDUE))
    assert answer.status_code == 409
    assert "the case is not late" in answer.text
    region = in_review_at_region(town)
    page = as_person("president").get(address(region, Action.ESCALATE_OVERDUE))
    assert page.status_code in (403, 409)


@pytest.mark.parametrize("kind", ["resolve", "confirm"])
def test_what_proves_a_solution_is_kept_in_words(town: Town, as_person: As, kind: str) -> None:
    proof = "محضر رقم 7 بتاريخ 3 شتنبر"
    case = in_review(town)
    given = sent(case, Action.RESOLVE, evidence=proof if kind == "resolve" else "")
    as_person("reviewer").submit(address(case, Action.RESOLVE), given)
    if kind == "confirm":
        case = Filed(case.id, case.reference, case.version + 1)
        as_person("president").submit(address(case, Action.CONFIRM), sent(case, Action.CONFIRM, evidence=proof))
    assert proof in as_person("president").get(address(case)).text
