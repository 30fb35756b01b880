"""What a page costs on a poor line, and on paper."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.sheets import rules_missed
from tests.browser.stage import PHONE, Stage

MOST_REQUESTS = 4
MOST_BYTES = 16 * 1024
UNSPOKEN = "president3"
"""A president as whom no other test types: what was typed is kept, and would weigh here."""
A4_PX = {"width": 794, "height": 1123}


class Meter:
    """Counts what a page fetches over the line, as the browser's own protocol tells it."""

    def __init__(self, page: Page) -> None:
        self._wire: dict[str, str] = {}
        self.fetched: dict[str, int] = {}
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.on("Network.requestWillBeSent", self._begin)
        line.on("Network.requestServedFromCache", self._forget)
        line.on("Network.loadingFinished", self._end)

    def _begin(self, event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            self._wire[event["requestId"]] = event["request"]["url"]

    def _forget(self, event: dict[str, Any]) -> None:
        self._wire.pop(event["requestId"], None)

    def _end(self, event: dict[str, Any]) -> None:
        address = self._wire.pop(event["requestId"], None)
        if address and event["encodedDataLength"]:
            self.fetched[address] = int(event["encodedDataLength"])


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("name", ["sign-in", "home", "filing", "queue", "case"])
def test_a_first_load_is_light_and_the_next_brings_the_page_only(name: str, language: str, stage: Stage) -> None:
    """At most four requests and 16 KB; seen again, nothing but its HTML crosses the line."""
    who, path = {
        "sign-in": (None, "/sign-in"),
        "home": ("president", "/"),
        "filing": (UNSPOKEN, "/obstacles/new"),
        "queue": ("member", "/queue"),
        "case": ("president", stage.find_case("president", "resolved")),
    }[name]
    page = stage.page(who, viewport=PHONE)
    page.context.request.get(stage.url("/sign-in", language))  # chooses the language, and fetches no stylesheet
    first = Meter(page)
    page.goto(stage.url(path), wait_until="networkidle")
    assert 1 < len(first.fetched) <= MOST_REQUESTS
    assert sum(first.fetched.values()) <= MOST_BYTES, first.fetched
    again = Meter(page)
    page.goto(stage.url(path), wait_until="networkidle")
    assert [address for address in again.fetched if "/assets/" in address] == []
    assert len(again.fetched) == 1


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize(("who", "path"), [(UNSPOKEN, "/obstacles/new"), ("president", "/obstacles")])
def test_a_browser_that_knows_gzip_only_is_spared_too(who: str, path: str, language: str, stage: Stage) -> None:
    """Brotli is for secure addresses and this machine: in a plain network of an office, the same limit holds."""
    page = stage.page(who, viewport=PHONE, extra_http_headers={"Accept-Encoding": "gzip"})
    page.context.request.get(stage.url("/sign-in", language))
    first = Meter(page)
    answer = page.goto(stage.url(path), wait_until="networkidle")
    assert answer is not None
    assert answer.headers["content-encoding"] == "gzip"
    assert sum(first.fetched.values()) <= MOST_BYTES, first.fetched


def test_a_page_that_lacks_a_sheet_is_found_out(stage: Stage) -> None:
    """What the reader of every page finds when something of a list stands on a page without the sheet of lists."""
    page = stage.page()
    page.goto(stage.url("/sign-in"))
    assert rules_missed(page) == []
    page.evaluate("document.querySelector('h1').className = 'letter'")
    assert rules_missed(page) == ["work.css: .letter"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_receipt_fits_one_sheet(language: str, stage: Stage) -> None:
    """The receipt is one A4 page, whatever its language."""
    page = stage.page("president")
    page.goto(stage.url(stage.file_case() + "/receipt", language))
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_paper_shows_the_case_and_not_the_tools(language: str, stage: Stage) -> None:
    """Printed, a case has no buttons, no navigation and no bar, and stays within the sheet."""
    page = stage.page("president", viewport=A4_PX)
    page.goto(stage.url(stage.find_case("president", "resolved"), language))
    page.emulate_media(media="print")
    assert page.locator("main .button:visible, nav:visible, .dock:visible").count() == 0
    assert page.locator("h1:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
