"""A picture and a document go with a filing, from an Arabic telephone to the desk, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.stage import ANSWERS, PHONE, Stage
from tests.file_makers import paper, telling_picture

PICTURE, MINUTES = "صورة الورش.jpg", "محضر الاجتماع.pdf"


def payload(name: str, raw: bytes) -> FilePayload:
    """Return a file as a telephone hands it over."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": raw}


GOOD = [payload(PICTURE, telling_picture()), payload(MINUTES, paper())]
BAD = payload("fattura.pdf", b"MZ\x90\x00" * 40)


def answer(page: Page) -> None:
    """Answer the six questions."""
    for name, value in ANSWERS.items():
        field = page.locator(f"[name={name}]")
        if name in ("project_owner", "obstacle_type"):
            field.select_option(value)
        else:
            field.fill(value)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_picture_and_a_document_are_filed_one_file_is_refused_and_the_desk_saves_them(
    stage: Stage, scripts: bool, tmp_path: Path
) -> None:
    page = stage.page("president", viewport=PHONE, has_touch=True, java_script_enabled=scripts)
    page.goto(stage.url("/obstacles/new", "ar"))
    answer(page)
    page.set_input_files("[name=files]", files=[GOOD[0], BAD, GOOD[1]])
    if scripts:
        page.locator(".files li", has_text=MINUTES).wait_for()
        said = page.locator(".files [role=status]")
        page.locator(".files [role=status].error").wait_for()
        assert "fattura.pdf" in said.inner_text()
        assert page.locator("[name=files]").evaluate("(one) => one.files.length") == 0
    page.locator('button[value="continue"]').tap()
    if not scripts:
        expect(page.locator("[data-error-summary]")).to_contain_text("fattura.pdf")
        expect(page.locator("[name=description]")).to_have_value(ANSWERS["description"])
        expect(page.locator(".files li")).to_have_count(2)
        page.locator('button[value="continue"]').tap()
    page.locator("#route").wait_for()
    expect(page.locator(".files li")).to_have_count(2)
    page.locator('button[value="file"]').tap()
    page.wait_for_url("**/receipt")
    case = page.url.rsplit("/", 2)[1]

    desk = stage.page("reviewer", accept_downloads=True)
    desk.goto(stage.url(f"/obstacles/{case}", "fr"))
    shown = desk.locator(".files img")
    shown.scroll_into_view_if_needed()
    shown.evaluate("(one) => one.decode()")
    for name in (PICTURE, MINUTES):
        with desk.expect_download() as download:
            desk.locator(".files a", has_text=name).first.click()
        assert download.value.suggested_filename == name
        saved = tmp_path / "saved"
        download.value.save_as(saved)
        assert b"Telephones" not in saved.read_bytes()


def test_a_file_is_taken_back_before_it_is_sent_and_what_is_typed_stays(stage: Stage) -> None:
    page = stage.page("president", viewport=PHONE)
    page.goto(stage.url(f"{stage.file_case()}/comment", "ar"))
    page.fill("[name=comment]", "نص لا يضيع")
    page.set_input_files("[name=files]", files=GOOD)
    page.locator(".files li button").nth(1).wait_for()
    page.locator(".files li button").first.click()
    page.locator(".files li").nth(1).wait_for(state="detached")
    assert page.locator("[name=comment]").input_value() == "نص لا يضيع"
    page.locator(".keeping:not(:empty)").wait_for()
    page.reload()
    assert page.locator("[name=comment]").input_value() == "نص لا يضيع"
    assert page.locator(".files li").inner_text().count(MINUTES) == 1


def test_a_file_that_cannot_be_sent_stays_chosen_and_goes_with_the_form(stage: Stage) -> None:
    page = stage.page("president", viewport=PHONE)
    case = stage.file_case()
    page.goto(stage.url(f"{case}/comment", "ar"))
    page.fill("[name=comment]", "انظر المحضر")
    page.route("**/comment", lambda route: route.fulfill(status=200, body="{") if route.request.resource_type == "xhr"
               else route.continue_())  # fmt: skip
    page.set_input_files("[name=files]", files=[GOOD[1]])
    page.locator(".files [role=status].error").wait_for()
    assert page.locator("[name=files]").evaluate("(one) => one.files.length") == 1
    page.locator("main form[novalidate] button.button-main").click()
    page.wait_for_url(f"**{case}*")
    expect(page.locator(".timeline")).to_contain_text(MINUTES)
