"""The page of a case on a telephone: what a tired person needs is on the first screen; a reference is soon shared."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.stage import PHONE, Stage

FIRST_SCREEN = 640
READERS = {
    "filed": ("president", "reviewer"),
    "in_review": ("president", "reviewer"),
    "information_requested": ("president", "reviewer"),
    "resolved": ("president", "secretary"),
}


def bottom_of(page: Page, selector: str) -> float:
    """Return where the first of these ends, from the top of the page."""
    return float(page.locator(selector).first.evaluate("(one) => one.getBoundingClientRect().bottom + scrollY"))


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize(("status", "who"), [(status, who) for status, readers in READERS.items() for who in readers])
def test_the_first_screen_says_where_who_since_when_by_when_and_what_next(
    stage: Stage, status: str, who: str, language: str
) -> None:
    """All of it ends above the fold of a small telephone, and a move is in reach where there is one to make."""
    page = stage.page(who, viewport=PHONE)
    page.goto(stage.url(stage.find_case(who, status), language))
    head = page.locator(".page-head")
    assert bottom_of(page, ".page-head h1 + p") <= FIRST_SCREEN, "where it is, who has it and since when"
    assert bottom_of(page, ".page-head .tag") <= FIRST_SCREEN
    assert bottom_of(page, ".page-head .due") <= FIRST_SCREEN, "the next deadline"
    assert head.locator("time, .due span").count() >= 1
    assert bottom_of(page, ".page-head .whole") <= FIRST_SCREEN, "what comes next"
    if page.locator(".dock").count():
        box = page.locator(".dock").bounding_box()
        assert box is not None
        assert PHONE["height"] - box["y"] - box["height"] < 1


def test_the_text_to_share_is_copied_and_handed_on(stage: Stage) -> None:
    """Where the browser can, one tap copies and one hands the text on; the field keeps it for the others."""
    page = stage.page("president", viewport=PHONE, has_touch=True, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script("navigator.share = (given) => { window.handed = given; return Promise.resolve(); };")
    page.goto(stage.url(stage.find_case("president", "information_requested"), "fr"))
    page.locator(".share > summary").tap()
    text = page.locator("#share-text").input_value()
    page.locator("[data-copy]").tap()
    page.wait_for_function("document.querySelector('[data-copied]').textContent")
    assert page.evaluate("navigator.clipboard.readText()") == text
    page.locator("[data-hand]").tap()
    page.wait_for_function("window.handed")
    assert page.evaluate("window.handed.text") == text
    assert page.locator(".share a").get_attribute("href").startswith("https://wa.me/?text=")  # type: ignore[union-attr]


def test_without_scripts_the_text_is_there_to_be_marked_and_sent(stage: Stage) -> None:
    """No button that does nothing: the field and the link remain."""
    page = stage.page("president", viewport=PHONE, java_script_enabled=False)
    page.goto(stage.url(stage.find_case("president", "information_requested"), "ar"))
    page.locator(".share > summary").click()
    assert page.locator("#share-text").is_visible()
    assert page.locator(".share a").is_visible()
    assert page.locator(".share button:visible").count() == 0
