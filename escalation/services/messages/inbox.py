"""Noting that messages in the app were read."""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.inbox import has_unread, unread_of, unread_of_case
from escalation.services.transaction import transaction


def mark_read(person_id: int, obstacle_id: int, now: datetime) -> bool:
    """Note that a person has seen a case, if a message about it was unread; return whether one was."""
    if not has_unread(person_id, obstacle_id):
        return False
    _mark(now, *unread_of_case(person_id, obstacle_id))
    return True


def mark_all_read(person_id: int, newest_id: int, now: datetime) -> None:
    """Note that a person has read all messages up to the newest one that they were shown."""
    _mark(now, *unread_of(person_id), OutboxMessage.id <= newest_id)


def _mark(now: datetime, *which: ColumnElement[bool]) -> None:
    with transaction() as session:
        session.execute(
            update(OutboxMessage).where(*which).values(read_at=now),
            execution_options={"synchronize_session": False},
        )
