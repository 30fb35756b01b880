"""Every kind of page the program shows, and who opens it how: the one list that all reading tests walk.

A new page is a line in `PAGES`; what it must be is then asked of it in three languages, two themes and all widths.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from tests.browser.stage import ANSWERS, Stage

Open = Callable[[Stage, str], Page]
STATUSES = ("filed", "in_review", "information_requested", "resolved", "closed", "withdrawn")


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


def refused(opening: Open, button: str = "main form[novalidate] button[type=submit]") -> Open:
    """A form sent as it stands, and refused."""

    def opened(stage: Stage, language: str) -> Page:
        page = opening(stage, language)
        page.locator(button).first.click()
        assert page.locator("[data-error-summary]").count() == 1
        return page

    return opened


def stale(stage: Stage, language: str) -> Page:
    """A form whose case moved while it was being written."""
    case = stage.file_case()
    page = at("president", f"{case}/withdraw")(stage, language)
    stage.act("reviewer", case, "claim")
    page.fill("[name=reason]", "حُل المشكل محليا.")
    page.locator("main form[novalidate] button[type=submit]").click()
    return page


def told(stage: Stage, language: str) -> Page:
    """A case with all that may stand on its page: replies awaited, a comment, notes, a correction, what was undone."""
    case = stage.file_case()
    stage.act("reviewer", case, "claim")
    stage.act("reviewer", case, "refer-out", body="AREP", session="", expected_on=soon(), reason="تاريخ التوقيع")
    stage.act("reviewer", case, "record-reply", approach="1", reply="خلال الأسبوع المقبل")
    stage.act("reviewer", case, "refer-out", body="", session="commune", expected_on=soon(), reason="دورة المجلس")
    stage.act("president", case, "comment", comment="الاتفاقية جاهزة.")
    stage.act("reviewer", case, "note", note="نتصل غدا.")
    stage.act("reviewer", case, "record-contact", spoke_with="مدير الوكالة", channel="phone", contact="أكد الموعد.")
    stage.act("president", case, "amend", **ANSWERS | {"request": "تحديد موعد قبل نهاية السنة."})
    stage.act("reviewer", case, "resume", reason="ورد الرد.")
    stage.send("reviewer", f"{case}/undo", form_at=case)
    return at("reviewer", case)(stage, language)


def soon() -> str:
    """A day three weeks from now, as forms send it."""
    return (datetime.now(UTC).date() + timedelta(days=21)).isoformat()


def receipt(stage: Stage, language: str) -> Page:
    """The receipt of a filing."""
    return at("president", f"{stage.file_case()}/receipt")(stage, language)


def draft(stage: Stage, language: str) -> Page:
    """A draft, with where it would go."""
    return at("president", stage.save_draft())(stage, language)


def begun(stage: Stage, language: str) -> Page:
    """The form of a move with what had been typed in it, and the offer of what the device kept alone."""
    address = f"{stage.file_case()}/escalate"
    stage.send("reviewer", address, reason="سبب لم يُرسل بعد", do="keep")
    page = at("reviewer", address)(stage, language)
    page.evaluate("document.querySelector('[data-offer]').hidden = false")
    return page


def asked_for_link(stage: Stage, language: str) -> Page:
    """The page of the link that somebody asked for who forgot their password."""
    stage.send(None, "/password", email="president2@demo.test")
    return at(None, stage.link_to("president2@demo.test", "/password/"))(stage, language)


def invited(stage: Stage, language: str) -> Page:
    """The page of an invitation."""
    address = f"invited-{language}@demo.test"
    today = datetime.now(UTC).date().isoformat()
    person = {"email": address, "name_ar": "خديجة التازي", "name_fr": "Khadija Tazi", "language": language}
    office = {"office": "commune_president", "place": "03.531.01.01", "starts_on": today, "ends_on": ""}
    stage.send("admin", "/admin/invitations/new", **person, **office)
    return at(None, stage.link_to(address, "/invitation/"))(stage, language)


PAGES: dict[str, Open] = {
    "sign-in": at(None, "/sign-in"),
    "sign-in refused": refused(at(None, "/sign-in"), "main form button"),
    "home of the president": at("president", "/"),
    "home of the delegate": at("delegate", "/"),
    "home of the reviewer": at("reviewer", "/"),
    "home of the coordinator": at("coordinator", "/"),
    "home of the member": at("member", "/"),
    "home of the chair": at("chair", "/"),
    "home of the secretary": at("secretary", "/"),
    "home of the administrator": at("admin", "/"),
    "home of the staff": at("staff", "/"),
    "obstacles": at("president", "/obstacles"),
    "obstacles of a region": at("secretary", "/obstacles"),
    "new obstacle": at("president", "/obstacles/new"),
    "new obstacle refused": refused(at("president", "/obstacles/new")),
    "new obstacle for a commune": at("staff", "/obstacles/new"),
    "several at once": at("staff", "/obstacles/capture"),
    "several at once refused": refused(at("staff", "/obstacles/capture")),
    "table to bring in": at("staff", "/obstacles/import"),
    "table to bring in refused": refused(at("staff", "/obstacles/import")),
    "draft": draft,
    "receipt": receipt,
    **{f"case {status}": case_of("secretary", status) for status in STATUSES},
    "case with a question for me": case_of("president", "information_requested"),
    "case to confirm": case_of("president", "resolved"),
    "claim": filed("reviewer", "claim"),
    "escalate": filed("reviewer", "escalate"),
    "escalate refused": refused(filed("reviewer", "escalate")),
    "ask": claimed("request-information"),
    "resolve": claimed("resolve"),
    "resolve refused": refused(claimed("resolve")),
    "answer": case_of("president", "information_requested", "/answer"),
    "confirm": case_of("president", "resolved", "/confirm"),
    "withdraw": filed("president", "withdraw"),
    "comment refused": refused(case_of("president", "in_review", "/comment")),
    "note": claimed("note"),
    "record contact refused": refused(claimed("record-contact")),
    "amend": case_of("president", "in_review", "/amend"),
    "case with everything": told,
    "stale": stale,
    "queue": at("member", "/queue"),
    "queue, late": at("member", "/queue?view=late"),
    "queue, filtered": at("reviewer", "/queue?status=in_review"),
    "inbox": at("president", "/inbox"),
    "inbox of nothing": at("admin", "/inbox"),
    "escalate, begun before": begun,
    "account": at("president", "/account"),
    "password refused": refused(at("president", "/account"), "#my-password button"),
    "forgotten password": at(None, "/password"),
    "forgotten password refused": refused(at(None, "/password"), "main form button"),
    "link on its way": at(None, "/password/sent"),
    "link of nothing": at(None, "/invitation/" + "A" * 43),
    "choose another password": asked_for_link,
    "people": at("admin", "/admin"),
    "person": at("admin", "/admin/people/1"),
    "invite": at("admin", "/admin/invitations/new"),
    "invite refused": refused(at("admin", "/admin/invitations/new")),
    "invitation": invited,
    "events": at("admin", "/admin/security"),
    "delays": at("admin", "/admin/settings"),
    "working calendar": at("admin", "/admin/calendar"),
    "working calendar refused": refused(at("admin", "/admin/calendar")),
    "mailbox": at(None, "/mailbox"),
    "not allowed": at("president", "/queue"),
    "not found": at("president", "/obstacles/OBS-2020-00001"),
}

REFUSED = tuple(name for name in PAGES if name.endswith(" refused"))
"""The forms that were sent as they stood: each begins with the list of what is wrong."""
