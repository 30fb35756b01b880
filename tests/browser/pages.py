"""Every kind of page the program shows, and who opens it how: the one list that all reading tests walk.

A new page is a line in `PAGES`; what it must be is then asked of it in three languages, two themes and all widths.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import FilePayload, Page

from tests.browser.message_pages import MESSAGE_PAGES
from tests.browser.opening import Open, at, case_of, claimed, filed, refused, told_of_errors
from tests.browser.stage import ANSWERS, Stage
from tests.file_makers import paper, picture

STATUSES = ("filed", "in_review", "information_requested", "resolved", "closed", "withdrawn")


def stale(stage: Stage, language: str) -> Page:
    """A form whose case moved while it was being written."""
    case = stage.file_case()
    page = at("president", f"{case}/withdraw")(stage, language)
    stage.act("reviewer", case, "claim")
    page.fill("[name=reason]", "حُل المشكل محليا.")
    page.locator("main form[novalidate] button[type=submit]").click()
    page.wait_for_load_state()
    return page


def told(stage: Stage, language: str) -> Page:
    """A case with all that may stand on its page: replies awaited, a comment, notes, a correction, what was undone."""
    case = stage.file_case()
    stage.act("reviewer", case, "claim")
    stage.act("reviewer", case, "refer-out", body="AREP", session="", expected_on=soon(), reason="تاريخ التوقيع")
    stage.act("reviewer", case, "record-reply", approach="1", reply="خلال الأسبوع المقبل")
    stage.act("reviewer", case, "refer-out", body="", session="commune", expected_on=soon(), reason="دورة المجلس")
    for name, raw in (("صورة الورش.jpg", picture(size=(400, 300))), ("محضر.pdf", paper())):
        stage.attach("president", f"{case}/comment", name, raw)
    stage.act("president", case, "comment", comment="الاتفاقية جاهزة.")
    stage.attach("reviewer", f"{case}/note", "note.pdf", paper())
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
    address = stage.save_draft()
    stage.attach("president", address, "محضر الاجتماع.pdf", paper())
    return at("president", address)(stage, language)


def file_refused(stage: Stage, language: str) -> Page:
    """A form that came with a file which is taken and one which is not."""
    page = at("president", f"{stage.file_case()}/comment")(stage, language)
    page.fill("[name=comment]", "انظر المحضر.")
    stage.attach("president", urlsplit(page.url).path, "محضر.pdf", paper())
    page.reload()
    given: FilePayload = {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ" * 40}
    page.set_input_files("[type=file]", files=[given])
    page.locator("[data-files] [role=status].error").wait_for()
    return page


def begun(stage: Stage, language: str) -> Page:
    """The form of a move with what had been typed in it, and the offer of what the device kept alone."""
    address = f"{stage.file_case()}/escalate"
    stage.send("reviewer", address, reason="سبب لم يُرسل بعد", do="keep")
    page = at("reviewer", address)(stage, language)
    page.evaluate("document.querySelector('[data-offer]').hidden = false")
    return page


def adding_app(stage: Stage, language: str) -> Page:
    """The page with the secret of an app, and the question for its first code."""
    stage.send("president", "/account/app/begin", form_at="/account/factors")
    return at("president", "/account/app")(stage, language)


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


def invitations(stage: Stage, language: str) -> Page:
    """The invitations that wait, with one."""
    invited(stage, language)
    return at("admin", "/admin/invitations")(stage, language)


def phone_refused(stage: Stage, language: str) -> Page:
    """The form of one's number, with what is none."""
    page = at("president", "/account/phone")(stage, language)
    page.fill("[name=phone]", "12")
    page.locator("main form button").first.click()
    return told_of_errors(page)


def read_by_name(stage: Stage, language: str) -> Page:
    """Who has read a case, as the regional secretary is told."""
    case = case_of("reviewer", "in_review")(stage, language)
    return at("secretary", urlsplit(case.url).path + "/readers")(stage, language)


def read_by_office(stage: Stage, language: str) -> Page:
    """The same as its commune is told."""
    case = case_of("president", "in_review")(stage, language)
    return at("president", urlsplit(case.url).path + "/readers")(stage, language)


def leaver(stage: Stage, language: str) -> Page:
    """The form before a name goes for good."""
    return at("admin", "/admin/people/1/pseudonymise")(stage, language)


def rehearsal(stage: Stage, language: str) -> Page:
    """A draft of delays, still empty."""
    page = at("admin", "/admin/rehearsals")(stage, language)
    page.locator("main form button").first.click()
    page.locator("[data-rehearsal=draft]").wait_for()
    return page


