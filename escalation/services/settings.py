"""Changing a delay: from a day to come, by name, for all cases or for some, with its history kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.settings import EVERYWHERE, Scope, SettingChange, plan_change
from escalation.models.settings import Setting
from escalation.models.taxonomy import ObstacleType
from escalation.services.people.people import WrongField
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


def set_setting(
    key: str, value: int | None, effective_on: date, *, by_id: int, now: datetime, scope: Scope = EVERYWHERE
) -> None:
    """Let a setting take a value from a day on; what was decided for that very day and those cases before is replaced.

    Raises: UnknownSetting, ScopeNotAdmitted, SettingOutOfBounds, ChangeInThePast, WrongField for a type there is not.
    """
    change = plan_change(key, value, effective_on, local_day(now), scope)
    with transaction() as session:
        write_change(session, change, by_id, now)


def write_change(session: Session, change: SettingChange, by_id: int, now: datetime) -> None:
    """Write a change that was planned, and note who made it. Raises: WrongField for a type there is not."""
    check_type(session, change.scope)
    columns = columns_of(change.scope)
    same = (Setting.key == change.key, Setting.effective_on == change.effective_on)
    row = session.scalar(select(Setting).filter_by(**columns).where(*same).with_for_update())
    if row is None:
        row = Setting(key=change.key, effective_on=change.effective_on, **columns)
        session.add(row)
    row.value, row.set_by_id, row.created_at = change.value, by_id, now
    note_security(
        session,
        SecurityEventKind.SETTING_CHANGED,
        now=now,
        person_id=by_id,
        by_id=by_id,
        key=change.key,
        value=change.value,
        on=change.effective_on.isoformat(),
        **{name: code for name, code in columns.items() if code},
    )


def check_type(session: Session, scope: Scope) -> None:
    """Let a scope pass whose type there is. Raises: WrongField."""
    if scope.obstacle_type and session.get(ObstacleType, scope.obstacle_type) is None:
        raise WrongField("obstacle_type", "unknown")


def columns_of(scope: Scope) -> dict[str, Any]:
    """Return a scope as its three columns: nothing is written as an empty code."""
    return {"level": scope.level or "", "urgency": scope.urgency or "", "obstacle_type": scope.obstacle_type}
