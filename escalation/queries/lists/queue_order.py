"""The orders a queue can be read in, and the first cases of some desks in one of them, page by page.

Each desk's open cases stand in an index per order, so that a page is read from the indexes of its desks and merged: its
cost is that of fifty lines, however many cases wait and however deep the page is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from escalation.models.base import UTC
from escalation.models.obstacles import QUEUE_KEYS, Obstacle


class Order(StrEnum):
    """What comes first: the nearest deadline, the oldest filing, the largest amount, the most inhabitants."""

    DEADLINE = "deadline"
    AGE = "age"
    AMOUNT = "amount"
    PEOPLE = "people"


BY_TIME = frozenset({Order.DEADLINE, Order.AGE})


@dataclass(frozen=True, slots=True)
class Position:
    """A case's place in an order: the key it stands at, and its id, which tells apart what stands at one key."""

    order: Order
    key: datetime | int
    id: int


class PassedOver(FunctionElement[Any]):
    """A column by which cases are passed over while an order is walked: SQLite would rather seek it, and sort then."""

    inherit_cache = True


@compiles(PassedOver)
def _column(element: PassedOver, compiler: SQLCompiler, **given: Any) -> str:
    return compiler.process(element.clauses.clauses[0], **given)


@compiles(PassedOver, "sqlite")
def _column_unsought(element: PassedOver, compiler: SQLCompiler, **given: Any) -> str:
    return f"+{_column(element, compiler, **given)}"


def passed_over(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column for a condition that does not choose the index."""
    return type_coerce(PassedOver(column), column.type)


def key_of(order: Order) -> ColumnElement[Any]:
    """Return what an order sorts by, in the very words of its index."""
    return literal_column(QUEUE_KEYS[order], UTC() if order in BY_TIME else BigInteger())


def after_position(position: Position | None) -> dict[str, Any]:
    """Return the values of the parameters of a query for what stands beyond a position."""
    return {"after_key": position.key, "after_id": position.id} if position else {}


def first_of(
    desks: Sequence[ColumnElement[bool]], order: Order, limit: int, *, beyond: bool = False
) -> Select[int, Any]:
    """Return the ids and keys of the first cases, each condition being that of one desk.

    ``beyond``: of those after a position, which is given when the query is sent.
    """
    branches = [_first_at(desk, order, limit, beyond=beyond) for desk in desks]
    if len(branches) == 1:
        return branches[0]
    merged = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
    return select(merged.c.id, merged.c.key).order_by(merged.c.key, merged.c.id).limit(limit)


def _first_at(desk: ColumnElement[bool], order: Order, limit: int, *, beyond: bool) -> Select[int, Any]:
    key = key_of(order)
    query = select(Obstacle.id, key.label("key")).where(desk).order_by(key, Obstacle.id).limit(limit)
    return query.where(_beyond(key)) if beyond else query


def _beyond(key: ColumnElement[Any]) -> ColumnElement[bool]:
    """After a position; the key is named twice, since SQLite looks no expression up by a pair."""
    value, row_id = bindparam("after_key", type_=key.type), bindparam("after_id", type_=Obstacle.id.type)
    return and_(key >= value, tuple_(key, Obstacle.id) > tuple_(value, row_id))
