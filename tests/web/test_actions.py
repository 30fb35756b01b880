"""The moves as pages: who gets the form, what it asks, what a stale or repeated sending is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Status
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.services.case import moves
from escalation.web.case.acts import ACTS
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row, sign_in
from tests.visitor import Visitor
from tests.web.audit import faults_of, parse, words_of
from tests.web.cases import (
    ANSWER,
    CASES,
    FIELDS,
    NEEDED,
    QUESTION,
    REASON,
    address,
    answers,
    asked,
    filed,
    in_review,
    resolved,
    sent,
)
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of


class Step(NamedTuple):
    """One move: the case it starts from, who makes it, and the status after it."""

    action: Action
    case: str
    name: str
    after: Status

    def __str__(self) -> str:
        return f"{self.name} {self.action}"


ROAD = [
    Step(Action.CLAIM, "filed", "reviewer", Status.IN_REVIEW),
    Step(Action.ASSIGN, "filed", "coordinator", Status.IN_REVIEW),
    Step(Action.RELEASE, "in_review", "reviewer", Status.FILED),
    Step(Action.ESCALATE, "in_review", "reviewer", Status.FILED),
    Step(Action.ESCALATE_OVERDUE, "late", "president", Status.FILED),
    Step(Action.SEND_BACK, "at_region", "chair", Status.FILED),
    Step(Action.TRANSFER, "filed", "coordinator", Status.FILED),
    Step(Action.REQUEST_INFORMATION, "in_review", "reviewer", Status.INFORMATION_REQUESTED),
    Step(Action.ANSWER, "asked", "president", Status.IN_REVIEW),
    Step(Action.ANSWER, "asked", "reviewer", Status.IN_REVIEW),
    Step(Action.REFER_OUT, "in_review", "reviewer", Status.REFERRED_OUT),
    Step(Action.RECORD_REPLY, "referred", "reviewer", Status.IN_REVIEW),
    Step(Action.RESUME, "referred", "reviewer", Status.IN_REVIEW),
    Step(Action.RESOLVE, "in_review", "coordinator", Status.RESOLVED),
    Step(Action.CONFIRM, "resolved", "delegate", Status.CLOSED),
    Step(Action.CONTEST, "resolved", "president", Status.FILED),
    Step(Action.DECLINE, "in_review", "coordinator", Status.DECLINED),
    Step(Action.APPEAL, "declined", "delegate", Status.FILED),
    Step(Action.WITHDRAW, "asked", "president", Status.WITHDRAWN),
    Step(Action.REOPEN, "declined", "coordinator", Status.FILED),
    Step(Action.REOPEN, "closed", "president", Status.FILED),
]
WRITTEN = [row for row in ROAD if row.action in NEEDED]
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def events(town: Town, case: Filed) -> int:
    """Return how many events a case has."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).where(JournalEvent.obstacle_id == case.id)) or 0


def test_every_move_that_has_a_page_is_tried_here() -> None:
    assert {row.action for row in ROAD} == set(ACTS) == set(FIELDS)


@pytest.mark.parametrize("step", ROAD, ids=str)
def test_a_move_is_made_from_its_page(town: Town, as_person: As, step: Step) -> None:
    action, after = step.action, step.after
    obstacle, visitor = CASES[step.case](town), as_person(step.name)
    page = visitor.get(address(obstacle, action))
    assert page.status_code == 200
    assert faults_of(page, "en") == []
    assert next(parse(page.text).iter("main")).get("data-status") == obstacle_row(town.app, obstacle)["status"]
    given = fields_of(page.text) | answers(town, obstacle, action)
    answer = visitor.submit(address(obstacle, action), given)
    assert (answer.status_code, answer.location) == (303, address(obstacle))
    assert obstacle_row(town.app, obstacle)["status"] == after
    shown = visitor.get(answer.location)
    assert "Done:" in shown.text
    assert faults_of(shown, "en") == []


@pytest.mark.parametrize("step", WRITTEN, ids=str)
@on_sqlite
def test_what_is_missing_is_named_and_the_rest_stays(town: Town, as_person: As, step: Step) -> None:
    action, name = step.action, step.name
    obstacle, visitor = CASES[step.case](town), as_person(step.name)
    before, whole = obstacle_row(town.app, obstacle), answers(town, obstacle, action)
    for missing in NEEDED[action]:
        for nothing in ("", " \n\u00a0 ", None):
            given = sent(obstacle, action) | whole | {missing: nothing}
            answer = visitor.submit(address(obstacle, action), {k: v for k, v in given.items() if v is not None})
            assert answer.status_code == 422
            assert faults_of(answer, "en") == []
            assert [target.removesuffix("-0") for target in errors_of(answer.text)] == [missing]
            kept = fields_of(answer.text)
            others = set(whole) - {missing} - ({"channel"} if name == "president" else set())
            assert {field: kept.get(field) for field in others} == {field: whole[field] for field in others}
    assert obstacle_row(town.app, obstacle) == before


