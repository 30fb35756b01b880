"""The same letters as the standard library composes them: what the quick way is held against."""

from __future__ import annotations

from datetime import UTC
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from escalation.domain.codes import Language
from escalation.mail.letter import Facts, Letter, Letterhead
from escalation.mail.mime import _display_name
from escalation.mail.render import RenderedMail

MAX_LINE_CHARS: Final = 76
ENCODINGS: Final = {Language.AR: "base64", Language.FR: "quoted-printable", Language.EN: "quoted-printable"}


class WholeWords(EmailPolicy):
    """SMTP's policy, but for headers in words: the library's own folding loses spaces of long ones (Python 3.11).

    Source: RFC 2047.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header as it crosses the wire."""
        if name not in {"Subject", "From"}:
            return super().fold_binary(name, value)
        words, opening, address = value.rpartition(" <") if name == "From" else (value, "", "")
        words = words.strip('"') if name == "From" else words
        encoded = Header(words, "utf-8", MAX_LINE_CHARS, name).encode(linesep="\r\n")
        last_line = f"{name}: {encoded}".rpartition("\n")[2]
        fold = "\r\n" if opening and len(last_line) + len(opening + address) > MAX_LINE_CHARS else ""
        return f"{name}: {encoded}{fold}{opening}{address}\r\n".encode("ascii")


POLICY: Final = WholeWords(linesep="\r\n")


def build_plainly(letter: Letter, rendered: RenderedMail, letterhead: Letterhead) -> bytes:
    """Return a letter whose addresses and Message-ID are sound, by way of `EmailMessage`."""
    domain = letter.message_id.rpartition("@")[2].rstrip(">")
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=_display_name(letterhead.name), addr_spec=letterhead.sender)
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=letter.reply_to)
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(letter.event_at.astimezone(UTC))
    message["Message-ID"] = letter.message_id
    reference = letter.facts.reference if isinstance(letter.facts, Facts) and not letter.facts.cases else ""
    if reference:
        message["In-Reply-To"] = message["References"] = f"<obstacle.{reference}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Escalation-Event"] = letter.event
    if reference:
        message["X-Escalation-Reference"] = reference
    encoding = ENCODINGS[Language(letter.language)]
    message.set_content(rendered.text, cte=encoding)
    message.add_alternative(rendered.html, subtype="html", cte=encoding)
    message["Content-Language"] = Language(letter.language).value
    message.set_boundary(f"=_{sha256(letter.message_id.encode()).hexdigest()[:40]}")
    return message.as_bytes()
