"""Changing a delay: from a day to come, by name, with its history kept."""

from datetime import date, datetime

from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.settings import plan_change
from escalation.models.settings import Setting
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction


def set_setting(key: str, value: int, effective_on: date, *, by_id: int, now: datetime) -> None:
    """Let a setting take a value from a day on; what was decided for that very day before is replaced.

    Raises: UnknownSetting, SettingOutOfBounds, ChangeInThePast.
    """
    change = plan_change(key, value, effective_on, local_day(now))
    with transaction() as session:
        same_day = (Setting.key == change.key, Setting.effective_on == change.effective_on)
        row = session.scalar(select(Setting).where(*same_day).with_for_update())
        if row is None:
            row = Setting(key=change.key, effective_on=change.effective_on)
            session.add(row)
        row.value, row.set_by_id, row.created_at = change.value, by_id, now
        note_security(
            session,
            SecurityEventKind.SETTING_CHANGED,
            now=now,
            person_id=by_id,
            by_id=by_id,
            key=key,
            value=value,
            on=effective_on.isoformat(),
        )
