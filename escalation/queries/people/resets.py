"""Reading the links that let a person choose another pass-phrase."""

from datetime import datetime

from sqlalchemy import select

from escalation.domain.errors import LinkClosed
from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.doors import PasswordReset


def check_reset(token: str, now: datetime) -> None:
    """Let the token of a link pass that still opens something. Raises: LinkClosed."""
    still_open(db.session.scalar(select(PasswordReset).where(PasswordReset.token_hash == digest_of(token))), now)


def still_open(row: PasswordReset | None, now: datetime) -> PasswordReset:
    """Return what was asked for while its link opens something. Raises: LinkClosed."""
    if row is None or row.person_id is None:
        raise LinkClosed("unknown")
    if row.ended_at is not None:
        raise LinkClosed("used")
    if row.expires_at <= now:
        raise LinkClosed("expired")
    return row
