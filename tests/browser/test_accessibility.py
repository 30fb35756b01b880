"""What no engine judges: a refused form leads to its questions; and our own readers are seen to find what is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.keyboard import faults_of_focus
from tests.browser.pages import PAGES, REFUSED
from tests.browser.sight import drawn_words, unseen_words
from tests.browser.spoken import faults_of_speech
from tests.browser.stage import PHONE, Stage
from tests.browser.walkers import faults_of, faults_of_comfort, faults_of_states

ERROR = {"ar": "خطأ", "fr": "Erreur"}
STYLED = (
    "document.adoptedStyleSheets = [Object.assign(new CSSStyleSheet())]; document.adoptedStyleSheets[0].replaceSync"
)
BROKEN = {
    "contrast: <h1>": f"{STYLED}('h1 {{ color: #999 }}')",
    "overflow: ": f"{STYLED}('main {{ min-inline-size: 1500px }}')",
    "target: <button.": f"{STYLED}('main .button {{ min-block-size: 0; padding: 0 }}')",
    "structure: <input> ": "document.querySelector('[name=email]').labels[0].remove()",
    "clipping: <h1>": f"{STYLED}('h1 {{ block-size: 10px; overflow: hidden }}')",
    "lies on ": f"{STYLED}('h1 {{ margin-block-end: -1.6em }}')",
    "stillness: ": f"{STYLED}('a {{ transition: color 1s }}')",
    "scar: ": "document.querySelector('h1').textContent = 'Sign in'",
    "forced colours: forced: <input> ": f"{STYLED}('input {{ border: 0 }}')",
    " px, spaced: ": f"{STYLED}('main .button {{ inline-size: 84px; overflow: hidden; white-space: nowrap }}')",
    "pointed at, light: contrast": f"{STYLED}('.button:hover {{ color: #777 }}')",
    "waiting, light: contrast": f"{STYLED}('.button[disabled] {{ opacity: .4 }}')",
    "speech: a button has no name": "document.querySelector('main button').textContent = ''",
    "speech: heading": "document.querySelector('h2').ariaLevel = 4",
    "focus: <a> ": f"{STYLED}('a:focus {{ outline: 0 !important }}')",
    "focus: of ": "document.querySelector('[name=password]').tabIndex = 3",
}
"""What is done to a page, and the beginning of what a reader must then say."""


def all_faults(page: Page) -> list[str]:
    """Let every reader of this directory read a page in Arabic."""
    readers = (faults_of_comfort, faults_of_states, faults_of_speech, unseen_words)
    faults = faults_of(page, "ar") + [fault for reader in readers for fault in reader(page)]
    return faults + faults_of_focus(page, PHONE)


@pytest.mark.parametrize("fault", BROKEN)
def test_our_readers_see_a_page_that_was_broken(fault: str, stage: Stage) -> None:
    """What is broken on purpose is named, so silence means something."""
    page = PAGES["sign-in"](stage, "ar")
    page.evaluate(BROKEN[fault])
    found = all_faults(page)
    assert any(fault in one for one in found), found


def test_a_word_that_nobody_looked_at_is_found(stage: Stage) -> None:
    """The browser's own list of what it drew is longer than the reader's when a word escapes the reader."""
    page = PAGES["sign-in"](stage, "ar")
    assert len(drawn_words(page)) > 10
    assert not unseen_words(page)
    page.evaluate("document.querySelector('h1').checkVisibility = () => false")
    assert len(unseen_words(page)) == 1


@pytest.mark.parametrize("language", ERROR)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_form_is_heard_and_each_line_leads_to_its_question(name: str, language: str, stage: Stage) -> None:
    """The title says so first, the summary has the focus, and the keyboard alone brings to every question."""
    page = PAGES[name](stage, language)
    assert page.title().startswith(ERROR[language])
    summary = page.locator("[data-error-summary]")
    assert summary.evaluate("(one) => one === document.activeElement")
    assert summary.locator("[role=alert]").count() == 1
    for line in summary.locator("a").all():
        question = page.locator(line.get_attribute("href") or "")
        line.focus()
        page.keyboard.press("Enter")
        assert question.evaluate("(one) => one === document.activeElement")
        described = question.get_attribute("aria-describedby") or question.evaluate(
            "(one) => one.closest('fieldset').getAttribute('aria-describedby')"
        )
        said = page.locator(f"#{described.split()[-1]}").inner_text()
        assert line.inner_text() in said
