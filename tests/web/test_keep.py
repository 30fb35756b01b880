"""What is being typed saves itself, for those who may use the form, and comes back with its page on any device."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.unfinished import KeptForm
from tests.factories import Filed, Town, end_mandates, obstacle_row, save_draft, sign_in
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse
from tests.web.cases import QUESTION, REASON, asked, in_review, withdrawn
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, fields_of

NEW, INBOX = "/obstacles/new", "/inbox"
OURS = {"Sec-Fetch-Site": "same-origin", "X-Requested-With": "keep"}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def kept_rows(town: Town) -> list[KeptForm]:
    with town.app.app_context():
        return list(db.session.scalars(select(KeptForm)))


def count(town: Town, model: type) -> int:
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def keep(visitor: Visitor, path: str, **answers: Any) -> Any:
    return visitor.submit(path, answers | {"do": "keep"}, headers=OURS)


def escalate_at(case: Filed) -> str:
    return f"/obstacles/{case.reference}/escalate"


def keeper_of(page: str) -> str:
    """Return by what the page tells its reader from others."""
    lines = [element for element in parse(page).iter("p") if element.get("data-whose")]
    return str(lines[0].get("data-whose"))


def test_a_filing_saves_itself_as_a_draft_and_goes_on_there(town: Town, as_person: As) -> None:
    president = as_person("president")
    form = fields_of(president.get(NEW).text) | {"project_name": "مشروع", "description": "سطر أول"}
    told = keep(president, NEW, **form).json
    assert told["draft"] == f"/obstacles/drafts/{told['draft'].rsplit('/', 1)[1]}"
    assert told["version"] == 1
    assert told["said"].startswith("Saved at ")
    assert told["saved_at"]
    more = form | {"version": str(told["version"]), "description": "سطر أول\nوسطر ثان"}
    again = keep(president, told["draft"], **more).json
    assert (again["draft"], again["version"]) == (told["draft"], 2)
    elsewhere = sign_in(Visitor(town.app), town.president).get(told["draft"] + "?lang=en")
    assert faults_of(elsewhere, "en") == []
    assert fields_of(elsewhere.text)["description"] == "سطر أول\nوسطر ثان"
    assert count(town, Obstacle) == 1
    assert (count(town, JournalEvent), kept_rows(town)) == (0, [])
    done = president.submit(told["draft"], more | ALL_SIX | {"version": "2", "do": "file"})
    assert done.location.endswith("/receipt")


def test_what_no_draft_can_hold_comes_back_as_it_was_typed(town: Town, as_person: As) -> None:
    president = as_person("president")
    draft = save_draft(town.app, town.president, project_name="مشروع")
    path = f"/obstacles/drafts/{draft.id}"
    form = fields_of(president.get(path).text)
    half = {"blocked_since": "12/", "budget": "مليون و", "description": "مقروء", "needed_by": "1999-01-01"}
    told = keep(president, path, **form | half).json
    row = obstacle_row(town.app, draft)
    assert (row["description"], row["blocked_since"], row["budget_centimes"]) == ("مقروء", None, None)
    page = president.get(path)
    assert faults_of(page, "en") == []
    assert {name: fields_of(page.text)[name] for name in half} == half
    assert "stand as you typed them" in page.text
    whole = form | half | {"version": str(told["version"]), "blocked_since": "2026-03-02"}
    keep(president, path, **whole | {"budget": "1000", "needed_by": ""})
    assert kept_rows(town) == []
    assert fields_of(president.get(path).text)["blocked_since"] == "2026-03-02"


def test_an_empty_form_makes_no_draft(town: Town, as_person: As) -> None:
    president = as_person("president")
    told = keep(president, NEW, **fields_of(president.get(NEW).text)).json
    assert (told["draft"], told["version"]) == (None, None)
    assert count(town, Obstacle) == 0


@on_sqlite
def test_who_may_still_choose_the_commune_has_no_draft_yet(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    form = fields_of(staff.get(NEW).text) | {"project_name": "مشروع", "blocked_since": "12/", "description": "نص"}
    assert keep(staff, NEW, **form).json["draft"] is None
    assert count(town, Obstacle) == 0
    page = staff.get(NEW)
    assert faults_of(page, "en") == []
    assert {**fields_of(page.text), "idempotency_key": ""} == {**form, "idempotency_key": ""}
    assert "What you had typed on" in page.text
    afresh = staff.submit(NEW, {"do": "afresh"})
    assert (afresh.status_code, afresh.location) == (303, NEW)
    assert fields_of(staff.get(NEW).text)["project_name"] == ""


def test_the_form_of_a_move_is_kept_and_nothing_else_feels_it(town: Town, as_person: As) -> None:
    case = in_review(town)
    path, reviewer = escalate_at(case), as_person("reviewer")
    form = fields_of(reviewer.get(path).text)
    before, events, sent = obstacle_row(town.app, case), count(town, JournalEvent), count(town, Submission)
    told = keep(reviewer, path, **form | {"reason": REASON, "password": "x", "csrf": "y"}).json
    assert (told["draft"], told["version"]) == (None, None)
    assert obstacle_row(town.app, case) == before
    assert (count(town, JournalEvent), count(town, Submission)) == (events, sent)
    (row,) = kept_rows(town)
    assert (row.person_id, row.path, row.answers) == (town.reviewer.id, path, {"reason": [REASON]})
    page = sign_in(Visitor(town.app), town.reviewer).get(f"{path}?lang=en")
    assert faults_of(page, "en") == []
    assert fields_of(page.text)["reason"] == REASON
    assert "What you had typed on" in page.text
    assert REASON not in as_person("coordinator").get(path).text
    assert reviewer.submit(path, form | {"reason": "سبب نهائي"}).status_code == 303
    assert kept_rows(town) == []


def test_who_begins_afresh_finds_an_empty_form(town: Town, as_person: As) -> None:
    path, reviewer = escalate_at(in_review(town)), as_person("reviewer")
    keep(reviewer, path, reason=REASON)
    page = parse(reviewer.get(path).text)
    (button,) = [element for element in find_all(main_of(page), "button") if element.get("value") == "afresh"]
    (form,) = [element for element in find_all(main_of(page), "form") if element.get("id") == button.get("form")]
    afresh = reviewer.submit(str(form.get("action")), {"do": "afresh"})
    assert (afresh.status_code, afresh.location) == (303, path)
    assert "What you had typed on" not in reviewer.get(path).text
    assert kept_rows(town) == []


def test_the_page_of_a_stale_case_keeps_too(town: Town, as_person: As) -> None:
    case = in_review(town)
    reviewer = as_person("reviewer")
    form = fields_of(reviewer.get(escalate_at(case)).text)
    assert keep(reviewer, escalate_at(case), **form | {"version": "1", "reason": REASON}).status_code == 200
    assert len(kept_rows(town)) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("name", "status"),
    [("president", 403), ("president2", 404), ("reviewer3", 404), ("secretary", 403), ("admin", 404)],
)
def test_nothing_is_kept_for_who_may_not_use_the_form(town: Town, as_person: As, name: str, status: int) -> None:
    case = in_review(town)
    assert keep(as_person(name), escalate_at(case), reason=REASON).status_code == status
    assert kept_rows(town) == []
    if name != "president":
        draft = save_draft(town.app, town.president)
        refused = keep(as_person(name), f"/obstacles/drafts/{draft.id}", **ALL_SIX)
        assert refused.status_code in (403, 404, 409)
    assert kept_rows(town) == []


@on_sqlite
def test_a_move_that_is_no_longer_possible_is_not_kept(town: Town, as_person: As) -> None:
    assert keep(as_person("reviewer"), escalate_at(withdrawn(town)), reason=REASON).status_code == 409
    assert kept_rows(town) == []


@on_sqlite
def test_too_much_is_not_kept_and_said_so(town: Town, as_person: As) -> None:
    path = escalate_at(in_review(town))
    assert keep(as_person("reviewer"), path, reason="x" * 100_001).status_code == 413
    assert kept_rows(town) == []


@on_sqlite
def test_who_is_signed_out_is_told_to_sign_in_and_nothing_more(town: Town, as_person: As, client: Visitor) -> None:
    path = escalate_at(in_review(town))
    refused = keep(client, path, reason=REASON)
    assert (refused.status_code, refused.json) == (401, {})
    tokenless = client.post(path, data={"reason": REASON, "do": "keep", "keeper": "x"}, headers=OURS)
    assert (tokenless.status_code, tokenless.json) == (401, {})
    end_mandates(town.app, town.reviewer, date(2026, 1, 1))
    assert keep(as_person("reviewer"), path, reason=REASON).status_code == 404
    assert kept_rows(town) == []


@on_sqlite
def test_a_page_goes_on_with_a_new_token_after_signing_in_again(town: Town, as_person: As) -> None:
    path, reviewer = escalate_at(in_review(town)), as_person("reviewer")
    keeper = keeper_of(reviewer.get(path).text)
    sent = {"reason": REASON, "do": "keep", "keeper": keeper, "csrf_token": "of-the-session-before"}
    stale = reviewer.post(path, data=sent, headers=OURS)
    assert stale.status_code == 400
    assert stale.json is not None
    again = reviewer.post(path, data=sent | {"csrf_token": stale.json["token"]}, headers=OURS)
    assert again.status_code == 200
    assert len(kept_rows(town)) == 1
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {}):
        assert "token" not in (reviewer.post(path, data=sent, headers=headers).get_json(silent=True) or {})


@on_sqlite
def test_the_page_of_somebody_else_is_not_kept_for_who_signed_in_after_them(town: Town, as_person: As) -> None:
    path = escalate_at(in_review(town))
    keeper = keeper_of(as_person("reviewer").get(path).text)
    coordinator = as_person("coordinator")
    assert keeper_of(coordinator.get(path).text) != keeper
    assert keep(coordinator, path, reason=REASON, keeper=keeper).status_code == 401
    sent = {"reason": REASON, "do": "keep", "keeper": keeper}
    assert coordinator.post(path, data=sent, headers=OURS).json == {}
    assert keep(coordinator, NEW, keeper=keeper, **ALL_SIX).status_code == 403
    assert kept_rows(town) == []
    assert not {str(town.reviewer.id), town.reviewer.email} & {keeper}


@on_sqlite
def test_a_long_answer_is_kept_while_its_case_waits(town: Town, as_person: As) -> None:
    path, president = f"/obstacles/{asked(town).reference}/answer", as_person("president")
    long = "\n".join([QUESTION] * 200)
    keep(president, path, answer=long)
    assert fields_of(president.get(path).text)["answer"] == long


def test_a_comment_and_a_note_begun_on_the_page_of_a_case_are_there_again(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    page = f"/obstacles/{case.reference}"
    for remark in ("comment", "note"):
        assert keep(reviewer, f"{page}/{remark}", **{remark: f"{REASON} {remark}"}).status_code == 200
    shown = reviewer.get(page)
    assert faults_of(shown, "en") == []
    assert shown.text.count("What you had typed on") == 2
    typed = {
        str(one.get("name")): one.text for one in find_all(main_of(parse(shown.text)), "textarea") if one.get("name")
    }
    assert {name: str(text).strip() for name, text in typed.items()} == {
        "comment": f"{REASON} comment",
        "note": f"{REASON} note",
    }
    reviewer.submit(f"{page}/comment", {"do": "afresh"})
    reviewer.submit(f"{page}/note", {"note": "ملاحظة", "idempotency_key": "one"})
    assert "What you had typed on" not in reviewer.get(page).text
    assert kept_rows(town) == []


@on_sqlite
def test_a_desk_note_begun_is_shown_to_no_colleague(town: Town, as_person: As) -> None:
    page = f"/obstacles/{in_review(town).reference}"
    keep(as_person("reviewer"), f"{page}/note", note=REASON)
    for name in ("coordinator", "president", "secretary"):
        assert "سبب واضح" not in as_person(name).get(page).text


@on_sqlite
def test_rows_begun_in_a_meeting_are_there_again(town: Town, as_person: As) -> None:
    staff, path = as_person("staff"), "/obstacles/capture"
    page = fields_of(staff.get(path).text)
    typed = page | {"rows-0-project_name": "طريق", "rows-11-description": "قيل في الاجتماع"}
    assert keep(staff, path, **typed).status_code == 200
    again = staff.get(path)
    assert faults_of(again, "en") == []
    assert {**fields_of(again.text), "idempotency_key": ""} == {**typed, "idempotency_key": ""}
    more = staff.submit(path, fields_of(again.text) | {"do": "more"})
    assert fields_of(more.text)["rows-0-project_name"] == "طريق"
    staff.submit(path, {"do": "afresh"})
    assert fields_of(staff.get(path).text)["rows-0-project_name"] == ""


@on_sqlite
def test_the_page_of_a_form_that_keeps_brings_the_script_for_it_and_others_do_not(town: Town, as_person: As) -> None:
    case = in_review(town)
    page, reviewer, president = f"/obstacles/{case.reference}", as_person("reviewer"), as_person("president")
    forms = [reviewer.get(path) for path in (page, escalate_at(case), f"{page}/record-contact", f"{page}/comment")]
    forms += [president.get(path) for path in (NEW, f"{page}/amend", f"{page}/withdraw")]
    forms += [as_person("staff").get("/obstacles/capture")]
    for shown in forms:
        assert ("data-keep" in shown.text, shown.text.count("/form.js"), shown.text.count("/app.js")) == (True, 1, 0)
    for path in ("/", "/queue", "/account", INBOX):
        shown = reviewer.get(path)
        assert ("data-keep" in shown.text, shown.text.count("/form.js"), shown.text.count("/app.js")) == (False, 0, 1)
