"""Mails that programs write: holidays, lists, receipts and our own coming back; none of them is anybody's words."""

from collections.abc import Iterator

MARKS = (
    "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "AUTO-SUBMITTED: Auto-Replied (vacation)",
    "Auto-Submitted: auto-notified; owner-email=x@example.test", "Precedence: bulk", "Precedence: auto_reply",
    "Precedence: list", "Precedence: junk", "X-Auto-Response-Suppress: All", "X-Auto-Response-Suppress: OOF, AutoReply",
    "X-Auto-Response-Suppress: DR, RN, NRN, OOF", "X-Loop: president@example.test", "List-Id: <list.example.test>",
    "List-Unsubscribe: <mailto:x@example.test>", "X-Autoreply: yes", "X-Autorespond: Absence", "X-Autoresponder: 1",
    "X-AutoReply-From: x@example.test", "X-Mail-Autoreply: 1", "X-FC-MachineGenerated: true", "X-Cron-Env: <X=1>",
    "X-MS-Exchange-Inbox-Rules-Loop: president@example.test", "X-POST-MessageClass: 9; Autoresponder",
    "X-Escalation-Event: information_requested", "Return-Path: <>", "X-Failed-Recipients: x@example.test",
    "X-Vacation: yes", "Feedback-Type: abuse",
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
)  # fmt: skip
SENDERS = (
    "MAILER-DAEMON@example.test", "postmaster@example.test", "no-reply@example.test", "noreply@example.test",
    "do-not-reply@example.test", "list-bounces@example.test", "owner-list@example.test", "ne-pas-repondre@example.test",
)  # fmt: skip
SUBJECTS = (
    "Automatic reply: [OBS-2026-00042] A few details", "Réponse automatique : Précisions attendues",
    "رد تلقائي: [OBS-2026-00042] توضيحات مطلوبة", "الرد التلقائي: توضيحات", "Out of Office: details",
    "Absence du bureau : précisions", "خارج المكتب", "\u202bرد تلقائي\u202c: توضيحات", "Undeliverable: details",
)  # fmt: skip


def robots(sender: str, to: str) -> Iterator[bytes]:
    """Yield mails that say of themselves, by one mark each, that a program wrote them."""
    for number, mark in enumerate(MARKS):
        yield _mail(sender, to, f"mark.{number}", mark)
    for number, robot in enumerate(SENDERS):
        yield _mail(robot, to, f"sender.{number}")


def perhaps_robots(sender: str, to: str) -> Iterator[bytes]:
    """Yield mails of which only the subject reads like that of a program."""
    for number, subject in enumerate(SUBJECTS):
        yield _mail(sender, to, f"subject.{number}", subject=subject)


def _mail(sender: str, to: str, name: str, mark: str = "X-Mark: none", subject: str = "Re: x") -> bytes:
    lines = [
        mark, f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <{name}@example.test>", "",
        "أنا في عطلة حتى يوم الاثنين.", "Je suis absent jusqu’à lundi.",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()