def commitment(**given: str) -> dict[str, str]:
    """Return a solution that is a promise."""
    promised = (local_day(datetime.now(UTC)) + timedelta(days=20)).isoformat()
    whole = {"outcome": "commitment", "resolution": "التزام", "commitment_who": "المكتب", "commitment_what": "التوقيع"}
    return whole | {"commitment_by": promised} | given


@on_sqlite
@pytest.mark.parametrize("part", ["commitment_who", "commitment_what", "commitment_by"])
def test_a_commitment_says_who_what_and_by_when(town: Town, as_person: As, part: str) -> None:
    case = in_review(town)
    answer = as_person("reviewer").submit(
        address(case, Action.RESOLVE), sent(case, Action.RESOLVE, **commitment(**{part: " "}))
    )
    assert (answer.status_code, list(errors_of(answer.text))) == (422, [part])
    assert faults_of(answer, "en") == []


@on_sqlite
def test_a_commitment_is_for_a_day_to_come_and_ignored_for_another_outcome(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    page = address(case, Action.RESOLVE)
    too_far = commitment(commitment_by="2106-07-01")
    answer = as_person("reviewer").submit(address(case, Action.RESOLVE), sent(case, Action.RESOLVE, **too_far))
    assert (answer.status_code, list(errors_of(answer.text))) == (422, ["commitment_by"])
    past = commitment(commitment_by="2020-01-01")
    answer = reviewer.submit(page, sent(case, Action.RESOLVE, **past))
    assert (answer.status_code, list(errors_of(answer.text))) == (422, ["commitment_by"])
    assert reviewer.submit(page, sent(case, Action.RESOLVE, **past | {"outcome": "removed"})).status_code == 303
    assert obstacle_row(town.app, case)["commitment_by"] is None


@pytest.mark.parametrize("step", WRITTEN, ids=str)
@on_sqlite
def test_a_stale_page_is_told_what_changed_and_keeps_the_text(town: Town, as_person: As, step: Step) -> None:
    action, after = step.action, step.after
    obstacle, visitor = CASES[step.case](town), as_person(step.name)
    whole = answers(town, obstacle, action)
    stale = sent(obstacle, action) | whole | {"version": str(obstacle.version - 1)}
    answer = visitor.submit(address(obstacle, action), stale)
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "The case changed while you were writing" in answer.text
    kept = fields_of(answer.text)
    written = NEEDED[action][-1]
    assert kept[written] == whole[written]
    assert visitor.submit(address(obstacle, action), kept).status_code == 303
    assert obstacle_row(town.app, obstacle)["status"] == after


@on_sqlite
def test_what_became_impossible_meanwhile_says_so_and_keeps_the_text(town: Town, as_person: As) -> None:
    case = in_review(town)
    page = sent(case, Action.ESCALATE)
    move(town.app, moves.withdraw, case, town.president, reason="انتهى")
    answer = as_person("reviewer").submit(address(case, Action.ESCALATE), page)
    assert answer.status_code == 409
    assert "no longer possible" in answer.text
    assert fields_of(answer.text)["reason"] == REASON
    assert "<button" not in answer.text.split("<main")[1]


@pytest.mark.parametrize("step", ROAD, ids=str)
def test_the_same_form_sent_twice_acts_once(town: Town, as_person: As, step: Step) -> None:
    action = step.action
    obstacle, visitor = CASES[step.case](town), as_person(step.name)
    before = events(town, obstacle)
    given = sent(obstacle, action) | answers(town, obstacle, action)
    first, second = (visitor.submit(address(obstacle, action), given) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, address(obstacle))
    assert events(town, obstacle) == before + 1


@on_sqlite
def test_a_key_works_without_a_version_too(town: Town, as_person: As) -> None:
    case = filed(town)
    for _ in range(2):
        assert as_person("reviewer").submit(address(case, Action.CLAIM), {"idempotency_key": "k"}).status_code == 303
    assert events(town, case) == 2


@pytest.mark.parametrize("step", WRITTEN, ids=str)
@on_sqlite
def test_the_same_key_with_other_words_is_shown_both(town: Town, as_person: As, step: Step) -> None:
    action = step.action
    obstacle, visitor = CASES[step.case](town), as_person(step.name)
    visitor.submit(address(obstacle, action), sent(obstacle, action) | answers(town, obstacle, action))
    before = events(town, obstacle)
    written = NEEDED[action][-1]
    other = str(town.coordinator.id) if written == "assignee" else "كلمات أخرى"
    given = sent(obstacle, action) | answers(town, obstacle, action) | {written: other}
    answer = visitor.submit(address(obstacle, action), given)
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "already sent with other words" in answer.text
    assert fields_of(answer.text)[written] == other
    assert events(town, obstacle) == before


def test_two_members_who_claim_at_once_are_one_holder(town: Town, as_person: As) -> None:
    case = filed(town)

    def claim(name: str) -> int:
        visitor = sign_in(Visitor(town.app), getattr(town, name))
        return visitor.submit(address(case, Action.CLAIM), sent(case, Action.CLAIM, key=name)).status_code

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(claim, ["reviewer", "coordinator"]))
    assert statuses == [303, 409]
    assert events(town, case) == 2


