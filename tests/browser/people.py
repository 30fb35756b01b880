"""The people of one walk through the pages, each at a browser of their own, who follow the pages' own links."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.stage import ANSWERS, Stage, sign_in


class Walker:
    """The people of one walk, in one language, at one width; without scripts unless told otherwise."""

    def __init__(self, stage: Stage, language: str, viewport: dict[str, int], **settings: Any) -> None:
        self.stage, self.language = stage, language
        self._settings = {"viewport": viewport, "java_script_enabled": False} | settings
        self._pages: dict[str, Page] = {}

    def page_of(self, who: str) -> Page:
        """Return the page of a person, who signs in by the form the first time."""
        if who not in self._pages:
            page = self.stage.page(None, **self._settings)
            page.goto(self.stage.url("/sign-in", self.language))
            sign_in(page, who)
            self._pages[who] = page
        return self._pages[who]

    def act(self, who: str, case: str, action: str, **answers: str) -> None:
        """Make a move as the case page offers it: by its own button, or on the page that its link leads to."""
        page = self.page_of(who)
        page.goto(self.stage.url(case))
        link, direct = (page.locator(f'.state {one}$="/{action}"]') for one in ("a[href", "form[action"))
        folded = page.locator(f'.state details:has([href$="/{action}"], [action$="/{action}"]) > summary')
        if folded.count():
            folded.first.click()
        if direct.count():
            direct.locator("button").first.click()
        else:
            link.first.click()
            for name, answer in answers.items():
                _answer(page.locator(f"main [name={name}]"), answer)
            page.locator("main form[novalidate] .stick button").click()
        page.wait_for_url(self.stage.url(case))  # and until it has loaded

    def sees(self, who: str, status: str, level: str) -> None:
        """Check what the case page says of itself, in the language and direction of its reader."""
        page = self.page_of(who)
        main = page.locator("main")
        assert (main.get_attribute("data-status"), main.get_attribute("data-level")) == (status, level)
        root = page.locator("html")
        direction = "rtl" if self.language == "ar" else "ltr"
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (self.language, direction)

    def file(self, **answers: str) -> str:
        """File as the president does: the questions, where they lead, the receipt; return the path of the case."""
        page = self.page_of("president")
        page.goto(self.stage.url("/"))
        page.locator('main a[href="/obstacles/new"]').first.click()
        for name, answer in (ANSWERS | answers).items():
            _answer(page.locator(f"[name={name}]"), answer)
        page.locator('button[value="continue"]').click()
        page.wait_for_url(re.compile(r"/obstacles/drafts/[0-9]+#route$"))
        route = page.locator("#route").inner_text()
        assert re.search(r"20[0-9]{2}", route), "the route names no day for the answer"
        assert len(route.splitlines()) >= 4, "the route must say where, why and by when"
        page.locator('button[value="file"]').click()
        page.wait_for_url(re.compile("/receipt$"))
        reference = page.locator("main").get_attribute("data-reference") or ""
        assert reference in page.locator(".confirmation").inner_text()
        return f"/obstacles/{reference}"


def _answer(question: Locator, answer: str) -> None:
    if question.first.get_attribute("type") == "radio":
        question.locator(f"xpath=self::*[@value='{answer}']").check()
    elif question.evaluate("(one) => one.tagName") == "SELECT":
        question.select_option(answer)
    else:
        question.fill(answer)
