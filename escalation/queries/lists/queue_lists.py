"""The queue of an actor: the open cases of their desks or territory, by view, narrowed, counted, in an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from escalation.domain.codes import ENDED, WAITING, Status, Urgency
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.queries.lists.case_rows import PAGE, CaseRow, list_ranked, ranked_lines
from escalation.queries.lists.queue_order import Order, Position, after_position, first_of, key_of, passed_over
from escalation.queries.lists.territory import Span, Territory, read_territory, stood_in_for

WAITS = WAITING | {Status.RESOLVED}
"""While it stands so, a case waits for somebody outside the desk."""
COUNTED = 100
KEPT_QUERIES = 256
"""How many queries stay built, for the next who asks the same of the same desks."""


class View(StrEnum):
    """A saved way to look at the queue."""

    ALL = ""
    MINE = "mine"
    UNCLAIMED = "unclaimed"
    LATE = "late"
    WAITING = "waiting"


@dataclass(frozen=True)
class Narrowed:
    """What a reader asked of the queue; nothing asked is all that is open."""

    view: View = View.ALL
    status: Status | None = None
    province_code: str | None = None
    obstacle_type: str | None = None
    urgency: Urgency | None = None
    sector: str | None = None


@dataclass(frozen=True)
class Queue:
    """Whose queue it is, what it spans, and the moment by which what is late is told."""

    actor: Actor
    territory: Territory
    now: datetime


@dataclass(frozen=True)
class QueuePage:
    """Some lines of a queue, and the position after which the next ones stand, if there are any."""

    rows: Sequence[CaseRow]
    next: Position | None = None


def read_queue(actor: Actor, now: datetime) -> Queue:
    """Return the queue of an actor at a moment."""
    return Queue(actor, read_territory(actor), now)


def list_queue(
    queue: Queue, narrowed: Narrowed, order: Order = Order.DEADLINE, after: Position | None = None, limit: int = PAGE
) -> QueuePage:
    """Return a page of a queue in an order."""
    return _page(queue, narrowed, order, after, limit)


def list_late(queue: Queue, limit: int) -> QueuePage:
    """Return the first of the late cases of a queue."""
    return list_queue(queue, Narrowed(View.LATE), limit=limit)


def list_to_decide(queue: Queue, narrowed: Narrowed, order: Order, after: Position | None, limit: int) -> QueuePage:
    """Return the first cases of a queue that wait for the desk itself; those that wait for others, if asked for."""
    decides = narrowed.view is not View.WAITING and narrowed.status not in WAITS
    return _page(queue, narrowed, order, after, limit, to_decide=decides)


def find_position(reference: str, order: Order) -> Position | None:
    """Return where a case stands in an order now, whether or not a queue holds it."""
    found = db.session.execute(select(Obstacle.id, key_of(order)).where(Obstacle.reference == reference)).first()
    return Position(order, found[1], found[0]) if found else None


def has_in_hands(actor: Actor, reference: str) -> bool:
    """Say whether an actor, or who they act for, has a case in charge and its desk is at work on it."""
    hands = or_(Obstacle.assignee_id == actor.person_id, *_held_for_others(stood_in_for(actor)))
    mine = and_(Obstacle.status == Status.IN_REVIEW, hands)
    return db.session.scalar(select(Obstacle.id).where(Obstacle.reference == reference, mine)) is not None


def count_views(queue: Queue, views: Collection[View]) -> dict[View, int]:
    """Count the cases of each view in the whole queue, in one query and each no further than ``COUNTED``."""
    query = _counting(queue.territory.span(), tuple(views))
    return dict(zip(views, db.session.execute(query, _given(queue)).one(), strict=True))


@lru_cache(maxsize=KEPT_QUERIES)
def _counting(span: Span, views: tuple[View, ...]) -> Select[*tuple[Any, ...]]:
    place: ColumnElement[bool] = Obstacle.desk_code.in_(sorted(span.all_desks))
    if span.watched_provinces:
        own = [Obstacle.desk_code.in_(sorted(span.desks))] if span.desks else []
        place = and_(place, or_(_watched(span), *own))
    bounded = (
        select(Obstacle.id)
        .where(place, *_asked(Narrowed(view), span))
        .order_by(*_counted_in(view, span))
        .limit(COUNTED)
        for view in views
    )
    return select(*(select(func.count()).select_from(some.subquery()).scalar_subquery() for some in bounded))


def _counted_in(view: View, span: Span) -> tuple[Any, ...]:
    """Return the order of the index in which a view is counted; without one, PostgreSQL may prefer to read the table.

    What waits stands at the end of its desk's deadlines, and is met first on the way back.
    """
    if view is View.MINE and not span.stood_in_for:
        return (Obstacle.due_at, Obstacle.id)
    by_desk = (Obstacle.desk_code, Obstacle.due_at, Obstacle.id)
    return tuple(column.desc() for column in by_desk) if view is View.WAITING else by_desk


def _page(
    queue: Queue, narrowed: Narrowed, order: Order, after: Position | None, limit: int, *, to_decide: bool = False
) -> QueuePage:
    span, beyond = queue.territory.span(), after is not None
    if not span.all_desks:
        return QueuePage(())
    lines = _listing(span, narrowed, order, limit + 1, beyond=beyond, to_decide=to_decide)
    found = list_ranked(lines, _given(queue) | after_position(after))
    rows = [row for row, _key in found[:limit]]
    last = Position(order, found[limit - 1][1], rows[-1].id) if len(found) > limit else None
    return QueuePage(rows, last)


@lru_cache(maxsize=KEPT_QUERIES)
def _listing(
    span: Span, narrowed: Narrowed, order: Order, limit: int, *, beyond: bool, to_decide: bool
) -> Select[*tuple[Any, ...]]:
    """Return the query of some lines: built once for all who ask the same of the same desks."""
    conditions = _asked(narrowed, span, order)
    if to_decide:
        conditions.append(passed_over(Obstacle.status).not_in(sorted(WAITS | ENDED)))
    return ranked_lines(first_of(_at_each_desk(span, conditions), order, limit, beyond=beyond))


def _given(queue: Queue) -> dict[str, Any]:
    """Return the values of the parameters in which the same queries differ."""
    return {"reader": queue.actor.person_id, "now": queue.now}


def _at_each_desk(span: Span, conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Return the queue's condition at each of its desks, for an index holds the order of one desk at a time."""
    return [
        and_(Obstacle.desk_code == desk, *([] if desk in span.desks else [_watched(span)]), *conditions)
        for desk in sorted(span.all_desks)
    ]


