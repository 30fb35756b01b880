# ruff: noqa: E501 - mails as programs write them
"""Reports of delivery in the shapes of many relays, made for one address: what each means, and its bytes.

The last kind is no report in the standard form; whatever it says, no address may be held to be bad by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

ADDRESS = "president@example.test"
BOUNCE_TO = "bounce+x@reply.example.test"

HARD = (
    ("5.1.1", "smtp; 550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table"),
    ("5.1.1", "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking"),
    ("5.1.1", "smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"),
    ("5.1.1", "smtp; 550 5.1.1 unknown or illegal alias: {address}"),
    ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("5.1.2", "X-Postfix; Host or domain name not found. Name service error for name=example.test type=MX"),
    ("5.4.4", "X-Postfix; Host or domain name not found. Name service error for name=example.test type=A"),
    ("5.1.3", "smtp; 501 5.1.3 Bad recipient address syntax"),
    ("5.1.1", "smtp; 550 {address} recipient rejected"),
    ("5.1.1", "smtp; 550 Requested action not taken: mailbox unavailable"),
    ("5.1.1", "smtp; 550 5.1.1 <nospam@example.test> is gone, see https://mail.example.test/policy"),
    ("5.2.1", "smtp; 550 5.2.1 No such user here"),
    ("5.4.310", "smtp;550 5.4.310 DNS domain example.test does not exist [Message=InfoDomainNonexistent]"),
    ("5.0.0", "smtp; 550 User unknown"),
    ("5.0.0", "smtp; 550 {address} is not a known user on this system"),
    ("5.0.0", "smtp; 550 No such user here"),
    ("5.0.0", "smtp; 550 5.1.1 <{address}> User doesn't exist"),
    ("5.1.0", "smtp; 550 5.1.0 Address rejected. Mailbox not found"),
    ("5.1.1", ""),
    ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: user does not exist"),
    ("5.1.1", "x-unix; user unknown"),
)
SOFT = (
    ("4.4.1", "X-Postfix; connect to mx.example.test[192.0.2.1]:25: Connection timed out"),
    ("4.4.7", "smtp; 451 4.4.7 Message delayed"),
    ("4.7.1", "smtp; 450 4.7.1 Recipient address rejected: Greylisting in action"),
    ("5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled."),
    ("5.2.1", "smtp; 550 5.2.1 The user you are trying to contact is receiving mail too quickly."),
    ("5.2.1", ""),
    ("5.1.1", "smtp; 550 [REST] this mailbox is suspended for now"),
    ("5.1.1", "smtp; 550 the size of this letter exceeds what is taken"),
    ("5.1.1", "smtp; 550 Nous ne prenons pas ce courrier"),
    ("5.1.1", "smtp; 550 5.7.1 Not from there"),
    ("5.1.1", "smtp; host mx.example.test said: 451 not now"),
    ("5.1.2", "X-Postfix; connect to mx.example.test: network is unreachable"),
    ("5.4.4", "X-Postfix; Host or domain name not found. Name service error for name=smarthost.example.test type=A"),
    ("5.4.4", "X-Postfix; Name service error for name=example.test type=MX: Malformed or unexpected name server reply"),
    ("5.4.4", "X-Postfix; Host found but no data record of requested type"),
    ("5.2.2", "smtp; 552 5.2.2 The email account that you tried to reach is over quota"),
    ("5.2.2", "smtp; 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
    ("5.1.1", "smtp; 550 5.1.1 Mailbox is full"),
    ("5.2.3", "smtp; 552 5.2.3 Message size exceeds limit"),
    ("5.3.4", "smtp; 552 5.3.4 Message too big for system"),
    ("5.7.1", "smtp; 550 5.7.1 Message rejected due to content restrictions"),
    ("5.7.1", "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked using zen.spamhaus.org"),
    ("5.7.1", "smtp; 550 5.7.1 <{address}>: user unknown or not allowed by policy"),
    ("5.7.26", "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated (DMARC)"),
    ("5.7.133", "smtp; 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup"),
    ("5.1.0", "smtp; 550 5.1.0 Sender address rejected"),
    ("5.1.8", "smtp; 550 5.1.8 Sender address rejected: Domain not found"),
    ("5.1.7", "smtp; 550 5.1.7 Bad sender's mailbox address syntax"),
    ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied"),
    ("5.4.6", "X-Postfix; mail for example.test loops back to myself"),
    ("5.0.0", "smtp; 550 Requested action not taken"),
    ("5.0.0", "smtp; 554 Message rejected as spam"),
    ("5.0.0", "smtp; 451 Temporary local problem - please try later"),
    ("5.0.0", "smtp; 421 4.7.0 Try again later"),
    ("5.0.0", ""),
    ("5.6.0", "smtp; 554 5.6.0 Corrupt message content"),
    ("5.5.1", "smtp; 503 5.5.1 Bad sequence of commands"),
    ("", "smtp; 550 something went wrong"),
    ("5.2.0", "smtp; 550 5.2.0 Mailbox unavailable, try again"),
)
RELAYS = {
    "postfix": ("MAILER-DAEMON@mx.example.test (Mail Delivery System)", "Undelivered Mail Returned to Sender"),
    "exchange": ("postmaster@outlook.example", "Undeliverable: [OBS-2026-00042] Précisions attendues"),
    "exchange-fr": ("postmaster@exemple.test", "Non remis : [OBS-2026-00042] Précisions attendues"),
    "gmail": ("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)"),
    "sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
        "Returned mail: see transcript for details",
    ),
    "exim": (
        "Mail Delivery System <Mailer-Daemon@mx.example.test>",
        "Mail delivery failed: returning message to sender",
    ),
}


@dataclass(frozen=True)
class Bounce:
    """One report: of which relay, what it means, and the mail."""

    name: str
    meaning: str
    raw: bytes


def bounces(address: str = ADDRESS, to: str = BOUNCE_TO) -> Iterator[Bounce]:
    """Yield reports of all shapes about one address."""
    for meaning, cases in (("hard", HARD), ("soft", SOFT)):
        for relay in RELAYS:
            for status, said in cases:
                words = said.format(address=address)
                raw = report(relay, address, to, action="failed", status=status, said=words)
                yield Bounce(f"{relay}/{status}/{said[:40]}", meaning, raw)
    for relay in RELAYS:
        delayed = report(relay, address, to, action="delayed", status="4.4.1", said="smtp; 451 try again")
        yield Bounce(f"{relay}/delayed", "waits", delayed)
        yield Bounce(f"{relay}/delayed-5", "waits", report(relay, address, to, action="delayed", status="5.1.1"))
        yield Bounce(f"{relay}/delivered", "arrived", report(relay, address, to, action="delivered", status="2.1.5"))
        relayed = report(relay, address, to, action="relayed", status="2.0.0")
        yield Bounce(f"{relay}/relayed", "unknown", relayed)
    yield from (Bounce(name, "no_report", raw) for name, raw in unlike_reports(address, to))


def report(
    relay: str, address: str, to: str, *, action: str, status: str, said: str = "", original: str | None = None
) -> bytes:
    """Return one report in the standard form, with the habits of one relay."""
    sender, subject = RELAYS[relay]
    fields = [f"Final-Recipient: rfc822;{' ' if relay != 'exchange' else ''}{address}"]
    fields += [f"Original-Recipient: rfc822;{original or address}"] if relay in ("postfix", "sendmail") else []
    fields += [f"Action: {action}"] + ([f"Status: {status}"] if status else [])
    fields += ["Remote-MTA: dns; mx.example.test"] if relay != "exim" else []
    fields += [f"Diagnostic-Code: {said}"] if said else []
    fields = [field.upper() if relay == "sendmail" and field.startswith("Action") else field for field in fields]
    lines = [
        "Return-Path: <>", f"Delivered-To: {to}", "Date: Mon, 30 Nov 2026 10:12:00 +0100", f"From: {sender}", f"Subject: {subject}",
        f"To: {to}", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B/x"', f"Message-ID: <{relay}.1@mx>", "",
        "This is a MIME-encapsulated message.", "", "--B/x", "Content-Type: text/plain; charset=utf-8", "",
        f"I'm sorry to have to inform you: <{address}>: user unknown", "", "--B/x",
        "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.test", "X-Queue: 42", "", *fields, "",
        "--B/x", "Content-Type: message/rfc822", "", "From: no-reply@example.test", f"To: {address}",
        "Subject: x", "Message-ID: <ntf.1@example.test>", "", "x", "", "--B/x--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def unlike_reports(address: str, to: str) -> Iterator[tuple[str, bytes]]:
    """Yield what relays write in sentences only, and reports that are broken."""
    qmail = (
        "Hi. This is the qmail-send program at mx.example.test.\nI'm afraid I wasn't able to deliver your message to the "
        f"following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{address}>:\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n"
    )
    exim = (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered "
        f"to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {address}\n"
        "    Unrouteable address\n"
    )
    for name, text in (("qmail", qmail), ("exim-plain", exim), ("sentence", f"550 5.1.1 <{address}> User unknown\n")):
        head = f"From: MAILER-DAEMON@mx.example.test\nTo: {to}\nSubject: failure notice\nReturn-Path: <>\n\n"
        yield name, (head + text).encode()
    whole = report("postfix", address, to, action="failed", status="5.1.1").decode()
    yield "without-status-part", whole.replace("message/delivery-status", "text/plain").encode()
    yield "without-action", whole.replace("Action: failed\r\n", "").encode()
    yield "without-recipient", whole.replace("Final-Recipient", "X-Final").replace("Original-Recipient", "X-O").encode()
    yield "feedback", whole.replace("message/delivery-status", "message/feedback-report").encode()
