"""One obstacle from its filing to its end, by people whose telephones run no script, in Arabic and in French."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.stage import ANSWERS, DESK, PHONE, Stage, sign_in
from tests.waiting import wait_until

WAYS = [("ar", "phone"), ("fr", "desk")]
WINDOWS = {"phone": PHONE, "desk": DESK}
MAILS = {
    "president": {
        "obstacle_filed", "obstacle_claimed", "obstacle_escalated", "information_requested", "obstacle_resolved",
    },
    "reviewer": {"obstacle_filed"},
    "coordinator": {"obstacle_filed", "obstacle_escalated", "obstacle_resolved", "obstacle_closed"},
    "member": {"obstacle_escalated", "information_provided", "obstacle_closed"},
    "chair": {"obstacle_escalated"},
}  # fmt: skip
"""What each of the demo's people must have been told of the case at the end of its walk; the one who acts is not."""


class Walker:
    """The people of one walk, each at a browser of their own, without scripts."""

    def __init__(self, stage: Stage, language: str, viewport: dict[str, int]) -> None:
        self.stage, self.language = stage, language
        self._settings = {"viewport": viewport, "java_script_enabled": False}
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
        """Follow the case page's own link to a move, and make it."""
        page = self.page_of(who)
        page.goto(self.stage.url(case))
        page.locator(f'.state a[href$="/{action}"]').click()
        for name, answer in answers.items():
            _answer(page.locator(f"[name={name}]"), answer)
        page.locator("main form[novalidate] button").click()
        assert page.url == self.stage.url(case), f"{action} led to {page.url}"

    def sees(self, who: str, status: str, level: str) -> None:
        """Check what the case page says of itself, in the language and direction of its reader."""
        page = self.page_of(who)
        main = page.locator("main")
        assert (main.get_attribute("data-status"), main.get_attribute("data-level")) == (status, level)
        root = page.locator("html")
        direction = "rtl" if self.language == "ar" else "ltr"
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (self.language, direction)

    def file(self) -> str:
        """File as the president does: the questions, where they lead, the receipt; return the path of the case."""
        page = self.page_of("president")
        page.goto(self.stage.url("/"))
        page.locator('main a[href="/obstacles/new"]').first.click()
        for name, answer in ANSWERS.items():
            _answer(page.locator(f"[name={name}]"), answer)
        page.locator('button[value="continue"]').click()
        assert re.search(r"/obstacles/drafts/[0-9]+#route$", page.url)
        route = page.locator("#route").inner_text()
        assert re.search(r"20[0-9]{2}", route), "the route names no day for the answer"
        assert len(route.splitlines()) >= 4, "the route must say where, why and by when"
        page.locator('button[value="file"]').click()
        assert page.url.endswith("/receipt")
        reference = page.locator("main").get_attribute("data-reference") or ""
        assert reference in page.locator(".confirmation").inner_text()
        return f"/obstacles/{reference}"


def _answer(question: Locator, answer: str) -> None:
    if question.count() > 1:
        question.locator(f"xpath=self::*[@value='{answer}']").check()
    elif question.evaluate("(one) => one.tagName") == "SELECT":
        question.select_option(answer)
    else:
        question.fill(answer)


@pytest.fixture(params=WAYS, ids="-".join)
def walker(request: pytest.FixtureRequest, stage: Stage) -> Walker:
    """The people of one language, at one width."""
    language, width = request.param
    return Walker(stage, language, WINDOWS[width])


def test_an_obstacle_climbs_and_is_settled_without_scripts(walker: Walker) -> None:
    """Filed, claimed, escalated, asked about, answered, resolved, confirmed; and everybody was told."""
    case = walker.file()
    for who, action, answers, status, level in [
        ("reviewer", "claim", {}, "in_review", "province"),
        ("reviewer", "escalate", {"reason": "الشريك الأساسي هو مجلس الجهة."}, "filed", "region"),
        ("member", "claim", {}, "in_review", "region"),
        ("member", "request-information", {"question": "ما هي كلفة الربط؟"}, "information_requested", "region"),
        ("president", "answer", {"answer": "مائة وعشرون ألف درهم."}, "in_review", "region"),
        ("member", "resolve", {"outcome": "removed", "resolution": "رُبطت المحطة."}, "resolved", "region"),
        ("president", "confirm", {}, "closed", "region"),
    ]:
        walker.act(who, case, action, **answers)
        walker.sees(who, status, level)
    _everybody_was_told(walker, case)
    _the_ledger_says_so(walker, case)


def test_an_obstacle_can_be_withdrawn_without_scripts(walker: Walker) -> None:
    """The commune takes its obstacle back, and says why."""
    case = walker.file()
    walker.act("president", case, "withdraw", reason="حُل المشكل محليا.")
    walker.sees("president", "withdrawn", "province")


def test_a_draft_can_be_discarded_without_scripts(walker: Walker) -> None:
    """A draft is saved half empty, found in the list, and deleted."""
    page = walker.page_of("president")
    page.goto(walker.stage.url("/obstacles/new"))
    page.fill("[name=project_name]", "مسودة للحذف")
    page.locator('button[value="save"]').click()
    address = page.url
    assert re.search(r"/obstacles/drafts/[0-9]+$", address)
    page.locator('form[action$="/discard"] button').click()
    assert page.url == walker.stage.url("/obstacles")
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 404


def _everybody_was_told(walker: Walker, case: str) -> None:
    """Each of the demo's people has the mails the table of notices owes them, in the language of their account."""
    page = walker.stage.page(None, java_script_enabled=False)
    reference = case.rpartition("/")[2]

    def missing() -> dict[str, set[str]]:
        page.goto(walker.stage.url(f"/mailbox?reference={reference}"))
        got = {(mail["to"], mail["event"]) for mail in _mails(page)}
        return {who: lacking for who, events in MAILS.items() if (lacking := events - _told(got, who))}

    wait_until(lambda: not missing(), every_s=0.3)
    for mail in _mails(page):
        who, _at, domain = mail["to"].partition("@")
        page.goto(walker.stage.url(f"/mailbox/{mail['message']}/html"))
        root = page.locator("html")
        language, direction = root.get_attribute("lang"), root.get_attribute("dir")
        assert direction == ("rtl" if language == "ar" else "ltr")
        if who in MAILS and domain == "demo.test":
            assert language == _language_of(walker.stage, who)
        assert reference in page.locator("body").inner_text()


def _told(got: set[tuple[str, str]], who: str) -> set[str]:
    return {event for to, event in got if to == f"{who}@demo.test"}


def _mails(page: Page) -> list[dict[str, str]]:
    mails = page.locator("article[data-message]")
    found: list[dict[str, str]] = mails.evaluate_all("(all) => all.map((one) => ({...one.dataset}))")
    return found


def _language_of(stage: Stage, who: str) -> str:
    chosen = re.search(r'name="language" value="(\w+)" checked', stage.read(who, "/account?lang=en"))
    assert chosen, "the account page names no language"
    return chosen.group(1)


def _the_ledger_says_so(walker: Walker, case: str) -> None:
    """The one who filed reads on the case page who was told, and that every message left."""
    page = walker.page_of("president")

    def all_left() -> bool:
        page.goto(walker.stage.url(case))
        marks = page.locator(".ledger tbody tr .tag").evaluate_all("(all) => all.map((one) => one.className)")
        return len(marks) >= 10 and all("tone-done" in mark for mark in marks)

    wait_until(all_left, every_s=0.3)
