"""One person on a telephone, in Arabic, by keyboard alone: all that proves who they are, from the first to the lost.

The pages are those of an installation where everybody is asked for a second proof, not those of the demonstration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.people import Mandate
from escalation.services.transaction import transaction
from tests.browser.asking import asking
from tests.browser.stage import DESK, PHONE, Stage
from tests.factories import PASSWORD, REGION, Town, settle, sign_in
from tests.visitor import Visitor
from tests.web.provers import enrol_app, is_in, mailed_code, shown_at

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MOST_STOPS = 60
KEY_OF_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def served(
    create_app: Callable[..., Flask], database_url: str, reference_data: None, tmp_path: Path
) -> Iterator[tuple[Flask, str]]:
    """An installation under a name that browsers take for safe, and its address."""
    with asking(create_app, database_url, tmp_path) as served:
        yield served


@pytest.fixture
def town(served: tuple[Flask, str]) -> Town:
    """The people of the town."""
    return settle(served[0])


@pytest.fixture
def stage(served: tuple[Flask, str], chromium: Browser) -> Iterator[Stage]:
    """The installation seen through a browser; at the end no page may have told of a fault."""
    stage = Stage(chromium, served[1])
    yield stage
    stage.close()
    assert not stage.faults, "\n".join(stage.faults)


def reach(page: Page, wanted: str) -> Locator:
    """Go on by the Tab key until this is in focus."""
    target = page.locator(wanted).first
    target.wait_for()
    for _stop in range(MOST_STOPS):
        if target.evaluate("(one) => one === document.activeElement"):
            return target
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted} on {page.url}")


def press(page: Page, wanted: str, leads_to: str) -> None:
    """Press what the keyboard reaches, and wait for the page it leads to."""
    reach(page, wanted)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{leads_to}")


def write(page: Page, name: str, text: str) -> None:
    """Write an answer where the keyboard reaches its question."""
    reach(page, f"main [name={name}]")
    page.keyboard.type(text)


def give_pass_phrase(page: Page, email: str) -> None:
    """Send the first step of signing in."""
    write(page, "email", email)
    write(page, "password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/second*")


def leave(page: Page) -> None:
    """Sign out by the button of the page's head."""
    press(page, 'form[action="/sign-out"] button', "/sign-in*")


def added_app(page: Page) -> pyotp.TOTP:
    """Read the key that stands on the page as letters, and write the code that an app makes of it."""
    page.wait_for_url("**/account/app")
    totp = pyotp.TOTP(page.locator("code.key").inner_text().replace(" ", ""))
    write(page, "code", shown_at(totp))
    page.keyboard.press("Enter")
    return totp


def codes_on(page: Page) -> list[str]:
    """Ask for the codes on paper, and return them."""
    reach(page, 'main form[action="/account/recovery-codes"] button')
    page.keyboard.press("Enter")
    expect(page.locator(".codes code")).to_have_count(10)
    return page.locator(".codes code").all_inner_texts()


def test_from_the_first_code_to_the_lost_telephone_by_keyboard_alone(stage: Stage, town: Town) -> None:
    page = stage.page(None, viewport=PHONE, has_touch=True)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY_OF_DEVICE})
    page.goto(stage.url("/sign-in", "ar"))

    give_pass_phrase(page, town.chair.email)
    assert page.locator("html").get_attribute("dir") == "rtl"
    write(page, "proof_code", mailed_code(town.app))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/factors")
    assert page.locator(".notice").count() == 1, "the office asks for more"

    press(page, 'form[action="/account/app/begin"] button', "/account/app")
    totp = added_app(page)
    page.wait_for_url("**/account/recovery-codes")
    first = codes_on(page)
    assert len(first) == 10
    press(page, "main a.button-main", "/")

    leave(page)
    give_pass_phrase(page, town.chair.email)
    write(page, "proof_code", shown_at(totp, 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/")

    page.goto(stage.url("/account/factors"))
    press(page, 'a[href="/account/passkeys/new"]', "/account/passkeys/new")
    write(page, "name", "هاتفي")
    press(page, "[data-passkey] button", "/account/factors")
    assert page.locator("main").inner_text().count("هاتفي") == 1

    leave(page)
    press(page, "[data-passkey] button", "/")

    leave(page)
    give_pass_phrase(page, town.chair.email)
    press(page, 'a[href*="with=paper"]', "with=paper*")
    write(page, "proof_code", first[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/factors")
    press(page, 'form[action="/account/app/begin"] button', "/account/app")
    added_app(page)
    page.wait_for_url("**/account/factors")

    other = sign_in(Visitor(town.app), town.chair)
    assert is_in(other)
    page.reload()
    reach(page, 'form[action="/account/sessions/end-others"] button')
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    assert not is_in(other)

    change_office(page, town)


def change_office(page: Page, town: Town) -> None:
    """Take the group president's office from who stands in an open session, and give them another one."""
    press(page, 'a[href="/"]', "/")
    press(page, 'a[href="/queue"]', "/queue")
    press(page, 'a[href="/"]', "/")
    enrol_app(town.app, town.admin)
    admin, today = sign_in(Visitor(town.app), town.admin, proven_at=datetime.now(UTC)), local_day(datetime.now(UTC))
    with town.app.app_context():
        office = db.session.scalar(select(Mandate.id).where(Mandate.person_id == town.chair.id))
    ended = admin.submit(f"/admin/mandates/{office}/end", {"ends_on": (today - timedelta(days=1)).isoformat()})
    assert ended.status_code == 303
    press(page, 'a[href="/queue"]', "/queue")
    assert page.locator("main table, main .cases, main article").count() == 0
    assert page.reload().status == 403, "nothing is left of the office at the next click"  # type: ignore[union-attr]
    with town.app.app_context(), transaction() as rows:
        term = {"office": Office.GROUP_MEMBER, "place_code": REGION, "starts_on": today}
        rows.add(Mandate(person_id=town.chair.id, created_at=datetime.now(UTC), **term))
    assert page.reload().status == 200, "the next office counts in the same session"  # type: ignore[union-attr]


@pytest.mark.parametrize(("language", "viewport"), [("ar", PHONE), ("fr", DESK)])
def test_without_scripts_a_held_form_is_proven_and_sent(
    stage: Stage, town: Town, language: str, viewport: dict[str, int]
) -> None:
    totp = enrol_app(town.app, town.admin)
    page = stage.page(None, viewport=viewport, java_script_enabled=False)
    page.goto(stage.url("/sign-in", language))
    assert page.locator("[data-without-passkey]").is_visible(), "the page says why there is no button"
    give_pass_phrase(page, town.admin.email)
    write(page, "proof_code", shown_at(totp))
    reach(page, "main [name=trusts]")
    page.keyboard.press("Space")
    reach(page, "main button.button-main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    leave(page)
    write(page, "email", town.admin.email)
    write(page, "password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.goto(stage.url("/admin/settings"))
    form = page.locator('form[action="/admin/settings/confirm_days"]')
    form.locator("xpath=ancestor::details/summary").click()
    form.locator("[name=value]").fill("12")
    form.locator("[name=effective_on]").fill("2098-01-01")
    form.locator("button").click()
    expect(page.locator("[data-held]")).to_have_count(1)
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    write(page, "proof_code", shown_at(totp, 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/settings")
    assert "2098" in page.locator("main").inner_text()
