"""A move may be taken back for some seconds from the next page; what is too late, another's or overtaken is told so."""

import re
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import Action, MessageStatus, Status
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.settings import Setting
from escalation.models.unfinished import UndoStep
from escalation.services.case import moves
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, move, obstacle_row
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse, words_of
from tests.web.cases import CASES, REASON, address, answers, filed, in_review, sent
from tests.web.conftest import As
from tests.web.forms import fields_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

BY: dict[Action, tuple[str, str]] = {
    Action.CLAIM: ("filed", "reviewer"),
    Action.TRANSFER: ("filed", "coordinator"),
    Action.REFER_OUT: ("in_review", "reviewer"),
    Action.RECORD_REPLY: ("referred", "reviewer"),
    Action.RESOLVE: ("in_review", "reviewer"),
    Action.CONTEST: ("resolved", "president"),
    Action.WITHDRAW: ("filed", "president"),
}


def undo_of(case: Filed) -> str:
    return f"{address(case)}/undo"


def made(town: Town, visitor: Visitor, case: Filed, action: Action) -> str:
    """Make a move from its page, and return the page after it."""
    given = sent(case, action) | answers(town, case, action)
    answer = visitor.submit(address(case, action), given)
    assert answer.status_code == 303
    page = visitor.get(str(answer.location))
    assert faults_of(page, "en") == []
    return page.text


def toast_of(page: str) -> Element | None:
    """Return the offer to undo of a page."""
    return next((one for one in find_all(parse(page), "aside") if "data-undo" in one.attrib), None)


def state(town: Town, case: Filed) -> dict[str, object]:
    """Return where a case stands, whatever its history."""
    row = obstacle_row(town.app, case)
    return {name: row[name] for name in row if name not in ("version", "changed_at", "journal_seq", "journal_hash")}


@pytest.mark.parametrize("action", BY)
def test_what_was_done_is_undone_by_the_button_of_the_next_page(town: Town, as_person: As, action: Action) -> None:
    point, name = BY[action]
    case, visitor = CASES[point](town), as_person(name)
    before = state(town, case)
    toast = toast_of(made(town, visitor, case, action))
    assert toast is not None
    assert 1 <= int(str(toast.get("data-seconds"))) <= 10
    assert str(case.reference) in words_of(toast)
    form = next(toast.iter("form"))
    assert (form.get("method"), form.get("action")) == ("post", undo_of(case))
    answer = visitor.submit(undo_of(case))
    assert (answer.status_code, answer.location) == (303, address(case))
    assert state(town, case) == before
    page = visitor.get(address(case))
    assert "Undone: " in page.text
    assert faults_of(page, "en") == []
    assert toast_of(page.text) is None
    with town.app.app_context():
        last = select(OutboxMessage.status).order_by(OutboxMessage.id.desc()).limit(1)
        assert db.session.scalar(last) == MessageStatus.SKIPPED


def test_the_offer_stands_after_the_page_s_own_content_and_is_within_a_tab_of_its_start(
    town: Town, as_person: As
) -> None:
    page = made(town, as_person("reviewer"), filed(town), Action.CLAIM)
    tree = parse(page)
    everything = list(tree.iter())
    toast = next(one for one in find_all(tree, "aside") if "data-undo" in one.attrib)
    assert everything.index(toast) > everything.index(main_of(tree))
    assert toast not in list(main_of(tree).iter())
    second = find_all(tree, "a")[1]
    assert second.get("href") == f"#{toast.get('id')}"
    assert any(one.get("aria-live") == "polite" for one in toast.iter())


def test_the_offer_is_made_once_and_only_to_who_acted(town: Town, as_person: As) -> None:
    case = filed(town)
    assert toast_of(made(town, as_person("reviewer"), case, Action.CLAIM)) is not None
    assert toast_of(as_person("reviewer").get(address(case)).text) is None
    assert toast_of(as_person("coordinator").get(address(case)).text) is None


def test_an_offer_that_comes_too_late_is_not_made(town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch) -> None:
    case, visitor = filed(town), as_person("reviewer")
    visitor.submit(address(case, Action.CLAIM), sent(case, Action.CLAIM))
    with town.app.app_context():
        later = datetime.now(UTC).replace(year=2099)
    monkeypatch.setattr("escalation.web.case.undo.request_time", lambda: later)
    assert toast_of(visitor.get("/account").text) is None


def test_a_late_click_is_told_so_and_changes_nothing(town: Town, as_person: As) -> None:
    case, visitor = filed(town), as_person("reviewer")
    made(town, visitor, case, Action.CLAIM)
    with town.app.app_context(), transaction() as session:
        session.execute(update(UndoStep).values(until_ms=0))
    refusal(visitor, case, 409, "The time to undo it is over")
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW


