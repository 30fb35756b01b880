"""When a kind of periodic work was last seen alive."""

from datetime import datetime

from sqlalchemy import func, select

from escalation.extensions import db
from escalation.models.settings import Tick


def find_last_tick(task: str) -> datetime | None:
    """Return when this task last took a slot or showed life, or None."""
    found: datetime | None = db.session.execute(select(func.max(Tick.taken_at)).where(Tick.task == task)).scalar()
    return found
