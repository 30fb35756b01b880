"""Fetching mail from a mailbox by IMAP over TLS: each mail is handed on, and only then put away or marked as seen.

What is handed on twice is kept once by whoever takes it, so that a connection that breaks anywhere loses nothing.
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from escalation.domain.intake_settings import Mailbox
from escalation.mail.incoming.reading import MOST_BYTES

TIMEOUT_S: Final = 30
MOST_AT_ONCE: Final = 200
BEGINNING_BYTES: Final = 200_000
SIZE: Final = re.compile(rb"RFC822\.SIZE (\d{1,12})")

Keep = Callable[[bytes, int], object]
"""Takes the bytes of a mail, or of its beginning, and its whole size; raises when it could not be kept."""


class MailboxAway(OSError):
    """The mailbox does not answer, does not open, or says what is not understood."""


def fetch_new(mailbox: Mailbox, keep: Keep, *, context: ssl.SSLContext | None = None) -> int:
    """Hand on every mail of the folder that was not before; return how many. Raises: MailboxAway."""
    trusting = context or ssl.create_default_context()
    imap = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=trusting, timeout=TIMEOUT_S)
    try:
        return _hand_on(imap, mailbox, keep)
    except imaplib.IMAP4.error as refused:
        raise MailboxAway(str(refused)[:200]) from refused
    finally:
        _leave(imap)


def _hand_on(imap: imaplib.IMAP4, mailbox: Mailbox, keep: Keep) -> int:
    count = 0
    imap.login(mailbox.username, mailbox.password)
    _check(imap.select(_quoted(mailbox.folder)))
    for uid in _new(imap):
        raw, size = _fetch(imap, uid)
        keep(raw, size)
        _put_away(imap, uid, mailbox.done_folder)
        count += 1
    return count


def _leave(imap: imaplib.IMAP4) -> None:
    try:
        imap.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            imap.shutdown()


def _new(imap: imaplib.IMAP4) -> Iterator[str]:
    found = _check(imap.uid("SEARCH", "UNSEEN", "UNDELETED"))
    numbers = b" ".join(part for part in found if isinstance(part, bytes)).split()
    for number in numbers[:MOST_AT_ONCE]:
        if number.isdigit():
            yield number.decode("ascii")


def _fetch(imap: imaplib.IMAP4, uid: str) -> tuple[bytes, int]:
    said = _check(imap.uid("FETCH", uid, "(RFC822.SIZE)"))
    match = SIZE.search(b" ".join(part for part in said if isinstance(part, bytes)))
    size = int(match.group(1)) if match else 0
    wanted = "(BODY.PEEK[])" if size <= MOST_BYTES else f"(BODY.PEEK[]<0.{BEGINNING_BYTES}>)"
    for part in _check(imap.uid("FETCH", uid, wanted)):
        if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], bytes):
            return part[1], max(size, len(part[1])) if size > MOST_BYTES else len(part[1])
    raise MailboxAway("a mail could not be fetched")


def _put_away(imap: imaplib.IMAP4, uid: str, folder: str) -> None:
    """Move a mail that is kept here, or mark it as seen; where moving is unknown, copy it and delete it."""
    if not folder:
        _check(imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
    elif "MOVE" in imap.capabilities:
        _check(imap.uid("MOVE", uid, _quoted(folder)))
    else:
        _check(imap.uid("COPY", uid, _quoted(folder)))
        _check(imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Deleted)"))
        if "UIDPLUS" in imap.capabilities:
            _check(imap.uid("EXPUNGE", uid))


def _check(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise MailboxAway(f"the mailbox says {status}")
    return data


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
