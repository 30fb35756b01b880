"""The slots of periodic work: whoever wakes, a row decides who acts; and the signs of life of those who wake."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from escalation.extensions import db
from escalation.models.settings import Tick
from escalation.services.transaction import transaction

KEPT_FOR = timedelta(days=30)
LAST = "last"


def take_slot(task: str, slot: str, now: datetime, kept_for: timedelta = KEPT_FOR) -> bool:
    """Take one slot of a periodic task; False when somebody has it already. Old slots of the task are forgotten."""
    try:
        with transaction() as session:
            if session.get(Tick, (task, slot)) is not None:
                return False
            session.add(Tick(task=task, slot=slot, taken_at=now))
            session.flush()
            session.execute(delete(Tick).where(Tick.task == task, Tick.taken_at < now - kept_for))
    except IntegrityError:
        return False
    return True


def is_slot_taken(task: str, slot: str) -> bool:
    """Return whether somebody has this slot already; a read only."""
    return db.session.scalar(select(Tick.slot).where(Tick.task == task, Tick.slot == slot)) is not None


def note_alive(task: str, now: datetime) -> None:
    """Note that this kind of worker was at work just now."""
    with transaction() as session:
        session.merge(Tick(task=task, slot=LAST, taken_at=now))
