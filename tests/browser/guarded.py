"""The pages of the second proof, as an installation shows them that asks everybody for one: which the demonstration
does not.

A new page of this kind, or a new state of one, is a line in `GUARDED`; the readers of all pages then read it too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from escalation.models.factors import Passkey, RecoveryCode, TrustedDevice
from escalation.services.transaction import transaction
from tests.browser.stage import Stage
from tests.factories import PASSWORD, Inhabitant, Town, sign_in
from tests.visitor import ORIGIN, Visitor
from tests.web.provers import enrol_app

LONG_AGO = timedelta(days=1)
CODES = 10


class Guarded:
    """An installation that asks for second proofs, and people who have one of each kind."""

    def __init__(self, stage: Stage, town: Town) -> None:
        self.stage, self.town = stage, town
        for person in (town.member, town.secretary):
            enrol_app(town.app, person)
        now = datetime.now(UTC)
        with town.app.app_context(), transaction() as rows:
            for number in range(CODES):
                hashed = f"{number:064d}"
                rows.add(RecoveryCode(person_id=town.member.id, salt="-" * 32, code_hash=hashed, created_at=now))
            for person in (town.member, town.reviewer):
                key = {"credential_id": f"a{person.id}", "credential_hash": f"{person.id:064d}", "public_key": "a"}
                rows.add(Passkey(person_id=person.id, name="هاتفي", sign_count=0, created_at=now, **key))
            for number in range(2):
                times = {"created_at": now, "used_at": now, "expires_at": now + timedelta(days=30)}
                token = {"token_hash": f"{number:064d}", "device": "Firefox · Android"}
                rows.add(TrustedDevice(person_id=town.member.id, **token, **times))

    def entering(self, person: Inhabitant, language: str) -> Page:
        """Return the page after a right pass-phrase."""
        page = self.stage.page(None)
        page.goto(self.stage.url("/sign-in", language))
        page.fill("[name=email]", person.email)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/sign-in/second*")
        return page

    def inside(self, person: Inhabitant, language: str, path: str, ago: timedelta = LONG_AGO) -> Page:
        """Return a page as this person sees it, who gave a second proof so long ago."""
        visitor = sign_in(Visitor(self.town.app), person, proven_at=datetime.now(UTC) - ago)
        with visitor.session_transaction(base_url=ORIGIN) as cookie:
            cookie["language"] = language
        given: Any = {"name": "session", "value": visitor.get_cookie("session").value, "url": self.stage.base_url}  # type: ignore[union-attr]
        page = self.stage.page(None)
        page.context.add_cookies([given])
        page.goto(self.stage.url(path))
        return page


Open = Callable[[Guarded, str], Page]
MAIN = "main form[novalidate] button.button-main[type=submit], main form[novalidate] button.button-main:not([type])"


def pressed(opening: Open, button: str) -> Open:
    """What comes once a button is pressed."""

    def opened(guarded: Guarded, language: str) -> Page:
        page = opening(guarded, language)
        page.locator(button).first.click()
        page.wait_for_load_state()
        return page

    return opened


def refused(opening: Open) -> Open:
    """A form sent without an answer, and refused."""

    def opened(guarded: Guarded, language: str) -> Page:
        page = pressed(opening, MAIN)(guarded, language)
        assert page.locator("[data-error-summary]").count() == 1
        return page

    return opened


def entering(who: str) -> Open:
    """The second step of signing in."""
    return lambda guarded, language: guarded.entering(getattr(guarded.town, who), language)


def inside(who: str, path: str, ago: timedelta = LONG_AGO) -> Open:
    """A page of who is signed in."""
    return lambda guarded, language: guarded.inside(getattr(guarded.town, who), language, path, ago)


def held(guarded: Guarded, language: str) -> Page:
    """A form that waits for its proof, with what was typed in it."""
    page = inside("member", "/account/phone")(guarded, language)
    page.fill("[name=phone]", "0612345678")
    page.locator(MAIN).first.click()
    page.locator("[data-held]").wait_for()
    return page


def wrong_paper(guarded: Guarded, language: str) -> Page:
    """A code on paper that is none, where an app is asked for."""
    page = inside("member", "/prove")(guarded, language)
    page.locator("main summary").click()
    page.fill("[name=proof_paper]", "abcde fghij")
    page.locator(MAIN).first.click()
    expect(page.locator("details[open] .error")).to_have_count(1)
    return page


SECOND, PAPER, MAILED = entering("member"), 'a[href*="with=paper"]', 'form[action="/prove/code"] button'
JUST_NOW = timedelta(0)
GUARDED: dict[str, Open] = {
    "second step by mail": entering("president"),
    "second step by mail refused": refused(entering("president")),
    "second step by app or passkey": SECOND,
    "second step on paper refused": refused(pressed(SECOND, PAPER)),
    "proof by mail": inside("president", "/prove?next=/account/password"),
    "proof by mail refused": refused(pressed(inside("president", "/prove"), MAILED)),
    "proof by passkey": inside("reviewer", "/prove"),
    "proof on paper refused": wrong_paper,
    "form that waits for its proof": held,
    "form that waits for its proof refused": refused(held),
    "enrolment that an office asks for": inside("admin", "/account/factors"),
    "all that may be enrolled": inside("member", "/account/factors"),
    "recovery codes to be made": inside("secretary", "/account/recovery-codes"),
    "recovery codes": pressed(inside("secretary", "/account/recovery-codes", JUST_NOW), "main form button"),
    "add a passkey": inside("president", "/account/passkeys/new", JUST_NOW),
}
"""Who is asked for what, in each state of the pages."""
