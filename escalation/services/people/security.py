"""Writing down what happens at the doors: one row an event, in the transaction of what it tells of."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.models.doors import SecurityEvent


def note_security(
    session: Session,
    kind: SecurityEventKind,
    /,
    *,
    now: datetime,
    person_id: int | None,
    by_id: int | None = None,
    **codes: str | int | None,
) -> SecurityEvent:
    """Add an event: to whom it happened, who did it where that is another, and codes about it."""
    event = SecurityEvent(at=now, kind=kind, person_id=person_id, by_id=by_id, codes=codes)
    session.add(event)
    session.flush()
    return event
