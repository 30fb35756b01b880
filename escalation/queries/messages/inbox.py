"""Reading what one person was told in the app, always inside what they may see today: lines, and how many are unread.

What is held, so that a move can still be taken back, is not there yet; what was taken back never was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, exists, func, literal_column, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import Audience, MessageChannel, MessageStatus, PlaceKind
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType
from escalation.queries.case.obstacles import visible_to
from escalation.queries.messages.outbox import db_now_ms, value_of

PAGE = 50
MOST_COUNTED = 100
KEPT_QUERIES = 128
"""For how many readers their count stays built."""

# Written out, not bound: an index of some rows serves only where the query itself says that it asks for these.
_IN_THE_APP = OutboxMessage.channel == literal_column("'app'")
_UNREAD = and_(_IN_THE_APP, OutboxMessage.read_at.is_(None))
_Commune, _Province = aliased(Place, name="commune"), aliased(Place, name="province")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One message, with the places and the type of its case as they are named today."""

    id: int
    event: str
    audience: Audience
    facts: dict[str, Any]
    at: datetime
    is_unread: bool
    reference: str
    project: str
    commune: Place
    province_kind: PlaceKind
    type: ObstacleType | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Some messages, the newest first, and after which one the next page begins, if there is one."""

    rows: Sequence[InboxRow]
    next: int | None = None


def list_inbox(actor: Actor, after: int | None = None, limit: int = PAGE) -> InboxPage:
    """Return what an actor was told, the newest first."""
    told = _told(actor, _IN_THE_APP).order_by(OutboxMessage.id.desc()).limit(limit + 1)
    if after is not None:
        told = told.where(OutboxMessage.id < after)
    found = told.subquery()
    query = (
        select(OutboxMessage, Obstacle.reference, Obstacle.project_name, _Commune, _Province.kind, ObstacleType)
        .join(found, found.c.id == OutboxMessage.id)
        .join(Obstacle, Obstacle.id == OutboxMessage.obstacle_id)
        .join(_Commune, _Commune.code == Obstacle.commune_code)
        .join(_Province, _Province.code == Obstacle.province_code)
        .outerjoin(ObstacleType, ObstacleType.code == Obstacle.obstacle_type)
        .order_by(OutboxMessage.id.desc())
    )
    rows = [_row(row) for row in db.session.execute(query)]
    return InboxPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def count_unread(actor: Actor) -> int:
    """Return how many messages an actor has not read, counted up to ``MOST_COUNTED``, in one query."""
    return int(db.session.execute(_counting(actor)).scalar_one())


@lru_cache(maxsize=KEPT_QUERIES)
def _counting(actor: Actor) -> Select[int]:
    unread = _told(actor, _UNREAD).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(unread)


def has_unread(person_id: int, obstacle_id: int) -> bool:
    """Say whether a person has an unread message about this obstacle."""
    return db.session.execute(_ANY_UNREAD, {"reader": person_id, "obstacle_id": obstacle_id}).first() is not None


def unread_of(person_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a message is shown to a person and unread."""
    return (_UNREAD, *_shown(person_id))


def unread_of_case(
    person_id: int | BindParameter[int], obstacle_id: int | BindParameter[int]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a message about a case is shown to a person and unread.

    The index of all that a person has not read is none to take: it grows with them, and that of the case does not.
    """
    of_case = (OutboxMessage.obstacle_id == obstacle_id, value_of(OutboxMessage.channel) == MessageChannel.APP)
    return (*of_case, OutboxMessage.read_at.is_(None), *_shown(person_id))


def _told(actor: Actor, which: ColumnElement[bool]) -> Select[int]:
    """Return the ids of messages about cases that an actor may see: found by whom they are for, then each looked at."""
    may_be_seen = exists().where(Obstacle.id == OutboxMessage.obstacle_id, visible_to(actor))
    return select(OutboxMessage.id).where(which, *_shown(actor.person_id or 0), may_be_seen)


def _shown(person_id: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.recipient_id == person_id,
        OutboxMessage.status != MessageStatus.SKIPPED,
        OutboxMessage.not_before_ms <= db_now_ms(),
    )


def _row(row: Row[*tuple[Any, ...]]) -> InboxRow:
    message = row.OutboxMessage
    return InboxRow(
        id=message.id,
        event=message.event,
        audience=message.audience,
        facts=message.facts,
        at=message.event_at,
        is_unread=message.read_at is None,
        reference=row.reference,
        project=row.project_name,
        commune=row.commune,
        province_kind=row.kind,
        type=row.ObstacleType,
    )


_ANY_UNREAD = select(OutboxMessage.id).where(*unread_of_case(bindparam("reader"), bindparam("obstacle_id"))).limit(1)
