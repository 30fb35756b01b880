"""What people set about their messages: how each kind comes, quiet hours, which cases they follow or have muted."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from escalation.domain.errors import NotFound
from escalation.domain.policy import Actor
from escalation.domain.wants import ADJUSTABLE, CHOSEN, Attention, Kind, Quiet, Way
from escalation.models.obstacles import Obstacle
from escalation.models.wants import CaseAttention, MessageWants
from escalation.queries.case.obstacles import get_obstacle
from escalation.services.case.submissions import lock_person
from escalation.services.transaction import transaction


def choose_wants(person_id: int, ways: Mapping[Kind, Way], quiet: Quiet | None, now: datetime) -> None:
    """Keep how a person wants each kind of message, and their quiet hours.

    What waits for a digest already comes with it; everything that happens from now on comes as chosen.
    Raises: ValueError for a kind that nobody may change.
    """
    with transaction() as session:
        row = write_wants(session, person_id, ways, now=now)
        row.quiet_from, row.quiet_to = (quiet.from_hour, quiet.to_hour) if quiet else (None, None)


def write_wants(session: Session, person_id: int, ways: Mapping[Kind, Way], *, now: datetime) -> MessageWants:
    """Write how some kinds of message come, the others as they were; return the row, locked."""
    if not all(kind in ADJUSTABLE and way in CHOSEN for kind, way in ways.items()):
        raise ValueError("what asks for an act is muted by nobody")
    lock_person(session, person_id)
    row = session.get(MessageWants, person_id, with_for_update=True)
    if row is None:
        row = MessageWants(person_id=person_id, ways={}, changed_at=now)
        session.add(row)
    row.ways = {**row.ways, **{kind.value: way.value for kind, way in ways.items()}}
    row.changed_at = now
    return row


def attend(actor: Actor, reference: str, attention: Attention | None, now: datetime) -> Obstacle:
    """Let a person follow a case, mute it, or be told of it as their office is.

    Raises: NotFound outside what they may see, and for a draft.
    """
    if actor.person_id is None:
        raise NotFound("obstacle")
    obstacle = get_obstacle(actor, reference)
    key = (obstacle.id, actor.person_id)
    with transaction() as session:
        lock_person(session, actor.person_id)
        row = session.get(CaseAttention, key, with_for_update=True)
        if attention is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(CaseAttention(obstacle_id=key[0], person_id=key[1], attention=attention, since=now))
        elif row.attention is not attention:
            row.attention, row.since = attention, now
    return obstacle