def test_a_click_after_something_else_happened_is_told_so(town: Town, as_person: As) -> None:
    case, visitor = filed(town), as_person("reviewer")
    made(town, visitor, case, Action.CLAIM)
    move(town.app, moves.withdraw, case, town.president, reason=REASON)
    refusal(visitor, case, 409, "Something else has happened")
    assert obstacle_row(town.app, case)["status"] == Status.WITHDRAWN


@pytest.mark.parametrize(("name", "status"), [("coordinator", 403), ("president", 403), ("stranger", 404)])
def test_another_cannot_undo_it(town: Town, as_person: As, name: str, status: int) -> None:
    case = filed(town)
    made(town, as_person("reviewer"), case, Action.CLAIM)
    if status == 403:
        refusal(as_person(name), case, 403, "nothing here that you can undo")
    else:
        assert as_person(name).submit(undo_of(case)).status_code == 404
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW


def test_what_was_undone_is_not_undone_again_and_may_be_done_again_by_the_same_form(town: Town, as_person: As) -> None:
    case, visitor = in_review(town), as_person("reviewer")
    made(town, visitor, case, Action.RESOLVE)
    assert visitor.submit(undo_of(case)).status_code == 303
    refusal(visitor, case, 403, "nothing here that you can undo")
    form = fields_of(visitor.get(address(case, Action.RESOLVE)).text)
    given = sent(case, Action.RESOLVE, version=form["version"])
    assert visitor.submit(address(case, Action.RESOLVE), given).status_code == 303
    assert obstacle_row(town.app, case)["status"] == Status.RESOLVED


@pytest.mark.parametrize("action", [Action.REFER_OUT, Action.RESOLVE, Action.TRANSFER, Action.CONTEST])
def test_what_was_typed_stands_in_the_form_of_what_was_undone_and_in_nobody_else_s(
    town: Town, as_person: As, action: Action
) -> None:
    point, name = BY[action]
    case, visitor = CASES[point](town), as_person(name)
    made(town, visitor, case, action)
    visitor.submit(undo_of(case))
    page = visitor.get(address(case, action))
    assert faults_of(page, "en") == []
    assert "It was not sent, or it was taken back" in page.text
    typed = {name: value for name, value in answers(town, case, action).items() if value}
    assert fields_of(page.text).items() >= typed.items()
    other = as_person("delegate" if name == "president" else "coordinator")
    if name != "coordinator":
        assert not fields_of(other.get(address(case, action)).text).items() >= typed.items()
    sent_again = fields_of(page.text) | answers(town, case, action)
    assert visitor.submit(address(case, action), sent_again).status_code == 303
    assert "taken back" not in visitor.get(address(case, action)).text


def test_what_was_begun_meanwhile_in_the_form_is_not_written_over_by_undoing(town: Town, as_person: As) -> None:
    case, visitor = in_review(town), as_person("reviewer")
    made(town, visitor, case, Action.REFER_OUT)
    begun = sent(case, Action.REFER_OUT) | {"reason": "كلام آخر", "idempotency_key": "another", "do": "keep"}
    assert visitor.submit(address(case, Action.REFER_OUT), begun).status_code == 200
    visitor.submit(undo_of(case))
    assert fields_of(visitor.get(address(case, Action.REFER_OUT)).text)["reason"] == "كلام آخر"


def test_where_nothing_can_be_undone_nothing_is_offered_and_nothing_waits(town: Town, as_person: As) -> None:
    with town.app.app_context(), transaction() as session:
        now = datetime.now(UTC)
        session.add(Setting(key="undo_seconds", value=0, effective_on=now.date(), created_at=now))
    case, visitor = filed(town), as_person("reviewer")
    assert toast_of(made(town, visitor, case, Action.CLAIM)) is None
    refusal(visitor, case, 403, "nothing here that you can undo")


def refusal(visitor: Visitor, case: Filed, status: int, words: str) -> None:
    """Try to undo, and be told why not on a page that leads back to the case."""
    answer = visitor.submit(undo_of(case))
    assert answer.status_code == status
    assert faults_of(answer, "en") == []
    main = main_of(parse(answer.text))
    assert words in words_of(main)
    assert address(case) in [link.get("href") for link in find_all(main, "a")]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_offer_and_its_refusal_are_said_in_each_language(town: Town, as_person: As, language: str) -> None:
    case, visitor = filed(town), as_person("reviewer")
    visitor.get(f"/account?lang={language}")
    visitor.submit(address(case, Action.CLAIM), sent(case, Action.CLAIM))
    page = visitor.get(address(case))
    assert faults_of(page, language) == []
    toast = toast_of(page.text)
    assert toast is not None
    said = [str(one.get("data-undo-said")) for one in toast.iter() if "data-undo-said" in one.attrib]
    assert [re.findall(r"\{n\}", words) for words in said] == [["{n}"]]
