"""The pages about messages: how one is told, what was told, and what an administrator does about it all."""

from __future__ import annotations

import hashlib

from itsdangerous import URLSafeSerializer
from playwright.sync_api import Page

from tests.browser.opening import Open, at, refused, told_of_errors
from tests.browser.stage import Stage

WORDS_OF_MAIL = "/admin/wordings/obstacle_filed.desk.ar"


def half_quiet(stage: Stage, language: str) -> Page:
    """How one is told, with the first of two quiet hours and not the second."""
    page = at("president", "/account/messages")(stage, language)
    page.select_option("[name=quiet_from]", "22")
    page.locator("main form[novalidate] button[type=submit]").click()
    return told_of_errors(page)


def chosen(stage: Stage, language: str) -> Page:
    """How one is told, with cases that one follows or has muted."""
    for attention in ("followed", "muted"):
        case = stage.file_case()
        stage.send("president", f"{case}/attention", form_at=case, attention=attention)
    return at("president", "/account/messages")(stage, language)


def followed(stage: Stage, language: str) -> Page:
    """A case that its reader follows, and who was told of it by which way."""
    case = stage.file_case()
    stage.act("reviewer", case, "claim")
    stage.send("coordinator", f"{case}/attention", form_at=case, attention="followed")
    return at("coordinator", case)(stage, language)


def waiting_messages(stage: Stage, language: str) -> Page:
    """The mails that have not left, with one that waits for a digest and may be cancelled."""
    ways = dict.fromkeys(("words", "receipt", "beside", "early"), "at_once") | {"quiet_from": "", "quiet_to": ""}
    stage.send("president2", "/account/messages", **ways, steps="daily")
    stage.act("reviewer", stage.file_case("president2"), "claim")
    page = at("admin", "/admin/outbox")(stage, language)
    page.locator("form[action*=cancel]").first.wait_for()
    return page


def ending(stage: Stage, language: str) -> Page:
    """The page to which the end of a digest leads, before anything is ended."""
    key = (stage.var_dir / "secret-key").read_text(encoding="ascii").strip()
    signer = URLSafeSerializer(key, salt="unsubscribe", signer_kwargs={"digest_method": hashlib.sha256})
    return at(None, f"/unsubscribe/{signer.dumps([1, 'weekly'])}")(stage, language)


def ended(stage: Stage, language: str) -> Page:
    """What it says afterwards."""
    page = ending(stage, language)
    page.locator("main form button").click()
    page.locator("main form").wait_for(state="detached")
    page.locator("main h1").wait_for()
    return page


def shown_words(stage: Stage, language: str) -> Page:
    """The words of a mail, with a version of one's own, and the mail about a made-up case."""
    page = at("admin", WORDS_OF_MAIL)(stage, language)
    page.fill("[name=subject]", "ملف جديد من جماعة {الجماعة}")
    page.locator("main form button[value=save]").click()
    page.locator("main form button[value=preview]").click()
    page.locator("#seen").wait_for()
    return page


def unsaid_words(stage: Stage, language: str) -> Page:
    """The form of a mail's words, with what cannot be said."""
    page = at("admin", WORDS_OF_MAIL)(stage, language)
    page.fill("[name=subject]", "{titre}")
    page.fill("[name=body]", "<b>{الرابط")
    return page


def webhook_added(stage: Stage, language: str) -> Page:
    """The secret of a webhook, shown once."""
    page = at("admin", "/admin/webhooks")(stage, language)
    page.fill("[name=name]", "منصة الجهة")
    page.fill("[name=url]", "https://hooks.example.ma/cases")
    page.locator("main form button").first.click()
    page.locator("text=/whsec_/").wait_for()
    return page


def webhook_told(stage: Stage, language: str) -> Page:
    """A webhook, and a test that it was told."""
    page = webhook_added(stage, language)
    page.locator("main a").first.click()
    page.locator("form[action$='/test'] button").click()
    page.locator("#told").wait_for()
    return page


MESSAGE_PAGES: dict[str, Open] = {
    "inbox": at("president", "/inbox"),
    "inbox of nothing": at("admin", "/inbox"),
    "how I am told": at("president", "/account/messages"),
    "how I am told refused": half_quiet,
    "how I am told, with cases": chosen,
    "case that is followed": followed,
    "end of a digest": ending,
    "end of a digest, ended": ended,
    "mails that wait": at("admin", "/admin/intake"),
    "a mail that waits": at("admin", "/admin/intake/1"),
    "messages that wait": waiting_messages,
    "messages sent": at("admin", "/admin/outbox?status=any"),
    "messages sent, none": at("admin", "/admin/outbox?q=@nowhere.test"),
    "words of the mails": at("admin", "/admin/wordings"),
    "words of a mail": at("admin", "/admin/wordings/obstacle_resolved.commune.ar"),
    "words of a mail in French": at("admin", "/admin/wordings/deadline_passed.assignee.fr"),
    "words of a mail shown": shown_words,
    "words of a mail refused": refused(unsaid_words, "main form button[value=save]"),
    "webhooks": at("admin", "/admin/webhooks"),
    "webhook refused": refused(at("admin", "/admin/webhooks"), "main form button"),
    "secret of a webhook": webhook_added,
    "webhook": webhook_told,
}
