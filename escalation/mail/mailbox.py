"""The demonstration's mailbox: an SQLite file of its own, written by the catcher and read by the page `/mailbox`.

A mail that comes twice to the same person is kept once, by its Message-ID; what was answered 250 is on the disk.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

FILE_NAME: Final = "mailbox.db"
BUSY_TIMEOUT_S: Final = 10.0
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sent_s INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  raw BLOB NOT NULL,
  UNIQUE (message_id, recipient)
);
CREATE INDEX IF NOT EXISTS ix_mails_newest ON mails (sent_s DESC, id DESC);
CREATE INDEX IF NOT EXISTS ix_mails_recipient ON mails (recipient, sent_s DESC, id DESC);
CREATE INDEX IF NOT EXISTS ix_mails_reference ON mails (reference, sent_s DESC, id DESC);
"""
READ: Final = "SELECT id, sent_s, recipient, message_id, reference, event, subject, text, html FROM mails WHERE "


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends; the next one begins behind it."""

    sent_s: int
    mail_id: int


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as it came."""

    id: int
    sent_at: datetime
    recipient: str
    message_id: str
    reference: str
    event: str
    subject: str
    text: str
    html: str

    @property
    def place(self) -> Place:
        """Where this mail stands in the list."""
        return Place(int(self.sent_at.timestamp()), self.id)


class Mailbox:
    """The kept mails of one installation."""

    def __init__(self, var_dir: Path) -> None:
        self._path = var_dir / FILE_NAME
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def keep(self, recipient: str, content: bytes) -> bool:
        """Keep a mail, safely on the disk; return False if this person has it already."""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        columns = (
            _sent_s(message),
            recipient,
            str(message["Message-ID"] or f"<{sha256(content).hexdigest()}@mailbox>").strip(),
            str(message["X-Escalation-Reference"] or ""),
            str(message["X-Escalation-Event"] or ""),
            str(message["Subject"] or ""),
            _part(message, "plain"),
            _part(message, "html"),
            content,
        )
        with self._connected() as connection:
            kept = connection.execute(
                "INSERT INTO mails (sent_s, recipient, message_id, reference, event, subject, text, html, raw)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                columns,
            )
            return kept.rowcount == 1

    def list_newest(
        self, *, recipient: str = "", reference: str = "", after: Place | None = None, limit: int = 50
    ) -> list[CaughtMail]:
        """Return the mails from the newest on, of one person or one case if named, behind a place if given."""
        conditions, values = ["1 = 1"], list[str | int]()
        if recipient:
            conditions.append("recipient = ?")
            values.append(recipient)
        if reference:
            conditions.append("reference = ?")
            values.append(reference)
        if after is not None:
            conditions.append("(sent_s, id) < (?, ?)")
            values += [after.sent_s, after.mail_id]
        return self._read(f"{' AND '.join(conditions)} ORDER BY sent_s DESC, id DESC LIMIT ?", [*values, limit])

    def find(self, mail_id: int) -> CaughtMail | None:
        """Return one mail, or None."""
        return next(iter(self._read("id = ?", [mail_id])), None)

    def _read(self, condition: str, values: list[str | int]) -> list[CaughtMail]:
        if not self._path.exists():
            return []
        with self._connected() as connection:
            rows = connection.execute(READ + condition, values).fetchall()
        return [CaughtMail(row[0], datetime.fromtimestamp(row[1], UTC), *row[2:]) for row in rows]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """One connection, kept while the mailbox is in use: the log is then written once a mail, not emptied too."""
        with self._lock:
            if self._connection is None:
                self._connection = _connect(self._path)
            with self._connection:
                yield self._connection


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(SCHEMA)
    return connection


def _sent_s(message: EmailMessage) -> int:
    """The Date header, which for our mails is the moment of the event; now, if there is none."""
    date = getattr(message["Date"], "datetime", None)
    return int((date if date is not None else datetime.now(UTC)).timestamp())


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content().replace("\r\n", "\n") if part is not None else ""
