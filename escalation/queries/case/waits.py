"""Reading, for cases that wait, since when, and whether their desk was late before: a list needs it in one query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from escalation.domain import clocks
from escalation.domain.calendar import WorkingCalendar, local_day
from escalation.extensions import db
from escalation.models.obstacles import Pause, Referral


@dataclass(frozen=True, slots=True)
class Wait:
    """The present stay of a case that waits, with every wait in it."""

    obstacle_id: int
    opened_on: date
    allowance_days: int
    pauses: tuple[clocks.Pause, ...]

    @property
    def since(self) -> date | None:
        """Return since which day somebody is waited for; None when nobody is now."""
        return next((pause.started_on for pause in self.pauses if pause.ended_on is None), None)

    def was_late(self, calendar: WorkingCalendar) -> bool:
        """Say whether the desk had spent its days before the wait that stops its clock now."""
        return clocks.spent_on(calendar, self.opened_on, self.allowance_days, self.pauses) is not None


def list_waits(obstacle_ids: Collection[int]) -> list[Wait]:
    """Return the present stays of these cases."""
    columns = (Referral.obstacle_id, Referral.opened_at, Referral.allowance_days, Pause.started_at, Pause.ended_at)
    present = (
        select(*columns)
        .join(Pause, Pause.referral_id == Referral.id)
        .where(Referral.obstacle_id.in_(obstacle_ids), Referral.closed_at.is_(None))
        .order_by(Pause.id)
    )
    stays: dict[int, list[Any]] = {}
    for row in db.session.execute(present):
        stays.setdefault(row.obstacle_id, []).append(row)
    return [_wait(obstacle_id, rows) for obstacle_id, rows in stays.items()]


def _wait(obstacle_id: int, rows: Sequence[Any]) -> Wait:
    pauses = tuple(clocks.Pause.between(row.started_at, row.ended_at) for row in rows)
    return Wait(obstacle_id, local_day(rows[0].opened_at), rows[0].allowance_days, pauses)
