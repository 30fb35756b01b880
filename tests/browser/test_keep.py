"""What is typed is there again: after the page was killed, without a line, after the session ended, elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser.stage import ANSWERS, Stage, sign_in

WORDS = "انتهت الأشغال ولم يُربط الخزان.\nننتظر الربط منذ شهرين."
DRAFT = re.compile(r"/obstacles/drafts/[0-9]+$")
NEW = "/obstacles/new"


def said(page: Page) -> str:
    """Return the line that says where what was typed is."""
    return page.locator("[data-whose]").first.inner_text()


def expect_said(page: Page, words: str) -> None:
    expect(page.locator("[data-whose]").first).to_have_text(re.compile(words))


def expect_nothing_kept(page: Page) -> None:
    """The device forgets once the page that answers has run its script: its address alone comes earlier."""
    page.wait_for_function("Object.keys(localStorage).length === 0")


def leave(page: Page, name: str, words: str) -> None:
    """Type an answer and go on to elsewhere in the page."""
    page.fill(f"[name={name}]", words)
    page.locator(f"[name={name}]").blur()


@contextmanager
def faults_allowed(stage: Stage, pattern: str) -> Iterator[None]:
    """Let the block meet these faults and no others: here they are what is tested."""
    stage.faults.clear()
    yield
    strange = [fault for fault in stage.faults if not re.search(pattern, fault)]
    assert not strange, strange
    stage.faults.clear()


def test_a_filing_is_saved_while_it_is_typed_and_found_on_another_device(stage: Stage) -> None:
    page = stage.page("president")
    page.goto(stage.url(NEW, "en"))
    page.locator("[name=description]").press_sequentially("قيد الكتابة")
    assert said(page) == ""
    expect_said(page, r"^Saved at [0-2][0-9]:[0-5][0-9]$")
    assert DRAFT.search(page.url), "the form goes on in the draft it made"
    assert page.locator("[hreflang=ar]").evaluate("(link) => link.pathname") in page.url, "and so does its translation"
    page.locator("[name=description]").press_sequentially(" وبعدها")
    page.evaluate("document.querySelector('[data-whose]').textContent = ''")
    expect_said(page, "^Saved at")
    address = page.url
    page.close(run_before_unload=False)
    elsewhere = stage.page("president")
    elsewhere.goto(address)
    assert elsewhere.input_value("[name=description]") == "قيد الكتابة وبعدها"


def test_the_last_words_are_saved_when_the_page_goes_out_of_sight(stage: Stage) -> None:
    page = stage.page("president")
    page.goto(stage.url(NEW, "ar"))
    page.fill("[name=project_name]", "مشروع على وشك الاختفاء")
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page).to_have_url(DRAFT)
    expect_said(page, "[0-2][0-9]:[0-5][0-9]")


def test_a_filing_that_saved_itself_is_filed_once_with_its_last_words(stage: Stage) -> None:
    page = stage.page("president")
    page.goto(stage.url(NEW, "en"))
    for name, answer in ANSWERS.items():
        box = page.locator(f"[name={name}]")
        box.select_option(answer) if box.evaluate("(one) => one.tagName") == "SELECT" else box.fill(answer)
    page.locator("[name=request]").blur()
    expect_said(page, "^Saved at")
    page.fill("[name=request]", "آخر الكلام")
    page.locator('button[value="continue"]').click()
    expect(page).to_have_url(re.compile("#route$"))
    page.locator('button[value="file"]').click()
    expect(page).to_have_url(re.compile("/receipt$"))
    page.goto(page.url.removesuffix("/receipt"))
    assert "آخر الكلام" in page.locator("main").inner_text()
    expect_nothing_kept(page)


def test_without_a_line_this_device_keeps_and_sends_when_it_is_back(stage: Stage) -> None:
    page = stage.page("president")
    page.goto(stage.url(NEW, "en"))
    with faults_allowed(stage, "ERR_INTERNET_DISCONNECTED|Failed to fetch"):
        page.context.set_offline(True)
        leave(page, "description", WORDS)
        expect_said(page, "^Kept on this device: no connection$")
        page.context.set_offline(False)
        expect_said(page, "^Saved at")
    expect_nothing_kept(page)
    assert DRAFT.search(page.url)


def test_what_only_this_device_kept_is_offered_when_its_page_is_opened_again(stage: Stage) -> None:
    case = stage.file_case()
    page = stage.page("reviewer")
    page.goto(stage.url(f"{case}/escalate", "en"))
    with faults_allowed(stage, "ERR_INTERNET_DISCONNECTED|Failed to fetch"):
        page.context.set_offline(True)
        leave(page, "reason", WORDS)
        expect_said(page, "no connection")
        page.locator("main form[data-keep] button.button-main").click()
        page.wait_for_timeout(300)
        page.context.set_offline(False)
    page.goto(stage.url(f"{case}/escalate", "en"))
    assert page.input_value("[name=reason]") == ""
    page.get_by_role("button", name="Put it back").click()
    assert page.input_value("[name=reason]") == WORDS
    expect_said(page, "^Saved at")
    expect_nothing_kept(page)
    elsewhere = stage.page("reviewer")
    elsewhere.goto(stage.url(f"{case}/escalate", "en"))
    assert elsewhere.input_value("[name=reason]") == WORDS
    expect(elsewhere.locator("main")).to_contain_text("What you had typed on")
    elsewhere.get_by_role("button", name="Begin afresh").click()
    assert elsewhere.input_value("[name=reason]") == ""


def test_what_another_person_typed_on_this_device_is_offered_to_nobody_else(stage: Stage) -> None:
    case = stage.file_case()
    page = stage.page(None)
    page.goto(stage.url("/sign-in", "en"))
    sign_in(page, "reviewer")
    page.goto(stage.url(f"{case}/escalate"))
    with faults_allowed(stage, "ERR_INTERNET_DISCONNECTED|Failed to fetch|answered 401"):
        page.context.set_offline(True)
        leave(page, "reason", WORDS)
        expect_said(page, "no connection")
        page.context.set_offline(False)
        page.context.clear_cookies()
        page.goto(stage.url("/sign-in", "en"))
        sign_in(page, "coordinator")
    page.goto(stage.url(f"{case}/escalate"))
    assert page.locator("[data-offer]").is_hidden()
    assert "reviewer" not in page.evaluate("Object.keys(localStorage).join()")
    page.locator("header form button").click()
    expect_nothing_kept(page)


def test_a_session_that_ends_while_somebody_types_loses_nothing(stage: Stage) -> None:
    case = stage.file_case()
    page = stage.page(None)
    page.goto(stage.url("/sign-in", "en"))
    sign_in(page, "reviewer")
    page.goto(stage.url(f"{case}/escalate"))
    with faults_allowed(stage, r"answered 40[01]"):
        page.context.clear_cookies()
        leave(page, "reason", WORDS)
        expect_said(page, "^Sign in again to save")
        other = page.context.new_page()
        other.goto(stage.url("/sign-in", "en"))
        sign_in(other, "reviewer")
        other.close()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect_said(page, "^Saved at")
        page.locator("main form[data-keep] button.button-main").click()
        expect(page).to_have_url(stage.url(case))
        expect(page.locator(".timeline")).to_contain_text(WORDS.splitlines()[1])
    expect_nothing_kept(page)


def test_a_form_held_after_the_session_ended_is_sent_and_leaves_nothing_behind(stage: Stage) -> None:
    case = stage.file_case()
    page = stage.page(None)
    page.goto(stage.url("/sign-in", "en"))
    sign_in(page, "reviewer")
    page.goto(stage.url(f"{case}/escalate"))
    with faults_allowed(stage, r"answered 40[01]"):
        page.fill("[name=reason]", WORDS)
        page.context.clear_cookies()
        page.locator("main form[data-keep] button.button-main").click()
        expect(page.locator("main")).to_contain_text(WORDS.splitlines()[0])
        assert page.evaluate("Object.keys(localStorage).length") == 1, "not carried out: the device keeps it"
        other = page.context.new_page()
        other.goto(stage.url("/sign-in", "en"))
        sign_in(other, "reviewer")
        other.close()
        for _ in range(2):
            page.wait_for_load_state()
            if page.locator("form[data-held] button").count():
                page.locator("form[data-held] button").click()
        expect(page).to_have_url(stage.url(case))
    expect_nothing_kept(page)


def test_without_scripts_nothing_is_kept_and_nothing_breaks(stage: Stage) -> None:
    case = stage.file_case()
    page = stage.page("reviewer", java_script_enabled=False)
    page.goto(stage.url(f"{case}/escalate", "en"))
    assert page.locator("[data-offer]").is_hidden()
    page.fill("[name=reason]", WORDS)
    page.locator("main form[data-keep] button.button-main").click()
    expect(page).to_have_url(stage.url(case))
