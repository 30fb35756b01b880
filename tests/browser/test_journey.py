"""One obstacle from its filing to its end, by people whose telephones run no script, in Arabic and in French."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.people import Walker
from tests.browser.stage import DESK, PHONE, Stage
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
