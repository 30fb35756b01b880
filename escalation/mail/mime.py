"""From rendered words to the bytes that leave: one recipient, text before HTML, threads by case, the same each time.

The bytes are those that the standard library's `EmailMessage` would make of the same headers and parts, put together
from pieces: its own way takes longer than the sending does.
"""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from escalation.domain.codes import Language
from escalation.mail.encoded import MAX_HEADER_CHARS, encode_base64, encode_header, encode_quoted
from escalation.mail.isolation import clean
from escalation.mail.letter import DigestFacts, Facts, Letter, Letterhead, UnsendableLetter
from escalation.mail.render import RenderedMail, render, unsubscribe_url

MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9.-]{1,100})>")
ADDRESS: Final = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\uffff]+@[A-Za-z0-9.-]+")
MAX_ADDRESS_CHARS: Final = 254
PLAIN_LINE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
LIBRARY: Final = EmailPolicy(linesep="\r\n")


def compose(letter: Letter, letterhead: Letterhead) -> bytes:
    """Return the whole mail, ready for SMTP.

    Raises: UnsendableLetter.
    """
    return build_mime(letter, render(letter, letterhead), letterhead)


def build_mime(letter: Letter, rendered: RenderedMail, letterhead: Letterhead) -> bytes:
    """Return the message as it crosses the wire; equal letters give equal bytes.

    Raises: UnsendableLetter when an address or the Message-ID is none. Source: RFC 5322, RFC 3834.
    """
    head = "".join(_headers(letter, rendered.subject, letterhead))
    boundary = f"=_{sha256(letter.message_id.encode()).hexdigest()[:40]}"
    language = Language(letter.language)
    # A letter about an account or one that gathers may carry a secret: nothing of it is remembered.
    keeps = isinstance(letter.facts, Facts)
    encode, encoding = (encode_base64, "base64") if language is Language.AR else (encode_quoted, "quoted-printable")
    structure = (
        f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'
        f"Content-Language: {language.value}\r\n"
    )
    part = f'\r\n--{boundary}\r\nContent-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n'
    return b"".join(
        (
            (head + structure + part % "plain" + "\r\n").encode("ascii"),
            encode(rendered.text, keeps=keeps),
            (part % "html" + "MIME-Version: 1.0\r\n\r\n").encode("ascii"),
            encode(rendered.html, keeps=keeps),
            f"\r\n--{boundary}--\r\n".encode("ascii"),
        )
    )


def _headers(letter: Letter, subject: str, letterhead: Letterhead) -> list[str]:
    """Return the lines above the structure, each with its end, in the order in which they leave."""
    domain = _domain(letter.message_id)
    reference = letter.facts.reference if isinstance(letter.facts, Facts) and not letter.facts.cases else ""
    thread = f"<obstacle.{reference}@{domain}>" if reference else ""
    return [
        _from(letterhead.name, letterhead.sender),
        *([_line("Reply-To", _addr_spec(letter.reply_to))] if letter.reply_to else []),
        _line("To", _addr_spec(letter.address)),
        _subject(subject),
        _date(letter.event_at),
        _line("Message-ID", letter.message_id),
        *([_line("In-Reply-To", thread), _line("References", thread)] if thread else ()),
        *(f"{name}: {value}\r\n" for name, value in unsubscribe_headers(letter, letterhead).items()),
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n",
        _line("X-Escalation-Event", letter.event),
        *([_line("X-Escalation-Reference", reference)] if reference else []),
    ]


@lru_cache(8)
def _from(name: str, sender: str) -> str:
    address = f"<{_addr_spec(sender)}>"
    words = _display_name(name)
    if not words:
        return _line("From", sender)
    encoded = encode_header(words, len("From: "))
    last_line = f"From: {encoded}".rpartition("\n")[2]
    fold = "\r\n" if len(f"{last_line} {address}") > MAX_HEADER_CHARS else ""
    return f"From: {encoded}{fold} {address}\r\n"


@lru_cache(64)
def _date(at: datetime) -> str:
    """One event tells many readers."""
    return _line("Date", format_datetime(at.astimezone(UTC)))


@lru_cache(64)
def _subject(words: str) -> str:
    """One event tells many readers under the same subject."""
    return f"Subject: {encode_header(words, len('Subject: '))}\r\n"


def _line(name: str, value: str) -> str:
    """Return a header in plain words; how one too long for its line is folded, the library knows."""
    line = f"{name}: {value}"
    if len(line) <= MAX_HEADER_CHARS and PLAIN_LINE.fullmatch(value):
        return line + "\r\n"
    message = EmailMessage(policy=LIBRARY)
    message[name] = value
    return message.as_string().removesuffix("\r\n")


def unsubscribe_headers(letter: Letter, letterhead: Letterhead) -> dict[str, str]:
    """Return the headers by which a mail program ends these letters with one click; an address folded is one no more.

    Source: RFC 8058, RFC 2369.
    """
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
    if len(text) > MAX_ADDRESS_CHARS or not ADDRESS.fullmatch(text):
        raise UnsendableLetter("address")
    return text


def _display_name(name: str) -> str:
    """The installation's name without what older parsers read as syntax, whatever its encoding."""
    return clean(re.sub(r"[<>,;:@\"\\()\[\]]", " ", name))
