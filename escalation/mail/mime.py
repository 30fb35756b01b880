"""From rendered words to the bytes that leave: one recipient, text before HTML, threads by case, the same each time."""

import re
from datetime import UTC
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from escalation.domain.codes import Language
from escalation.mail.isolation import clean
from escalation.mail.letter import DigestFacts, Facts, Letter, Letterhead, UnsendableLetter
from escalation.mail.render import RenderedMail, render, unsubscribe_url

MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9.-]{1,100})>")
MAX_LINE_CHARS: Final = 76
MAX_ADDRESS_CHARS: Final = 254
ENCODINGS: Final = {Language.AR: "base64", Language.FR: "quoted-printable", Language.EN: "quoted-printable"}


class WholeWords(EmailPolicy):
    """SMTP's policy, but for headers in words: the library's own folding loses spaces of long ones (Python 3.11).

    Source: RFC 2047.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header as it crosses the wire."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")  # an address that is folded is one no more
        if name not in {"Subject", "From"}:
            return super().fold_binary(name, value)
        words, opening, address = value.rpartition(" <") if name == "From" else (value, "", "")
        encoded = Header(words.strip('"'), "utf-8", MAX_LINE_CHARS, name).encode(linesep="\r\n")
        last_line = f"{name}: {encoded}".rpartition("\n")[2]
        fold = "\r\n" if opening and len(last_line) + len(opening + address) > MAX_LINE_CHARS else ""
        return f"{name}: {encoded}{fold}{opening}{address}\r\n".encode("ascii")


POLICY: Final = WholeWords(linesep="\r\n")


def compose(letter: Letter, letterhead: Letterhead) -> bytes:
    """Return the whole mail, ready for SMTP.

    Raises: UnsendableLetter.
    """
    return build_mime(letter, render(letter, letterhead), letterhead)


def build_mime(letter: Letter, rendered: RenderedMail, letterhead: Letterhead) -> bytes:
    """Return the message as it crosses the wire; equal letters give equal bytes.

    Raises: UnsendableLetter when an address or the Message-ID is none. Source: RFC 5322, RFC 3834.
    """
    domain = _domain(letter.message_id)
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=_display_name(letterhead.name), addr_spec=_addr_spec(letterhead.sender))
    message["To"] = Address(addr_spec=_addr_spec(letter.address))
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(letter.event_at.astimezone(UTC))
    message["Message-ID"] = letter.message_id
    reference = letter.facts.reference if isinstance(letter.facts, Facts) and not letter.facts.cases else ""
    if reference:
        message["In-Reply-To"] = message["References"] = f"<obstacle.{reference}@{domain}>"
    for name, value in unsubscribe_headers(letter, letterhead).items():
        message[name] = value
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


def unsubscribe_headers(letter: Letter, letterhead: Letterhead) -> dict[str, str]:
    """Return the headers by which a mail program ends these letters with one click. Source: RFC 8058, RFC 2369."""
    if not isinstance(letter.facts, DigestFacts) or not letter.facts.unsubscribe:
        return {}
    address = unsubscribe_url(letter.facts, letterhead)
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _domain(message_id: str) -> str:
    match = MESSAGE_ID.fullmatch(message_id)
    if match is None:
        raise UnsendableLetter("message_id")
    return match.group(1)


def _addr_spec(text: str) -> str:
    """One plain address and nothing else: no display name, no list, no route, no quoted local part."""
    if len(text) > MAX_ADDRESS_CHARS or not re.fullmatch(
        r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\uffff]+@[A-Za-z0-9.-]+", text
    ):
        raise UnsendableLetter("address")
    return text


def _display_name(name: str) -> str:
    """The installation's name without what older parsers read as syntax, whatever its encoding."""
    return clean(re.sub(r"[<>,;:@\"\\()\[\]]", " ", name))
