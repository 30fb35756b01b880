"""Reading the links that let a person choose another pass-phrase."""

from datetime import datetime

from sqlalchemy import func, select

from escalation.domain.errors import LinkClosed
from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.doors import PasswordReset
from escalation.models.people import Person


def is_any_asked() -> bool:
    """Say whether somebody waits for a link."""
    return db.session.scalar(select(PasswordReset.id).where(PasswordReset.email != "").limit(1)) is not None


def count_sent(person_id: int, since: datetime) -> int:
    """Return how many links a person was sent since then."""
    sent = (PasswordReset.person_id == person_id, PasswordReset.created_at > since)
    return db.session.scalar(select(func.count()).select_from(PasswordReset).where(*sent)) or 0


def check_reset(token: str, now: datetime) -> Person:
    """Return whose pass-phrase the link of a letter may replace. Raises: LinkClosed."""
    row = db.session.scalar(select(PasswordReset).where(PasswordReset.token_hash == digest_of(token)))
    return db.session.get_one(Person, still_open(row, now).person_id)


def still_open(row: PasswordReset | None, now: datetime) -> PasswordReset:
    """Return what was asked for while its link opens something. Raises: LinkClosed."""
    if row is None or row.person_id is None:
        raise LinkClosed("unknown")
    if row.ended_at is not None:
        raise LinkClosed("used")
    if row.expires_at <= now:
        raise LinkClosed("expired")
    return row
