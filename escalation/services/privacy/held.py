"""Asking for what is held about oneself: once an hour, and noted as what it is, a way out for much at once."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.errors import DomainError
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.services.case.submissions import lock_person
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

ONCE_IN = timedelta(hours=1)
TAKEN_WITHIN = timedelta(minutes=15)
"""So long the copy that was asked for can be fetched, also again where the line broke."""


class AskedTooSoon(DomainError):
    """A copy was asked for less than an hour ago; ``until`` says when to ask again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


def ask_held(person_id: int, now: datetime) -> None:
    """Note that a person asks for a copy of what is held about them. Raises: AskedTooSoon."""
    with transaction() as session:
        lock_person(session, person_id)
        last = session.scalar(_last_asked(person_id))
        if last is not None and last > now - ONCE_IN:
            raise AskedTooSoon(last + ONCE_IN)
        note_security(session, SecurityEventKind.HELD_GIVEN, now=now, person_id=person_id, by_id=person_id)


def may_take_held(person_id: int, now: datetime) -> bool:
    """Say whether a person has just asked for their copy, so that it may be made for them."""
    last = db.session.scalar(_last_asked(person_id))
    return last is not None and last > now - TAKEN_WITHIN


def _last_asked(person_id: int) -> Select[datetime]:
    asked = (SecurityEvent.person_id == person_id, SecurityEvent.kind == SecurityEventKind.HELD_GIVEN)
    return select(func.max(SecurityEvent.at)).where(*asked)
