"""Which cases the clock is to look at, found by an index and oldest first, and how far it is behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_

from escalation.extensions import db
from escalation.models.base import UTC
from escalation.models.clock import SetAside
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.models.settings import Tick

CLOCK, CLOCK_DONE, CLOCK_CAPPED = "clock", "clock.done", "clock.capped"
"""The tasks under which the clock notes that a minute is taken, that a run came to its end, and that it was cut."""

SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Look:
    """A case the clock is to look at, and since when."""

    at: datetime
    obstacle_id: int


@dataclass(frozen=True, slots=True)
class ClockState:
    """How the clock stands: what is due, since when, what it set aside, and when a run last came to its end."""

    due: int
    due_since: datetime | None
    set_aside: int
    ran_at: datetime | None
    capped_at: datetime | None

    def is_silent(self, now: datetime) -> bool:
        """Say whether no run has come to its end for minutes."""
        return self.ran_at is None or now - self.ran_at > SILENT_AFTER

    @property
    def was_cut(self) -> bool:
        """Say whether its last run stopped at its cap."""
        return self.capped_at is not None and self.ran_at is not None and self.capped_at >= self.ran_at


def due_looks(now: datetime, after: Look | None, limit: int) -> Select[*tuple[datetime, int]]:
    """Return the query of what the clock is to look at, oldest first, behind a place in that order."""
    query = select(Obstacle.clock_at, Obstacle.id).where(_is_due(now))
    if after is not None:
        place = tuple_(Obstacle.clock_at, Obstacle.id)
        query = query.where(place > tuple_(_instant(after.at), after.obstacle_id))
    return query.order_by(Obstacle.clock_at, Obstacle.id).limit(limit)


def list_due(now: datetime, after: Look | None, limit: int) -> Sequence[Look]:
    """Return what the clock is to look at, oldest first, behind a place in that order."""
    return [Look(at, obstacle_id) for at, obstacle_id in db.session.execute(due_looks(now, after, limit))]


def get_clock_state(now: datetime) -> ClockState:
    """Return how the clock stands, in one query; what is due is counted by its index."""
    due = select(func.count(Obstacle.id)).where(_is_due(now)).scalar_subquery()
    since = select(func.min(Obstacle.clock_at)).where(_is_due(now)).scalar_subquery()
    set_aside = select(func.count(SetAside.obstacle_id)).scalar_subquery()
    ran_at, capped_at = (
        select(func.max(Tick.taken_at)).where(Tick.task == task).scalar_subquery()
        for task in (CLOCK_DONE, CLOCK_CAPPED)
    )
    return ClockState(*db.session.execute(select(due, since, set_aside, ran_at, capped_at)).one())


def list_set_aside(limit: int = 50) -> Sequence[tuple[SetAside, str | None]]:
    """Return the cases on which the clock failed, with their references, those that failed longest first."""
    query = select(SetAside, Obstacle.reference).join(Obstacle, Obstacle.id == SetAside.obstacle_id)
    return [
        (row, reference) for row, reference in db.session.execute(query.order_by(SetAside.first_failed_at).limit(limit))
    ]


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(OPEN_AT_A_DESK, Obstacle.clock_at <= now)


def _instant(at: datetime) -> ColumnElement[datetime]:
    return literal(at, UTC)
