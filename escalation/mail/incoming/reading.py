"""From the bytes of a mail to what we need of it: who, what it answers, its words and its files; within limits.

Nothing that a mail holds makes this raise anything but ``Unreadable``, and what is counted is counted before it is
unpacked, so that no mail costs more than its size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

from escalation.mail.incoming import headers
from escalation.mail.incoming.html import text_of_html
from escalation.mail.incoming.words import unflowed

MOST_BYTES: Final = 26_000_000
"""Of a mail; of a larger one only its beginning is kept, for the administrator."""
MOST_LINES: Final = 500_000
MOST_NESTED: Final = 100
"""How often a mail may say that it holds other parts."""
MOST_HEADER_BYTES: Final = 200_000
MOST_WORDS_CHARS: Final = 200_000
MOST_FILES: Final = 20
SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


class Unreadable(ValueError):
    """A mail that is no mail, or is made to be costly; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail, as its sender calls it."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A mail as far as it is understood."""

    message: Message
    message_id: str
    sender: str
    """The one address that it is from; nothing where it is from nobody, from several, or it is not plain."""
    recipients: tuple[str, ...]
    """The addresses that it says it was delivered to, those that a relay writes first."""
    subject: str
    answers: tuple[str, ...]
    """The Message-IDs that it says it answers, the nearest first."""
    words: str
    """All that is written in it, what it quotes too."""
    files: tuple[Attached, ...]
    left_out: int
    """How many files it holds beyond those."""


def read_mail(raw: bytes) -> Read:
    """Return what a mail says. Raises: Unreadable."""
    _check_size(raw)
    try:
        message = message_from_bytes(raw, policy=headers.POLICY)
        return _read(message)
    except Unreadable:
        raise
    except Exception as error:  # whatever the library meets in what others wrote
        raise Unreadable("malformed") from error


def all_parts(message: Message) -> Iterator[tuple[Message, str]]:
    """Yield every part of a mail with the kind of what holds it; of mails within it, only that they are there."""
    waiting = [(message, "")]
    for _ in range(MOST_NESTED * 10):
        if not waiting:
            return
        part, holder = waiting.pop()
        kind, inside = part.get_content_type(), parts_in(part)
        if inside and kind.startswith("multipart/"):
            waiting.extend((inner, kind) for inner in reversed(inside))
        else:
            yield part, holder


def parts_in(part: Message) -> list[Message]:
    """Return the parts that a part holds; its text is not touched, which a false charset would make unreadable."""
    payload = part.get_payload() if part.is_multipart() else None
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def content_of(part: Message) -> bytes:
    """Return the bytes that a part holds, without their encoding."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _check_size(raw: bytes) -> None:
    if not raw.strip():
        raise Unreadable("empty")
    if len(raw) > MOST_BYTES:
        raise Unreadable("too_large")
    head = min((at for at in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if at >= 0), default=len(raw))
    if head > MOST_HEADER_BYTES:
        raise Unreadable("headers_too_large")
    lower = raw.lower()
    nested = lower.count(b"multipart/") + lower.count(b"message/")
    if nested > MOST_NESTED or raw.count(b"\n") + raw.count(b"\r") > 2 * MOST_LINES:
        raise Unreadable("too_many_parts")


def _read(message: Message) -> Read:
    words, files, left_out = _contents(message)
    delivered = [value for name in DELIVERED_TO for value in headers.values_of(message, name)]
    addressed = [value for name in ("To", "Cc") for value in headers.values_of(message, name)]
    references = headers.message_ids(headers.values_of(message, "References"))
    answered = headers.message_ids(headers.values_of(message, "In-Reply-To"))
    ids = headers.message_ids(headers.values_of(message, "Message-ID"))
    return Read(
        message=message,
        message_id=next(iter(ids), ""),
        sender=headers.only_address(message, "From"),
        recipients=headers.addresses_in([*delivered, *addressed]),
        subject=headers.words_of(message, "Subject"),
        answers=(*answered, *reversed(references)),
        words=words,
        files=files,
        left_out=left_out,
    )


DELIVERED_TO: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To")


def _contents(message: Message) -> tuple[str, tuple[Attached, ...], int]:
    plain: list[str] = []
    rich: list[str] = []
    files: list[Attached] = []
    left_out = 0
    for part, holder in all_parts(message):
        kind, name = part.get_content_type(), _file_name(part)
        if kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment":
            text = headers.decode(content_of(part)[: MOST_WORDS_CHARS * 4], _charset(part))
            (plain if kind == "text/plain" else rich).append(_flow(part, text[:MOST_WORDS_CHARS]))
        elif kind in SIGNATURES or _is_drawn_in(part, kind, holder) or kind.startswith("multipart/"):
            continue
        elif len(files) < MOST_FILES and (content := content_of(part)):
            files.append(Attached(name or "file", content))
        else:
            left_out += 1
    words = "\n".join(plain)
    if not words.strip():
        words = "\n".join(text_of_html(text) for text in rich)
    return words[:MOST_WORDS_CHARS], tuple(files), left_out


def _flow(part: Message, text: str) -> str:
    return unflowed(text) if "format=flowed" in headers.parameters_of(part) else text


def _is_drawn_in(part: Message, kind: str, holder: str) -> bool:
    """Say whether a part is a picture of the text itself, such as the logo of a signature."""
    return kind.startswith("image/") and holder == "multipart/related" and part.get("Content-ID") is not None


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - parameters that are none
        return None


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename("")
    except Exception:  # noqa: BLE001 - parameters that are none
        name = ""
    return headers.decode_words(name if isinstance(name, str) else "")[:200]
