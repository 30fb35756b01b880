"""How pages are opened: at an address, on a case that stands so or so, as the form of a move, or refused."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.stage import Stage

Open = Callable[[Stage, str], Page]


def at(who: str | None, path: str) -> Open:
    """A page with a known address."""

    def opened(stage: Stage, language: str) -> Page:
        page = stage.page(who)
        page.goto(stage.url(path, language))
        return page

    return opened


def case_of(who: str, status: str, after: str = "") -> Open:
    """A page of some case of the demonstration that has this status."""

    def opened(stage: Stage, language: str) -> Page:
        return at(who, stage.find_case(who, status) + after)(stage, language)

    return opened


def claimed(action: str) -> Open:
    """The form of a move that needs the case on one's own hands."""

    def opened(stage: Stage, language: str) -> Page:
        case = stage.file_case()
        stage.act("reviewer", case, "claim")
        return at("reviewer", f"{case}/{action}")(stage, language)

    return opened


def filed(who: str, action: str) -> Open:
    """The form of a move on a case that has just been filed."""
    return lambda stage, language: at(who, f"{stage.file_case()}/{action}")(stage, language)


def told_of_errors(page: Page) -> Page:
    """Return the page once it tells of errors, and its script has brought the reader there."""
    expect(page.locator("[data-error-summary]")).to_have_count(1)
    page.wait_for_load_state()
    return page


def refused(opening: Open, button: str = "main form[novalidate] button[type=submit]") -> Open:
    """A form sent as it stands, and refused."""

    def opened(stage: Stage, language: str) -> Page:
        page = opening(stage, language)
        page.locator(button).first.click()
        return told_of_errors(page)

    return opened
