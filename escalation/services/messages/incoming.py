"""Mail that comes in, kept safely before anything in it is looked at; taken by one worker at a time; settled once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from escalation.domain.intake import (
    MOST_HELD_AN_HOUR,
    MOST_REPLIES_AN_HOUR,
    MOST_TRIES,
    Became,
    HeldFor,
    IncomingStatus,
    Way,
)
from escalation.domain.typed import clean_line
from escalation.extensions import db
from escalation.mail.incoming.reading import MOST_BYTES
from escalation.models.intake import IncomingMail
from escalation.queries.messages.incoming import IS_HELD, IS_NEW
from escalation.queries.messages.outbox import db_now_ms
from escalation.services.transaction import transaction

LEASE_MS: Final = 900_000
PUT_OFF_MS: Final = 600_000
BEGINNING_BYTES: Final = 200_000
"""What is kept of a mail that is too large."""
MOST_HELD: Final = 2000
"""How many mails of senders that nobody knows wait at most; what comes beyond is not kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """How a mail came, as far as the relay says it."""

    way: Way
    envelope_sender: str | None = None
    """None where the relay does not say; nothing for a report."""
    envelope_recipient: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A mail that one worker reads now."""

    id: int
    raw: bytes
    size_bytes: int
    received_at: datetime
    envelope_sender: str | None
    envelope_recipient: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of a mail once it was read."""

    sender: str = ""
    subject: str = ""
    message_id: str = ""
    letter_id: int | None = None
    is_hint: bool = False
    person_id: int | None = None


class TryLater(Exception):
    """Something of ours is away: the mail waits, and nothing is held against it."""


def store_mail(raw: bytes, arrived: Arrived, now: datetime, size_bytes: int | None = None) -> bool:
    """Keep a mail as it came, before anything else; False when these very bytes are kept already.

    ``size_bytes``: of the whole mail, where ``raw`` is only its beginning.
    """
    size = len(raw) if size_bytes is None else size_bytes
    digest = hashlib.sha256(raw + (str(size).encode() if size != len(raw) else b"")).hexdigest()
    sender = None if arrived.envelope_sender is None else clean_line(arrived.envelope_sender)[:320]
    row = IncomingMail(
        received_at=now,
        way=arrived.way,
        sha256=digest,
        envelope_sender=sender,
        envelope_recipient=clean_line(arrived.envelope_recipient)[:320],
        raw=raw if len(raw) <= MOST_BYTES else raw[:BEGINNING_BYTES],
        size_bytes=size,
    )
    try:
        with transaction() as session:
            session.add(row)
    except IntegrityError:
        return False
    return True


def take_next() -> Taken | None:
    """Take the oldest mail that nobody reads, counted before it is read; one that stopped its readers is held."""
    while True:
        with transaction() as session:
            now_ms = int(session.execute(select(db_now_ms())).scalar_one())
            free = or_(IncomingMail.lease_until_ms.is_(None), IncomingMail.lease_until_ms <= now_ms)
            waiting = select(IncomingMail).where(IS_NEW, free)
            row = session.scalars(
                waiting.order_by(IncomingMail.id).limit(1).with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            if row.attempts >= MOST_TRIES:
                row.status, row.reason = IncomingStatus.HELD, HeldFor.CRASHED
                continue
            row.attempts, row.lease_until_ms = row.attempts + 1, now_ms + LEASE_MS
            return Taken(
                id=row.id, raw=row.raw, size_bytes=row.size_bytes, received_at=row.received_at,
                envelope_sender=row.envelope_sender, envelope_recipient=row.envelope_recipient,
            )  # fmt: skip


def put_off(mail_id: int) -> None:
    """Let a mail wait a little, since something of ours is away; the try counts for nothing."""
    later = {"lease_until_ms": db_now_ms() + PUT_OFF_MS, "attempts": IncomingMail.attempts - 1}
    with transaction() as session:
        session.execute(update(IncomingMail).where(IncomingMail.id == mail_id).values(later))


def settle(mail_id: int, known: Known, outcome: Became | HeldFor, now: datetime) -> None:
    """Write what became of a mail and what is known of it; of what is too much only that it came stays."""
    with transaction() as session:
        row = session.get(IncomingMail, mail_id, with_for_update=True)
        if row is None or row.status is not IncomingStatus.NEW:
            return
        if isinstance(outcome, HeldFor) and known.letter_id is None and is_flood(session, known.sender, now):
            outcome = Became.TOO_MANY
            row.raw = b""
        for name, value in plain_of(known).items():
            setattr(row, name, value)
        row.status = IncomingStatus.HELD if isinstance(outcome, HeldFor) else IncomingStatus.DONE
        row.reason, row.settled_at, row.lease_until_ms = outcome, now, None


def plain_of(known: Known) -> dict[str, Any]:
    """Return what is known as a row keeps it: on one line, and no longer than its columns."""
    return {
        "sender": clean_line(known.sender)[:254],
        "subject": clean_line(known.subject)[:200],
        "message_id": clean_line(known.message_id)[:255],
        "letter_id": known.letter_id,
        "is_hint": known.is_hint,
        "person_id": known.person_id,
    }


def is_flood(session: Session, sender: str, now: datetime) -> bool:
    """Say whether so much waits already, of this sender in an hour or of all, that no more is kept."""
    of_sender = (IS_HELD, IncomingMail.sender == sender, IncomingMail.received_at > now - timedelta(hours=1))
    return (
        _count(session, MOST_HELD_AN_HOUR, *of_sender) >= MOST_HELD_AN_HOUR
        or _count(session, MOST_HELD, IS_HELD, IncomingMail.letter_id.is_(None)) >= MOST_HELD
    )


def has_sent_enough(person_id: int, now: datetime) -> bool:
    """Say whether so many mails of a person became words in an hour that the next waits for an administrator."""
    said = (
        IncomingMail.person_id == person_id,
        IncomingMail.settled_at > now - timedelta(hours=1),
        IncomingMail.status == IncomingStatus.DONE,
        IncomingMail.reason.in_((Became.COMMENT, Became.ANSWER)),
    )
    return _count(db.session(), MOST_REPLIES_AN_HOUR, *said) >= MOST_REPLIES_AN_HOUR


def _count(session: Session, most: int, *which: Any) -> int:
    some = select(IncomingMail.id).where(*which).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
