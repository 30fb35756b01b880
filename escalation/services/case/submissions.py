"""Making a form that is sent twice act once: what was carried out under which key, and with which content."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.errors import AlreadySubmitted
from escalation.domain.journal import canonical_text
from escalation.models.obstacles import Submission
from escalation.models.people import Person


def content_digest(content: Mapping[str, Any]) -> str:
    """Return the digest by which two sendings of a form are the same or not."""
    plain = {name: None if value is None else str(value) for name, value in content.items()}
    return hashlib.sha256(canonical_text(plain).encode()).hexdigest()


def lock_person(session: Session, person_id: int | None) -> None:
    """Make one person's forms wait for each other, where there is no row of an obstacle to lock yet.

    The key is not locked: others may write rows that refer to this person meanwhile, such as messages.
    """
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def find_submission(session: Session, person_id: int | None, key: str | None) -> Submission | None:
    """Return what this person already sent under this key."""
    if not key or person_id is None:
        return None
    condition = (Submission.person_id == person_id, Submission.key == key)
    return session.scalars(select(Submission).where(*condition)).first()


def was_made_with_others(session: Session, person_id: int, obstacle_id: int) -> bool:
    """Say whether one form or one table of this person made this draft and others."""
    made = (Submission.person_id == person_id, Submission.obstacle_id == obstacle_id, Submission.key.contains("/"))
    return session.scalars(select(Submission.id).where(*made).limit(1)).first() is not None


def was_carried_out(session: Session, person_id: int | None, key: str | None, digest: str) -> bool:
    """Say whether this very form was carried out before.

    Raises: AlreadySubmitted when it was, but with another content.
    """
    known = find_submission(session, person_id, key)
    if known is None:
        return False
    if known.body_digest != digest:
        raise AlreadySubmitted(known.obstacle_id)
    return True


def keep_submission(
    session: Session, person_id: int | None, key: str | None, digest: str, *, obstacle_id: int, now: datetime
) -> None:
    """Remember that this form was carried out."""
    if key and person_id is not None:
        session.add(
            Submission(person_id=person_id, key=key, body_digest=digest, obstacle_id=obstacle_id, created_at=now)
        )
