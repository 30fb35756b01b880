"""Who read which case: one row a person, office and day, written once the page is made."""

from datetime import datetime, timedelta

from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.case import Case
from escalation.domain.policy import Actor, mandate_to_see
from escalation.extensions import db
from escalation.models.privacy import CaseRead
from escalation.services.transaction import insert_or, transaction

AGAIN_AFTER = timedelta(minutes=10)
"""Somebody who opens a case again so soon is at the same reading: nothing is written."""

ONE_A_DAY = ("obstacle_id", "read_on", "person_id", "office", "place_code")


def note_read(obstacle_id: int, case: Case, actor: Actor, now: datetime) -> bool:
    """Note that an actor has read a case, or a file of it, in the office that shows it to them; say if it was written.

    A row holds a day: opening the case again moves its last time, not more often than every ten minutes.
    """
    mandate = mandate_to_see(actor, case)
    if mandate is None or actor.person_id is None:
        return False
    day = local_day(now)
    key = (obstacle_id, day, actor.person_id, mandate.office, mandate.place_code)
    if _is_noted(key, now):
        return False
    row = dict(zip(ONE_A_DAY, key, strict=True)) | {"first_at": now, "last_at": now}
    with transaction() as session:
        upsert = insert_or(session, CaseRead)
        session.execute(upsert.values(row).on_conflict_do_update(index_elements=ONE_A_DAY, set_={"last_at": now}))
    return True


def _is_noted(key: tuple[object, ...], now: datetime) -> bool:
    same = [getattr(CaseRead, name) == value for name, value in zip(ONE_A_DAY, key, strict=True)]
    return db.session.scalar(select(CaseRead.id).where(*same, CaseRead.last_at > now - AGAIN_AFTER)) is not None
