"""What the scripts add on a telephone: one send for two taps, proposals, a summary that takes the focus."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.stage import ANSWERS, PHONE, Stage


@pytest.fixture
def page(stage: Stage) -> Page:
    """A president's telephone."""
    return stage.page("president", viewport=PHONE, has_touch=True)


def test_two_taps_send_once(page: Page, stage: Stage) -> None:
    """On a slow line the second tap does nothing, and one case is filed."""
    sent: list[str] = []

    def slowly(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            page.wait_for_timeout(400)
        route.continue_()

    page.goto(stage.url(stage.save_draft()))
    page.route("**/obstacles/drafts/*", slowly)
    box = page.locator('button[value="file"]').bounding_box()
    assert box is not None
    for _tap in range(2):
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("/receipt$"))
    assert len(sent) == 1


def test_the_same_form_sent_twice_files_once(page: Page, stage: Stage) -> None:
    """Even where scripts are slower than fingers, the key of the form holds."""
    page.goto(stage.url(stage.save_draft()))
    again = page.locator("main form[novalidate]").evaluate(
        """(form) => {
          const body = new URLSearchParams(new FormData(form));
          body.set("do", "file");
          const send = () => fetch(form.action, {method: "POST", body}).then((answer) => answer.url);
          return Promise.all([send(), send()]);
        }"""
    )
    assert again[0] == again[1]
    assert again[0].endswith("/receipt")


def test_title_and_sector_are_proposed(page: Page, stage: Stage) -> None:
    """They follow the cause and the project until their writer says otherwise."""
    page.goto(stage.url("/obstacles/new", "fr"))
    page.locator("details.more > summary").tap()
    page.fill("[name=project_name]", "Piste Oulad Bouazza")
    page.select_option("[name=obstacle_type]", ANSWERS["obstacle_type"])
    cause = page.locator("[name=obstacle_type] option:checked").inner_text()
    title, sector = page.locator("[name=title]"), page.locator("[name=sector]")
    assert sorted(title.input_value().split(": ")) == sorted(["Piste Oulad Bouazza", cause])
    assert sector.input_value() == page.locator("[name=obstacle_type] option:checked").get_attribute("data-sector")
    title.fill("Mon titre")
    page.fill("[name=project_name]", "Autre projet")
    assert title.input_value() == "Mon titre"


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_summary_of_errors_takes_the_focus_and_leads_to_the_question(
    page: Page, stage: Stage, language: str
) -> None:
    """A refused form is answered by one list, heard at once; each line brings to its question, in view."""
    page.goto(stage.url("/obstacles/new", language))
    page.locator('button[value="continue"]').tap()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.locator("li")).to_have_count(6)
    summary.locator("a").last.tap()
    question = page.locator("[name=request]")
    expect(question).to_be_focused()
    assert question.evaluate("(one) => one.closest('.field').getBoundingClientRect().top") > -1


def test_the_main_action_stays_in_reach(page: Page, stage: Stage) -> None:
    """On a case that waits for me, the bar at the bottom holds what I may do, without hiding the end of the page."""
    page.goto(stage.url(stage.find_case("president", "resolved"), "ar"))
    dock = page.locator(".dock")
    box = dock.bounding_box()
    assert box is not None
    assert PHONE["height"] - box["y"] - box["height"] < 1
    assert box["height"] <= 80
    dock.locator("a").tap()
    page.wait_for_url(re.compile("/confirm$"))


def test_a_commitment_is_asked_for_where_there_is_one(stage: Stage) -> None:
    """Once another outcome is chosen its three questions are out of the way; until then all stand there."""
    case = stage.file_case()
    stage.act("reviewer", case, "claim")
    page = stage.page("reviewer", viewport=PHONE)
    page.goto(stage.url(f"{case}/resolve"))
    questions = page.locator("main form .field:has([name^=commitment])")
    assert questions.count() == 3
    for outcome, shown in ((None, 3), ("removed", 0), ("commitment", 3)):
        if outcome is not None:
            page.check(f"[name=outcome][value={outcome}]")
        assert [one.is_visible() for one in questions.all()].count(True) == shown
