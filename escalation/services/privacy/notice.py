"""The notice on personal data: that somebody was shown a version of it."""

from datetime import datetime

from sqlalchemy import select

from escalation.domain.privacy import NOTICE_VERSION
from escalation.extensions import db
from escalation.models.privacy import NoticeShown
from escalation.services.case.submissions import lock_person
from escalation.services.transaction import transaction


def has_read_notice(person_id: int) -> bool:
    """Say whether a person has said to have read the notice as it is now."""
    mine = (NoticeShown.person_id == person_id, NoticeShown.version == NOTICE_VERSION)
    return db.session.scalar(select(NoticeShown.id).where(*mine)) is not None


def note_notice_read(person_id: int, now: datetime) -> None:
    """Keep when a person said to have read the notice as it is now; said again, the first time stands."""
    with transaction() as session:
        lock_person(session, person_id)
        mine = (NoticeShown.person_id == person_id, NoticeShown.version == NOTICE_VERSION)
        if session.scalar(select(NoticeShown.id).where(*mine)) is None:
            session.add(NoticeShown(person_id=person_id, version=NOTICE_VERSION, at=now))
