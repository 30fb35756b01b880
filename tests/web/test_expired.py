"""A form whose page has expired comes back with all that was typed; a form of another site comes back with nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.people import SignInSession
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Town, end_mandates, file_obstacle, save_draft
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import faults_of, find_all, main_of, parse, words_of
from tests.web.cases import ANSWER, FIELDS, REASON, asked, in_review, slug
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, fields_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
NEW = "/obstacles/new"
OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": ORIGIN},
    {"Referer": f"{ORIGIN}/obstacles/new"},
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN, "Referer": ORIGIN},
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {"Origin": "https://localhost.evil.test"},
    {"Origin": "https://localhost@evil.test"},
    {"Origin": "https://evil.test", "Referer": f"{ORIGIN}/"},
    {"Referer": "https://evil.test/localhost"},
    {"Referer": "https://[evil"},
]


def count(town: Town) -> int:
    """Return how many obstacles there are."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Obstacle)) or 0


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("token", [None, "", "not-a-token", "WyJhIl0.made.up"])
def test_an_expired_form_comes_back_whole_and_can_be_sent_again(
    town: Town, as_person: As, headers: dict[str, str], token: str | None
) -> None:
    president = as_person("president")
    typed = ALL_SIX | {"description": "سطر أول\nسطر ثان <b>\"'&", "asked_of": ["PROVINCE", "REGION"], "do": "file"}
    sent: dict[str, Any] = typed if token is None else typed | {"csrf_token": token}
    answer = president.post(NEW, data=sent, headers=headers)
    assert answer.status_code == 400
    assert faults_of(answer, "en") == []
    assert count(town) == 0
    assert fields_of(answer.text) == typed
    shown = [element.text for element in find_all(main_of(parse(answer.text)), "bdi")]
    assert typed["description"] in shown
    assert "COMMUNE" not in shown, "what was chosen from a list is not the words of a person"
    again = president.post(NEW, data=fields_of(answer.text) | {"csrf_token": token_in(answer.text)}, headers=headers)
    assert again.status_code == 303
    assert count(town) == 1


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused_even_with_a_token(
    town: Town, as_person: As, headers: dict[str, str]
) -> None:
    president = as_person("president")
    token = token_in(president.get(NEW).text)
    for sent in (ALL_SIX | {"do": "file"}, ALL_SIX | {"do": "file", "csrf_token": token}):
        answer = president.post(NEW, data=sent, headers=headers)
        assert answer.status_code == 400
        assert ALL_SIX["description"] not in answer.text
        assert faults_of(answer, "en") == []
    assert count(town) == 0


def test_a_form_that_says_nothing_of_its_page_needs_the_token(town: Town, as_person: As) -> None:
    president = as_person("president")
    answer = president.post(NEW, data=ALL_SIX)
    assert answer.status_code == 400
    assert ALL_SIX["description"] not in answer.text
    token = token_in(president.get(NEW).text)
    assert president.post(NEW, data=ALL_SIX | {"csrf_token": token}).status_code == 303


def test_the_token_of_somebody_else_is_none(town: Town, as_person: As) -> None:
    token = token_in(as_person("president2").get(NEW).text)
    sent = ALL_SIX | {"csrf_token": token, "do": "file"}
    assert as_person("president").post(NEW, data=sent, headers=OURS[0]).status_code == 400
    assert count(town) == 0


def test_a_pass_phrase_is_never_given_back(town: Town, client: Visitor) -> None:
    sent = {"email": town.president.email, "password": PASSWORD, "next": "/obstacles"}
    client.get("/sign-in?lang=en")
    answer = client.post("/sign-in", data=sent, headers=OURS[0])
    assert answer.status_code == 400
    assert faults_of(answer, "en") == []
    assert PASSWORD not in answer.text
    again = fields_of(answer.text)
    assert again == {"email": town.president.email, "password": "", "next": "/obstacles"}
    sent = again | {"password": PASSWORD, "csrf_token": token_in(answer.text)}
    assert client.post("/sign-in", data=sent, headers=OURS[0]).location == "/obstacles"


def test_who_is_signed_out_is_told_to_sign_in_first(town: Town, client: Visitor) -> None:
    client.get("/sign-in?lang=en")
    answer = client.post(NEW, data=ALL_SIX, headers=OURS[0])
    assert answer.status_code == 400
    assert "You are signed out" in answer.text
    assert faults_of(answer, "en") == []


