"""Noting many obstacles at once, as they are told: each becomes a draft, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from escalation.domain.codes import Channel
from escalation.domain.content import Content
from escalation.domain.errors import AlreadySubmitted
from escalation.extensions import db
from escalation.models.obstacles import Submission
from escalation.queries.places import get_places
from escalation.services.case.filing import Sent, add_draft
from escalation.services.case.submissions import content_digest, keep_submission, lock_person
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction

MOST_ROWS = 36


@dataclass(frozen=True)
class Told:
    """What was told of one obstacle, and of which commune."""

    commune_code: str
    content: Content


def capture_drafts(told: Sequence[Told], channel: Channel, by: By) -> None:
    """Make a draft of each obstacle that was told, all or none; the same form sent twice makes them once.

    Raises: NotAllowed, AlreadySubmitted when the form made drafts of other answers before.
    """
    rows = [f"{one.commune_code} {one.content.canonical()}" for one in told[:MOST_ROWS]]
    digest = content_digest({"channel": channel, "rows": "\n".join(rows)})
    with transaction() as session:
        lock_person(session, by.actor.person_id)
        before = _sent_before(by.actor.person_id, by.key)
        if before:
            if any(one.body_digest != digest for one in before):
                raise AlreadySubmitted(before[0].obstacle_id)
            return
        places = get_places({one.commune_code for one in told})
        for number, one in enumerate(told[:MOST_ROWS]):
            draft = add_draft(session, places[one.commune_code], Sent(one.commune_code, one.content, channel), by)
            key = f"{by.key}/{number}" if by.key else None
            keep_submission(session, by.actor.person_id, key, digest, obstacle_id=draft.id, now=by.now)
            if number == 0:  # the form itself was carried out: what comes late of its typing is not kept
                keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=draft.id, now=by.now)


def list_captured(person_id: int | None, key: str) -> list[int]:
    """Return the ids of what one form of this person made, in the order of its rows; what was deleted is left out."""
    return [one.obstacle_id for one in _sent_before(person_id, key)]


def _sent_before(person_id: int | None, key: str | None) -> list[Submission]:
    keys = [f"{key}/{number}" for number in range(MOST_ROWS)] if key else []
    mine = (Submission.person_id == person_id, Submission.key.in_(keys))
    return list(db.session.scalars(select(Submission).where(*mine).order_by(Submission.id)))
