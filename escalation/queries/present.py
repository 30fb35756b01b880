"""What time it is, asked in one place: for a page the machine's clock, for the clock's own work the database's.

In the demonstration alone the present may have been moved to a day to come, and all ask here where it is.
"""

from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from escalation.extensions import db
from escalation.models.settings import Tick
from escalation.queries.messages.outbox import get_now_ms

TRAVEL = "demo.travel"
"""The task whose one slot says by how many days the demonstration's present was moved."""


def get_present() -> datetime:
    """Return the present instant of this machine's clock."""
    return datetime.now(UTC) + _travelled()


def get_shared_present() -> datetime:
    """Return the present instant of the database's clock: one for all workers, whatever their own clocks say."""
    return datetime.fromtimestamp(get_now_ms() / 1000, UTC) + _travelled()


def _travelled() -> timedelta:
    if not current_app.extensions["config"].demo:
        return timedelta(0)
    days = db.session.scalar(select(Tick.slot).where(Tick.task == TRAVEL))
    return timedelta(days=int(days or 0))
