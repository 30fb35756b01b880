"""Reading how people signed in, and the tries that failed."""

from datetime import datetime

from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.people import SignInThrottle

MOST_EVENTS = 200


def is_any_unsaid(before_ms: int) -> bool:
    """Say whether some failure of a known account, of a minute that is over, stands in no event yet."""
    found = (
        SignInThrottle.person_id.is_not(None),
        SignInThrottle.failures > SignInThrottle.noted,
        SignInThrottle.window_starts_ms <= before_ms,
    )
    return db.session.scalar(select(SignInThrottle.person_id).where(*found).limit(1)) is not None


def count_failed_tries(person_id: int, since: datetime | None) -> int:
    """Return how many tries failed at a person's account since then, or ever."""
    query = select(SecurityEvent.codes).where(
        SecurityEvent.person_id == person_id, SecurityEvent.kind == SecurityEventKind.SIGN_IN_FAILED
    )
    if since is not None:
        query = query.where(SecurityEvent.at > since)
    newest = query.order_by(SecurityEvent.id.desc()).limit(MOST_EVENTS)
    return sum(int(codes.get("count", 1)) for codes in db.session.scalars(newest))