def _watched(span: Span) -> ColumnElement[bool]:
    """Return what a secretary reads; a region is told by its provinces, which the indexes of open cases hold."""
    return passed_over(Obstacle.province_code).in_(sorted(span.watched_provinces))


def _asked(narrowed: Narrowed, span: Span, order: Order | None = None) -> list[ColumnElement[bool]]:
    """Return what was asked for; what is open unless it ended, in the words of the index of open cases.

    Where open cases are read in an order, statuses and deadlines only pass over what stands in its index.
    """
    is_ended = narrowed.status in ENDED
    status = Obstacle.status if order is None or is_ended else passed_over(Obstacle.status)
    due_at = Obstacle.due_at if order in {None, Order.DEADLINE} or is_ended else passed_over(Obstacle.due_at)
    asked = {
        status: narrowed.status,
        passed_over(Obstacle.province_code): narrowed.province_code,
        Obstacle.obstacle_type: narrowed.obstacle_type,
        Obstacle.urgency: narrowed.urgency,
        Obstacle.sector: narrowed.sector,
    }
    views: dict[View, ColumnElement[bool]] = {
        View.MINE: _mine(span),
        View.UNCLAIMED: Obstacle.assignee_id.is_(None),
        View.LATE: due_at < bindparam("now", type_=Obstacle.due_at.type),
        View.WAITING: status.in_(sorted(WAITS)),
    }
    conditions = [] if is_ended else [and_(OPEN_AT_A_DESK)]
    conditions += [column == value for column, value in asked.items() if value is not None]
    return conditions + [condition for view, condition in views.items() if view is narrowed.view]


def _mine(span: Span) -> ColumnElement[bool]:
    """Return that the reader has a case in charge, or that somebody who is away has, in whose place they sit."""
    own = Obstacle.assignee_id == bindparam("reader", type_=Obstacle.assignee_id.type)
    return or_(own, *_held_for_others(span.stood_in_for)) if span.stood_in_for else own


def _held_for_others(others: frozenset[tuple[str, int]]) -> list[ColumnElement[bool]]:
    return [and_(Obstacle.desk_code == desk, Obstacle.assignee_id == person) for desk, person in sorted(others)]
