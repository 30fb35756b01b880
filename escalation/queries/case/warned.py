"""What warnings are to be looked for, which were given, and whether reminders rest."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Select, func, select

from escalation.domain.calendar import local_day
from escalation.domain.warnings import Given
from escalation.extensions import db
from escalation.models.clock import CaseWarning, ReminderPause
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.queries.lists.queue_order import passed_over


def list_desks_to_warn(now: datetime, limit: int) -> Sequence[str]:
    """Return the desks of the cases about which a warning may be due, looking at so many cases, the oldest first."""
    oldest = (
        select(Obstacle.desk_code, Obstacle.warn_at)
        .where(OPEN_AT_A_DESK, Obstacle.warn_at <= now)
        .order_by(Obstacle.warn_at, Obstacle.desk_code, Obstacle.id)
        .limit(limit)
        .subquery()
    )
    desks = select(oldest.c.desk_code).group_by(oldest.c.desk_code)
    in_turn = desks.order_by(func.min(oldest.c.warn_at), oldest.c.desk_code)
    return [code for code in db.session.scalars(in_turn) if code]


def cases_to_warn(desk_code: str, now: datetime, limit: int) -> Select[Obstacle]:
    """Return the query of the cases of a desk about which a warning may be due, oldest first."""
    due = (OPEN_AT_A_DESK, Obstacle.warn_at <= now, passed_over(Obstacle.desk_code) == desk_code)
    return select(Obstacle).where(*due).order_by(Obstacle.warn_at, Obstacle.desk_code, Obstacle.id).limit(limit)


def list_cases_to_warn(desk_code: str, now: datetime, limit: int) -> Sequence[int]:
    """Return the ids of these cases, oldest first."""
    return db.session.scalars(cases_to_warn(desk_code, now, limit).with_only_columns(Obstacle.id)).all()


def list_given(obstacle_ids: Collection[int]) -> Mapping[int, Sequence[Given]]:
    """Return the warnings given about these cases, by case."""
    given: dict[int, list[Given]] = defaultdict(list)
    for row in db.session.scalars(select(CaseWarning).where(CaseWarning.obstacle_id.in_(obstacle_ids))):
        given[row.obstacle_id].append(Given(row.kind, row.mark, local_day(row.given_at)))
    return given


def find_pause(day: date) -> ReminderPause | None:
    """Return the pause of reminders that holds on a day and ends last, or None."""
    holds = (ReminderPause.starts_on <= day, ReminderPause.ends_on >= day)
    return db.session.scalars(select(ReminderPause).where(*holds).order_by(ReminderPause.ends_on.desc())).first()


def list_pauses(day: date) -> Sequence[ReminderPause]:
    """Return the pauses of reminders that hold on a day or later, the first first."""
    to_come = select(ReminderPause).where(ReminderPause.ends_on >= day)
    return db.session.scalars(to_come.order_by(ReminderPause.starts_on, ReminderPause.id)).all()