@on_sqlite
def test_the_open_question_stands_on_the_page_of_its_answer(town: Town, as_person: As) -> None:
    case = asked(town)
    page = as_person("president").get(address(case, Action.ANSWER))
    assert QUESTION in words_of(next(parse(page.text).iter("main")))


@on_sqlite
def test_a_commune_cannot_pretend_to_have_telephoned(town: Town, as_person: As) -> None:
    case = asked(town)
    as_person("president").submit(address(case, Action.ANSWER), sent(case, Action.ANSWER, channel="phone"))
    shown = as_person("president").get(address(case)).text
    assert ANSWER in shown
    with town.app.app_context():
        last = db.session.scalars(select(JournalEvent).order_by(JournalEvent.id.desc())).first()
        assert last is not None
        assert '"channel":"web"' in last.canonical.replace(" ", "")


@on_sqlite
def test_texts_of_a_move_are_kept_as_text(town: Town, as_person: As) -> None:
    hostile = "<script>x</script>\u202e\x00'\"{{7*7}}\r\nسطر"
    case = in_review(town)
    sent_now = sent(case, Action.ESCALATE, reason=hostile)
    assert as_person("reviewer").submit(address(case, Action.ESCALATE), sent_now).status_code == 303
    page = as_person("president").get(address(case))
    assert faults_of(page, "en") == []
    written = [element for element in parse(page.text).iter("bdi") if element.get("class") == "written"]
    assert "<script>x</script>\u202e'\"{{7*7}}\nسطر" in [element.text for element in written]


@on_sqlite
@pytest.mark.parametrize(
    "name", ["file", "discard", "Claim", "claim-", "refer_out", "record_reply", "escalate-overdue-", "receipt/x"]
)
def test_a_move_without_a_page_has_no_address(town: Town, as_person: As, name: str) -> None:
    case = filed(town)
    for visitor in (as_person("coordinator"), as_person("president")):
        assert visitor.get(f"{address(case)}/{name}").status_code == 404
        assert visitor.submit(f"{address(case)}/{name}").status_code == 404


@on_sqlite
def test_extra_fields_change_nothing(town: Town, as_person: As) -> None:
    case = in_review(town)
    extra = {
        "status": "closed",
        "assignee_id": str(town.admin.id),
        "level": "region",
        "desk_code": "01",
        "commune_code": "x",
    }
    assert (
        as_person("reviewer").submit(address(case, Action.RESOLVE), sent(case, Action.RESOLVE, **extra)).status_code
        == 303
    )
    row: dict[str, Any] = obstacle_row(town.app, case)
    assert (row["status"], row["level"], row["desk_code"]) == (Status.RESOLVED, "province", "03.531")
    assert row["assignee_id"] == town.reviewer.id


@on_sqlite
def test_a_confirmation_is_the_commune_s(town: Town, as_person: As) -> None:
    case = resolved(town)
    given = sent(case, Action.CONFIRM, confirmed_by="silence")
    assert as_person("president").submit(address(case, Action.CONFIRM), given).status_code == 303
    assert obstacle_row(town.app, case)["confirmed_by"] == "commune"


@on_sqlite
def test_one_reference_does_not_open_another(town: Town, as_person: As) -> None:
    own = filed(town)
    other = file_obstacle(town.app, town.president3, commune="03.561.03.01")
    given = sent(own, Action.WITHDRAW, obstacle_id=str(other.id), reference=str(other.reference))
    assert as_person("president").submit(address(own, Action.WITHDRAW), given).status_code == 303
    assert obstacle_row(town.app, other)["status"] == Status.FILED
    assert as_person("president").submit(address(other, Action.WITHDRAW), given).status_code == 404
