"""Filing an obstacle: six answers, drafts at any point, where it goes, the receipt, nothing filed twice."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office, Status
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.people import Mandate
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, NEIGHBOUR, SINCE, Town, save_draft, sign_in
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse, words_of
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, errors_of, fields_of, fresh_form, reference_in

NEW = "/obstacles/new"


def rows(town: Town) -> list[Obstacle]:
    """Return every obstacle there is."""
    with town.app.app_context():
        return list(db.session.scalars(select(Obstacle).order_by(Obstacle.id)))


def test_a_filing_without_answers_names_each_and_keeps_nothing(town: Town, as_person: As) -> None:
    answer = as_person("president").submit(NEW, {"do": "file"})
    assert answer.status_code == 422
    assert set(errors_of(answer.text)) == set(ALL_SIX)
    assert faults_of(answer, "en") == []
    assert rows(town) == []


@pytest.mark.parametrize("left_out", ALL_SIX)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_one_missing_answer_is_named_and_the_others_stay(town: Town, as_person: As, left_out: str) -> None:
    sent = ALL_SIX | {left_out: " \t\u00a0"}
    answer = as_person("president").submit(NEW, sent | {"do": "file"})
    assert answer.status_code == 422
    assert list(errors_of(answer.text)) == [left_out]
    kept = fields_of(answer.text)
    assert {name: kept[name] for name in ALL_SIX if name != left_out} == {
        name: value for name, value in ALL_SIX.items() if name != left_out
    }


HOSTILE = [
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% raw %} %(reference)s {0} ${x}",
    "\u202eمعكوس\u202c \u2066x\u2069 \u200f\u200e",
    "a\x00b\x07c",
    "😀 𓀀 \ufffd",
    "'; DROP TABLE obstacles; --",
    "سطر\r\nسطر آخر",
    "=HYPERLINK(1)",
    "ﷺ" * 40,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_text(town: Town, as_person: As, text: str) -> None:
    president = as_person("president")
    wanted = text.replace("\r\n", "\n").replace("\x00", "").replace("\x07", "")
    refused = president.submit(NEW, {"do": "file", "description": text, "project_name": text})
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert fields_of(refused.text)["description"] == wanted
    filed = president.submit(NEW, ALL_SIX | {"description": text, "request": text, "title": text, "do": "file"})
    assert filed.status_code == 303
    page = president.get(f"/obstacles/{reference_in(filed.location)}")
    assert faults_of(page, "en") == []
    assert words_of(find_all(parse(page.text), "h1")[0]) == " ".join(wanted.split())
    assert "<script>alert" not in page.text
    assert rows(town)[0].description == wanted


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name", ["description", "project_name", "budget", "blocked_since", "callback_phone", "version", "idempotency_key"]
)
def test_a_very_long_answer_is_refused_with_its_text(town: Town, as_person: As, name: str) -> None:
    answer = as_person("president").submit(NEW, ALL_SIX | {name: "7" * 200_000, "do": "file"})
    if name in ("version", "idempotency_key"):
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422
        assert "7" * 200_000 in answer.text


LONG_PART = b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n' + b"x" * 600_000 + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"description=" + b"x" * 1_100_000, "application/x-www-form-urlencoded"),
        (LONG_PART, "multipart/form-data; boundary=b"),
    ],
    ids=["plain", "in parts"],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_form_larger_than_any_answer_is_refused_unread(town: Town, as_person: As, body: bytes, kind: str) -> None:
    answer = as_person("president").post(NEW, data=body, content_type=kind)
    assert answer.status_code == 413
    assert faults_of(answer, "en") == []
    assert rows(town) == []


@pytest.mark.parametrize(
    "answers", [{}, {"project_name": "نصف جواب", "description": "..."}, ALL_SIX], ids=["none", "half", "all"]
)
def test_a_draft_can_be_saved_at_any_point(town: Town, as_person: As, answers: dict[str, Any]) -> None:
    president = as_person("president")
    saved = president.submit(NEW, answers | {"do": "save"})
    assert saved.status_code == 303
    page = president.get(saved.location)
    assert "Your draft is saved" in page.text
    assert faults_of(page, "en") == []
    kept = fields_of(page.text)
    assert {name: kept[name] for name in answers} == answers
    assert [(row.status, row.reference) for row in rows(town)] == [(Status.DRAFT, None)]


def test_going_on_shows_where_it_goes_why_and_by_when(town: Town, as_person: As) -> None:
    president = as_person("president")
    answer = president.submit(NEW, ALL_SIX | {"do": "continue"})
    assert (answer.status_code, answer.location) == (303, "/obstacles/drafts/1#route")
    page = president.get("/obstacles/drafts/1")
    route = words_of(next(element for element in parse(page.text).iter("section") if element.get("id") == "route"))
    assert "Where does the case go?" in route
    assert "Taounate" in route
    assert "Why:" in route
    assert re.search(r"\b20\d\d\b", route), "the day by which an answer is expected"
    assert "the case is marked late" in route
    buttons = [element.get("value") for element in find_all(main_of(parse(page.text)), "button")]
    assert buttons[:3] == ["file", "continue", "save"]
    assert rows(town)[0].status is Status.DRAFT


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_button_nobody_pressed_files_nothing(town: Town, as_person: As) -> None:
    for do in ("", "FILE", "delete", "file "):
        assert as_person("president").submit(NEW, ALL_SIX | {"do": do}).status_code == 303
    assert as_person("president").submit(NEW, ALL_SIX).status_code == 303
    assert {row.status for row in rows(town)} == {Status.DRAFT}


def test_the_first_page_files_at_once_and_the_receipt_says_what_it_is_not(town: Town, as_person: As) -> None:
    president = as_person("president")
    answer = president.submit(NEW, fresh_form(president, NEW, **ALL_SIX, do="file"))
    year = local_day(datetime.now(UTC)).year
    assert (answer.status_code, answer.location) == (303, f"/obstacles/OBS-{year}-00001/receipt")
    receipt = president.get(answer.location)
    assert faults_of(receipt, "en") == []
    for said in (
        f"OBS-{year}-00001",
        ALL_SIX["request"],
        "What this receipt is not",
        "does not stand for any administrative",
    ):
        assert said in receipt.text
    assert next(parse(receipt.text).iter("main")).get("data-reference") == f"OBS-{year}-00001"


def test_a_draft_is_filed_from_its_own_page(town: Town, as_person: As) -> None:
    president = as_person("president")
    page = president.submit(NEW, fresh_form(president, NEW, project_name="مشروع", do="save")).location
    filed = president.submit(page, fresh_form(president, page, **ALL_SIX, do="file"))
    assert filed.status_code == 303
    assert [row.status for row in rows(town)] == [Status.FILED]
    assert president.get(page).location == f"/obstacles/{reference_in(filed.location)}"


def test_the_same_form_sent_twice_files_once(town: Town, as_person: As) -> None:
    president = as_person("president")
    form = fresh_form(president, NEW, **ALL_SIX, do="file")
    first, second = president.submit(NEW, form), president.submit(NEW, form)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(rows(town)) == 1


def test_the_same_form_sent_twice_at_once_files_once(town: Town, as_person: As) -> None:
    form = fresh_form(as_person("president"), NEW, **ALL_SIX, do="file")

    def send(_number: int) -> tuple[int, str | None]:
        answer = sign_in(Visitor(town.app), town.president).submit(NEW, form)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(send, range(2)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert [row.status for row in rows(town)] == [Status.FILED]


def test_a_corrected_form_sent_again_is_shown_beside_what_was_filed_and_can_be_kept(town: Town, as_person: As) -> None:
    president = as_person("president")
    form = fresh_form(president, NEW, **ALL_SIX, do="file")
    president.submit(NEW, form)
    answer = president.submit(NEW, form | {"request": "طلب آخر غير الأول"})
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert ALL_SIX["request"] in answer.text
    kept = fields_of(answer.text)
    assert kept["request"] == "طلب آخر غير الأول"
    assert president.submit(NEW, kept | {"do": "save"}).status_code == 303
    assert [(row.status, row.request) for row in rows(town)] == [
        (Status.FILED, ALL_SIX["request"]),
        (Status.DRAFT, "طلب آخر غير الأول"),
    ]


def test_who_only_prepares_cannot_file_and_loses_nothing(town: Town, as_person: As) -> None:
    scribe = as_person("scribe")
    page = scribe.get(NEW)
    assert "You prepare, the president files" in page.text
    form = fields_of(page.text) | ALL_SIX | {"do": "file"}
    refused = scribe.submit(NEW, form)
    assert refused.status_code == 403
    assert faults_of(refused, "en") == []
    assert [(row.status, row.description) for row in rows(town)] == [(Status.DRAFT, ALL_SIX["description"])]
    buttons = [element.get("value") for element in find_all(main_of(parse(refused.text)), "button")]
    assert "file" not in buttons
    again = fields_of(refused.text) | {"request": "طلب مصحح"}
    draft = f"/obstacles/drafts/{rows(town)[0].id}"
    assert scribe.submit(draft, again | {"do": "file"}).status_code == 403
    assert scribe.submit(draft, again | {"do": "save"}).status_code == 303, "this form's own draft"
    stale = again | {"idempotency_key": "of-another-page", "do": "save"}
    assert scribe.submit(draft, stale).status_code == 409, "an older version"
    assert [(row.status, row.request) for row in rows(town)] == [(Status.DRAFT, "طلب مصحح")]
    assert as_person("president").submit(draft, ALL_SIX | {"do": "file"}).status_code == 303


def test_who_holds_a_permission_files(town: Town, as_person: As) -> None:
    assert as_person("delegate").submit(NEW, ALL_SIX | {"do": "file"}).status_code == 303
    assert rows(town)[0].status is Status.FILED


@pytest.mark.parametrize("name", ["president2", "president3"])
def test_a_draft_of_another_commune_is_nowhere(town: Town, as_person: As, name: str) -> None:
    draft = save_draft(town.app, town.president, project_name="سري")
    page = f"/obstacles/drafts/{draft.id}"
    assert as_person(name).get(page).status_code == 404
    for do in ("save", "continue", "file"):
        answer = as_person(name).submit(page, ALL_SIX | {"do": do, "version": "1"})
        none = as_person(name).submit("/obstacles/drafts/2147483647", ALL_SIX | {"do": do, "version": "1"})
        assert (answer.status_code, none.status_code) == (409, 409), "as of a draft that is none"
        assert fields_of(answer.text) | {"idempotency_key": ""} == fields_of(none.text) | {"idempotency_key": ""}
        assert "سري" not in answer.text
    assert as_person(name).submit(f"{page}/discard").status_code == 404
    assert rows(town)[0].project_name == "سري"


@pytest.mark.parametrize("name", ["reviewer", "member", "secretary", "admin", "nobody"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_drafts_are_not_for_desks(town: Town, as_person: As, name: str) -> None:
    draft = save_draft(town.app, town.president)
    assert as_person(name).get(f"/obstacles/drafts/{draft.id}").status_code == 403
    assert as_person(name).get(NEW).status_code == 403


def test_a_draft_is_discarded_by_post_and_only_by_its_author_or_its_commune(town: Town, as_person: As) -> None:
    draft = save_draft(town.app, town.president)
    page = f"/obstacles/drafts/{draft.id}"
    assert as_person("president").get(f"{page}/discard").status_code == 405
    assert "/discard" not in as_person("scribe").get(page).text, "not offered to who may not"
    assert as_person("scribe").submit(f"{page}/discard").status_code == 403
    assert len(rows(town)) == 1
    assert as_person("delegate").submit(f"{page}/discard").status_code == 303
    assert rows(town) == []
    own = save_draft(town.app, town.scribe)
    assert as_person("scribe").submit(f"/obstacles/drafts/{own.id}/discard").status_code == 303


def test_a_filed_obstacle_cannot_be_discarded(town: Town, as_person: As) -> None:
    president = as_person("president")
    president.submit(NEW, ALL_SIX | {"do": "file"})
    assert president.submit("/obstacles/drafts/1/discard").status_code == 409
    assert len(rows(town)) == 1


def test_a_draft_deleted_meanwhile_comes_back_as_a_new_one(town: Town, as_person: As) -> None:
    president = as_person("president")
    draft = save_draft(town.app, town.president)
    page = f"/obstacles/drafts/{draft.id}"
    mine = fresh_form(president, page, **ALL_SIX)
    assert as_person("delegate").submit(f"{page}/discard").status_code == 303
    answer = president.submit(page, mine | {"do": "save"})
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "This draft was deleted meanwhile" in answer.text
    again = fields_of(answer.text)
    assert {name: again[name] for name in ALL_SIX} == ALL_SIX
    assert again["version"] == ""
    assert again["idempotency_key"] not in ("", mine["idempotency_key"])
    assert find_all(main_of(parse(answer.text)), "form")[0].get("action") == NEW
    assert president.submit(NEW, again | {"do": "save"}).status_code == 303
    assert [(row.status, row.description) for row in rows(town)] == [(Status.DRAFT, ALL_SIX["description"])]


@pytest.mark.parametrize("number", ["2147483648", "99999999999", "9" * 40])
def test_a_draft_that_no_number_can_be_is_not_found(town: Town, as_person: As, number: str) -> None:
    president = as_person("president")
    page = f"/obstacles/drafts/{number}"
    answers = [president.get(page), president.submit(page, ALL_SIX), president.submit(f"{page}/discard")]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert {"This page was not found" in answer.text for answer in answers} == {True}


def test_a_draft_changed_meanwhile_comes_back_with_the_text(town: Town, as_person: As) -> None:
    president, delegate = as_person("president"), as_person("delegate")
    draft = save_draft(town.app, town.president, project_name="الأول")
    page = f"/obstacles/drafts/{draft.id}"
    mine = fresh_form(president, page, description="نص الرئيس")
    delegate.submit(page, fresh_form(delegate, page, description="نص المفوض", do="save"))
    answer = president.submit(page, mine | {"do": "save"})
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert rows(town)[0].description == "نص المفوض"
    again = fields_of(answer.text)
    assert again["description"] == "نص الرئيس"
    assert president.submit(page, again | {"do": "save"}).status_code == 303
    assert rows(town)[0].description == "نص الرئيس"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_one_person_with_offices_in_two_communes_says_which(town: Town, as_person: As) -> None:
    with town.app.app_context(), transaction() as session:
        mandate = Mandate(
            person_id=town.president.id,
            office=Office.COMMUNE_PRESIDENT,
            place_code=NEIGHBOUR,
            starts_on=SINCE,
            created_at=func.now(),
        )
        session.add(mandate)
    president = as_person("president")
    refused = president.submit(NEW, ALL_SIX | {"do": "file"})
    assert (refused.status_code, list(errors_of(refused.text))) == (422, ["commune"])
    assert faults_of(refused, "en") == []
    for commune in (COMMUNE, NEIGHBOUR):
        form = fresh_form(president, NEW, **ALL_SIX, commune=commune, do="file")
        assert president.submit(NEW, form).status_code == 303
    assert [row.commune_code for row in rows(town)] == [COMMUNE, NEIGHBOUR]
    foreign = president.submit(NEW, ALL_SIX | {"commune": "03.561.03.01", "do": "file"})
    assert foreign.status_code == 422
    sent_again = president.submit(NEW, form | {"request": "غيره"})
    assert fields_of(sent_again.text)["commune"] == NEIGHBOUR
    assert len(rows(town)) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_commune_that_is_not_mine_cannot_be_named(town: Town, as_person: As) -> None:
    answer = as_person("president").submit(NEW, ALL_SIX | {"commune": NEIGHBOUR, "do": "file"})
    assert answer.status_code == 422
    assert rows(town) == []


def test_fields_that_are_not_questions_change_nothing(town: Town, as_person: As) -> None:
    extra = {
        "status": "closed",
        "reference": "OBS-1999-00001",
        "desk_code": "01",
        "level": "region",
        "author_id": "1",
        "region_code": "01",
        "province_code": "01.051",
        "commune_code": NEIGHBOUR,
        "due_at": "2099-01-01",
        "outcome": "removed",
        "id": "77",
        "channel": "phone",
        "assignee_id": "1",
    }
    assert as_person("president").submit(NEW, ALL_SIX | extra | {"do": "file"}).status_code == 303
    row = rows(town)[0]
    assert (row.id, row.status, row.commune_code, row.desk_code) == (1, Status.FILED, COMMUNE, "03.531")
    assert (row.author_id, row.assignee_id, row.outcome) == (town.president.id, None, None)
    assert row.reference == f"OBS-{local_day(datetime.now(UTC)).year}-00001"
    assert row.due_at.year < local_day(datetime.now(UTC)).year + 2