@pytest.mark.parametrize(
    ("address", "goes_on"),
    [
        (NEW, "/obstacles/new"),
        ("/obstacles/drafts/1", "/obstacles/drafts/1"),
        ("/obstacles/drafts/1/discard", None),
        ("/obstacles/OBS-2026-00001/claim", "/obstacles/OBS-2026-00001/claim"),
        ("/account/language", None),
    ],
)
def test_what_says_nothing_of_its_page_leads_to_sign_in_and_back_to_a_page_that_only_shows(
    town: Town, as_person: As, address: str, goes_on: str | None
) -> None:
    president = as_person("president")
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(SignInSession).values(ended_at=func.now()))
    token = token_in(president.get("/sign-in").text)
    sent = ALL_SIX | {"csrf_token": token}
    answers = [president.post(address, data=sent), president.post(address, data={"csrf_token": token})]
    for answer in answers:
        assert answer.status_code == 303
        assert answer.location == "/sign-in" + (f"?next={goes_on}" if goes_on else "")
    assert count(town) == 0


def leave_idle(town: Town) -> None:
    """Let nobody have touched the keyboard for longer than any session waits."""
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(SignInSession).values(seen_at=datetime.now(UTC) - timedelta(days=1)))


def send_until_done(browser: Visitor, address: str, page: str) -> TestResponse:
    """Send the form that a page holds; once more if its token had become stale; return the last answer."""
    answer = browser.post(
        address, data=fields_of(page) | {"csrf_token": token_in(page)}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    if answer.status_code != 400:
        return answer
    again = fields_of(answer.text)
    assert again == fields_of(page)
    sent = again | {"csrf_token": token_in(answer.text)}
    return browser.post(address, data=sent, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_draft_typed_longer_than_the_session_lives_is_held_until_its_writer_is_back(
    town: Town, as_person: As
) -> None:
    president = as_person("president")
    draft = save_draft(town.app, town.president)
    address = f"/obstacles/drafts/{draft.id}"
    typed = fields_of(president.get(address).text) | ALL_SIX | {"do": "save"}
    leave_idle(town)
    answer = president.submit(address, typed)
    assert answer.status_code == 401
    assert faults_of(answer, "en") == []
    assert fields_of(answer.text) == typed
    main = main_of(parse(answer.text))
    assert ALL_SIX["description"] in [element.text for element in find_all(main, "bdi")]
    link = find_all(main, "a")[0]
    assert (link.get("href"), link.get("target"), link.get("rel")) == ("/sign-in", "_blank", "noopener")
    assert find_all(main, "form")[0].get("action") == address
    back = {"email": town.president.email, "password": PASSWORD}
    assert president.submit("/sign-in", back).status_code == 303
    assert send_until_done(president, address, answer.text).status_code == 303
    assert fields_of(president.get(address).text)["description"] == ALL_SIX["description"]


def test_an_answer_typed_longer_than_the_session_lives_is_given_in_the_end(town: Town, as_person: As) -> None:
    president, case = as_person("president"), asked(town)
    address = f"/obstacles/{case.reference}/answer"
    typed = fields_of(president.get(address).text) | {"answer": ANSWER, "channel": "phone"}
    leave_idle(town)
    held = president.submit(address, typed)
    assert held.status_code == 401
    early = president.post(address, data=fields_of(held.text) | {"csrf_token": token_in(held.text)}, headers=OURS[0])
    assert early.status_code == 401, "sent again before signing in: still held"
    assert president.submit("/sign-in", {"email": town.president.email, "password": PASSWORD}).status_code == 303
    assert send_until_done(president, address, early.text).status_code == 303
    assert ANSWER in president.get(f"/obstacles/{case.reference}").text


@pytest.mark.parametrize("headers", FOREIGN)
def test_nothing_is_held_for_another_site_when_the_session_has_ended(
    town: Town, as_person: As, headers: dict[str, str]
) -> None:
    president = as_person("president")
    leave_idle(town)
    token = token_in(president.get("/sign-in").text)
    answer = president.post(NEW, data=ALL_SIX | {"csrf_token": token}, headers=headers)
    assert answer.status_code == 400
    assert ALL_SIX["description"] not in answer.text


@pytest.mark.parametrize("action", ["claim", "escalate", "withdraw", "confirm"])
def test_no_move_is_made_without_a_token(town: Town, as_person: As, action: str) -> None:
    filed = file_obstacle(town.app, town.president)
    page = f"/obstacles/{filed.reference}/{action}"
    for name in ("president", "reviewer"):
        answer = as_person(name).post(page, data={"reason": "سبب مكتوب", "version": filed.version}, headers=OURS[0])
        assert answer.status_code == 400
        assert ("سبب مكتوب" in answer.text) is True
    assert count(town) == 1


SAID = "ما كتبته بكلماتي"
FORMS_WITH_WORDS = {
    **{f"OBS-2026-00001/{slug(action)}": fields for action, fields in FIELDS.items()},
    "OBS-2026-00001/comment": {"comment": SAID},
    "OBS-2026-00001/note": {"note": SAID},
    "OBS-2026-00001/record-contact": {"spoke_with": SAID, "contact": SAID},
    "OBS-2026-00001/amend": {"description": SAID, "tried_already": SAID},
    "capture": {"rows-0-project_name": SAID, "rows-30-description": SAID},
}
LABELS = {
    "OBS-2026-00001/record-contact": {"With whom did you speak?", "What was said?"},
    "OBS-2026-00001/amend": {"What happened?", "What was tried already?"},
    "OBS-2026-00001/answer": {"Your answer"},
    "OBS-2026-00001/note": {"Your note"},
    "capture": {"Project", "What was said"},
}


@pytest.mark.parametrize("path", FORMS_WITH_WORDS)
def test_every_form_comes_back_whole_and_says_what_was_asked(town: Town, as_person: As, path: str) -> None:
    typed = FORMS_WITH_WORDS[path] | {"version": "3", "idempotency_key": "a-key"}
    answer = as_person("reviewer").post(f"/obstacles/{path}", data=typed, headers=OURS[0])
    assert answer.status_code == 400
    assert faults_of(answer, "en") == []
    assert fields_of(answer.text) == typed
    main = main_of(parse(answer.text))
    asked_for = {words_of(element) for element in find_all(main, "dt")}
    assert asked_for >= LABELS.get(path, set())
    shown = [element.text for element in find_all(main, "bdi")]
    for value in typed.values():
        assert (value in shown) or value not in (SAID, REASON, ANSWER)


def test_who_may_no_longer_act_can_copy_what_they_typed(town: Town, as_person: As) -> None:
    case = in_review(town)
    reviewer = as_person("reviewer")
    form = fields_of(reviewer.get(f"/obstacles/{case.reference}/escalate").text) | {"reason": REASON}
    for name, status in (("president", 403), ("president2", 404)):
        answer = as_person(name).submit(f"/obstacles/{case.reference}/escalate", form, headers=OURS[0])
        assert answer.status_code == status
        assert faults_of(answer, "en") == []
        assert REASON in [element.text for element in find_all(main_of(parse(answer.text)), "bdi")]
        assert "What you had typed" in answer.text
    end_mandates(town.app, town.reviewer, date(2026, 1, 1))
    answer = reviewer.submit(f"/obstacles/{case.reference}/escalate", form, headers=OURS[0])
    assert answer.status_code == 404
    assert REASON in [element.text for element in find_all(main_of(parse(answer.text)), "bdi")]
    foreign = reviewer.post(f"/obstacles/{case.reference}/escalate", data=form, headers=FOREIGN[0])
    assert REASON not in foreign.text


def test_the_fullest_form_that_a_browser_sends_is_not_too_large(town: Town, as_person: As) -> None:
    president = as_person("president")
    main = main_of(parse(president.get(NEW).text))
    longest = {
        str(element.get("name")): "ع" * int(str(element.get("maxlength")))
        for element in find_all(main, "input", "textarea")
        if element.get("maxlength")
    }
    assert len(longest) > 6
    assert president.submit(NEW, ALL_SIX | longest | {"do": "save"}).status_code in (303, 422)
    assert president.submit(NEW, ALL_SIX | longest | {"do": "keep"}).status_code == 200


def test_signing_out_needs_the_token_too(town: Town, as_person: As) -> None:
    president = as_person("president")
    assert president.post("/sign-out", headers=OURS[0]).status_code == 400
    assert president.get("/").status_code == 200


def test_an_address_that_is_none_is_not_an_expired_page(town: Town, as_person: As) -> None:
    assert as_person("president").post("/nowhere", data=ALL_SIX, headers=OURS[0]).status_code == 404
    refused = as_person("president").post("/queue", data=ALL_SIX, headers=OURS[0])
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def token_in(page: str) -> str:
    """Return the token of a page's own form."""
    form = find_all(main_of(parse(page)), "form")[0]
    return next(str(field.get("value")) for field in form.iter("input") if field.get("name") == "csrf_token")