def rehearsed(stage: Stage, language: str) -> Page:
    """A draft that was rehearsed, with what would have been and the form that puts it into force."""
    page = rehearsal(stage, language)
    page.select_option("[name=key]", "province_answer_days")
    page.select_option("[name=urgency]", "urgent")
    page.fill("[name=value]", "3")
    page.locator("main form[novalidate] button[type=submit]").first.click()
    page.locator("main form[action$=run] button").click()
    page.locator("[data-rehearsal=done]").wait_for()
    return page


def rehearsed_cases(stage: Stage, language: str) -> Page:
    """The cases on which a draft would have changed something, and the others."""
    page = rehearsed(stage, language)
    page.goto(f"{page.url.partition('?')[0]}/cases?kind=late&all=1")
    return page


PAGES: dict[str, Open] = {
    **MESSAGE_PAGES,
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
    "comment, a file not taken": file_refused,
    "note": claimed("note"),
    "record contact refused": refused(claimed("record-contact")),
    "amend": case_of("president", "in_review", "/amend"),
    "case with everything": told,
    "stale": stale,
    "queue": at("member", "/queue"),
    "queue, late": at("member", "/queue?view=late"),
    "queue, filtered": at("reviewer", "/queue?status=in_review"),
    "escalate, begun before": begun,
    "account": at("president", "/account"),
    "telephone number": at("president", "/account/phone"),
    "telephone number refused": phone_refused,
    "change password": at("president", "/account/password"),
    "password refused": refused(at("president", "/account/password"), "main form button"),
    "how I prove that it is me": at("president", "/account/factors"),
    "add an app": adding_app,
    "add an app refused": refused(adding_app, "main form button"),
    "add a passkey": at("president", "/account/passkeys/new"),
    "forgotten password": at(None, "/password"),
    "forgotten password refused": refused(at(None, "/password"), "main form button"),
    "link on its way": at(None, "/password/sent"),
    "link of nothing": at(None, "/invitation/" + "A" * 43),
    "choose another password": asked_for_link,
    "people": at("admin", "/admin"),
    "people, found by office": at("admin", "/admin?office=commune_president"),
    "person": at("admin", "/admin/people/1"),
    "sign-ins of a person": at("admin", "/admin/people/1/sign-ins"),
    "replace": at("admin", "/admin/mandates/1/replace"),
    "replace refused": refused(at("admin", "/admin/mandates/1/replace")),
    "invitations": invitations,
    "table of people": at("admin", "/admin/people/import"),
    "table of people refused": refused(at("admin", "/admin/people/import")),
    "invite": at("admin", "/admin/invitations/new"),
    "invite refused": refused(at("admin", "/admin/invitations/new")),
    "invitation": invited,
    "events": at("admin", "/admin/security"),
    "events, a day that is none": at("admin", "/admin/security?since=31/02/2026"),
    "delays": at("admin", "/admin/settings"),
    "delay for some cases": at("admin", "/admin/settings/acknowledge_days/exceptions"),
    "delay for some cases refused": refused(at("admin", "/admin/settings/acknowledge_days/exceptions")),
    "rehearsals": at("admin", "/admin/rehearsals"),
    "rehearsal": rehearsal,
    "rehearsal refused": refused(rehearsal),
    "rehearsal done": rehearsed,
    "rehearsed cases": rehearsed_cases,
    "personal data": at("admin", "/admin/privacy"),
    "notice": at("president", "/privacy"),
    "notice before signing in": at(None, "/privacy"),
    "who has read": read_by_name,
    "who has read, by office": read_by_office,
    "replace a name": leaver,
    "replace a name refused": refused(leaver),
    "competence": at("admin", "/admin/competence"),
    "competence of a type": at("admin", "/admin/competence/rural_track"),
    "competence refused": refused(at("admin", "/admin/competence/rural_track"), "main form button[value=preview]"),
    "suspension": at("admin", "/admin/mandates/3/rest"),
    "rulings": at("secretary", "/rulings"),
    "ruling refused": refused(at("secretary", "/rulings/rural_track")),
    "absences": at("coordinator", "/absences"),
    "absence refused": refused(at("coordinator", "/absences")),
    "delegates": at("president", "/delegates"),
    "hand-over": at("reviewer", "/handover"),
    "working calendar": at("admin", "/admin/calendar"),
    "working calendar refused": refused(at("admin", "/admin/calendar")),
    "mailbox": at(None, "/mailbox"),
    "not allowed": at("president", "/queue"),
    "not found": at("president", "/obstacles/OBS-2020-00001"),
}

REFUSED = tuple(name for name in PAGES if name.endswith(" refused"))
"""The forms that were sent as they stood: each begins with the list of what is wrong."""
