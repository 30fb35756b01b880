"""Telling people of tries to open their account that failed: one event for many, written while nobody waits.

At the door a try of a stranger and one of a known account cost the same; so what is known of a try is only counted
there. A worker writes it down once it is certain that the try was none that succeeded.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.models.doors import SecurityEvent
from escalation.models.people import SignInSession, SignInThrottle
from escalation.queries.people.sign_ins import is_any_unsaid
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

ONE_EVENT = timedelta(minutes=15)
"""How long the tries at one account are one event."""
CERTAIN_AFTER = timedelta(minutes=2)
"""A try counts as failed until its pass-phrase was checked: the minute that runs is left alone."""
AT_ONCE = 500


def unsaid() -> ColumnElement[bool]:
    """The condition that a count holds failures of a known account that stand in no event yet."""
    return and_(SignInThrottle.person_id.is_not(None), SignInThrottle.failures > SignInThrottle.noted)


def note_failed_tries(now: datetime) -> int:
    """Write down the tries that failed at known accounts; return at how many accounts."""
    before_ms = int((now - CERTAIN_AFTER).timestamp() * 1000)
    if not is_any_unsaid(before_ms):
        return 0
    failed: Counter[int] = Counter()
    last_at: dict[int, datetime] = {}
    with transaction() as session:
        rows = session.scalars(
            select(SignInThrottle).where(unsaid(), SignInThrottle.window_starts_ms <= before_ms)
            .order_by(SignInThrottle.window_starts_ms).limit(AT_ONCE).with_for_update(skip_locked=True)
        )  # fmt: skip
        for row in rows.all():
            failed[row.person_id or 0] += row.failures - row.noted
            last_at[row.person_id or 0] = datetime.fromtimestamp(row.window_starts_ms / 1000, UTC)
            row.noted = row.failures
        for person_id, count in failed.items():
            note_failed(session, person_id, count, last_at[person_id])
    return len(failed)


def not_noted(session: Session, person_id: int) -> int:
    """Return how many failures of an account stand in no event yet."""
    left = func.sum(SignInThrottle.failures - SignInThrottle.noted)
    return session.scalar(select(left).where(SignInThrottle.person_id == person_id)) or 0


def note_failed(session: Session, person_id: int, count: int, at: datetime) -> None:
    """Note so many failures at an account: in the event of the last quarter of an hour, where it still is the latest.

    Once its owner has come and may have read it, another one begins.
    """
    if count < 1:
        return
    row = session.scalar(
        select(SecurityEvent)
        .where(SecurityEvent.person_id == person_id, SecurityEvent.kind == SecurityEventKind.SIGN_IN_FAILED)
        .order_by(SecurityEvent.id.desc())
        .limit(1)
    )
    if row is None or row.at <= at - ONE_EVENT or _has_come_since(session, person_id, row.at):
        note_security(session, SecurityEventKind.SIGN_IN_FAILED, now=at, person_id=person_id, count=count)
    else:
        row.codes = row.codes | {"count": row.codes["count"] + count}


def _has_come_since(session: Session, person_id: int, at: datetime) -> bool:
    came = select(SignInSession.id).where(SignInSession.person_id == person_id, SignInSession.created_at >= at)
    return session.scalars(came.limit(1)).first() is not None
