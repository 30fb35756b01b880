"""What the outbox holds: which messages are due, how many stand where, and how old the oldest unsent one is."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, TypeEngine

from escalation.domain.codes import Lane, MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.base import UTC
from escalation.models.outbox import OWED, STOPPED, TO_PEOPLE, Breaker, OutboxMessage

OWED_STATUSES = (MessageStatus.QUEUED, MessageStatus.SENDING)
MESSAGES: Table = OutboxMessage.__table__  # type: ignore[assignment]
"""As a table, not as objects: what is shown and what is sent are then written in one statement."""
COLUMNS = tuple(
    MESSAGES.c[name]
    for name in (
        "id", "attempts", "crashes", "status", "channel", "lane", "event", "audience", "obstacle_id", "recipient_id",
        "address", "language", "template_version", "facts", "message_id", "event_at", "body_sha256",
    )
)  # fmt: skip
"""What a claim reads of a message."""
UNENDED_STATUSES = (*OWED_STATUSES, MessageStatus.WAITING)
"""What senders take, and what waits for a letter that gathers."""
_IS_SUSPECT = or_(MESSAGES.c.status == MessageStatus.SENDING, MESSAGES.c.crashes > 0)


class Listed(TypeDecorator[Any]):
    """A list of values as one parameter, so that the statement reads the same however many they are."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Be an array where the database has them."""
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else JSON())


class IsListed(ColumnElement[bool]):
    """Whether a column's value is in the list that is given under a name."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as the library declares it
        ("column", InternalTraversal.dp_clauseelement),
        ("given", InternalTraversal.dp_clauseelement),
    ]
    type = Boolean()

    def __init__(self, column: Column[Any], name: str) -> None:
        self.column, self.given = column, bindparam(name, type_=Listed(column.type))

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002 - the signature is the library's
        """Stand as it is: compared with 1, where there are no booleans, it could be sought in no index."""
        return self


@compiles(IsListed, "postgresql")
def _is_listed_on_postgresql(element: IsListed, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} = ANY({compiler.process(element.given, **options)})"


@compiles(IsListed, "sqlite")
def _is_listed_on_sqlite(element: IsListed, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in (element.column, element.given))
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # nosec B608 - a name and a parameter


class Pairs(FunctionElement[Any]):
    """What a JSON object holds, as rows of `key` and `value`; both are texts."""

    name = "pairs"
    inherit_cache = True


@compiles(Pairs, "postgresql")
def _pairs_on_postgresql(element: Pairs, compiler: Any, **options: Any) -> str:
    return f"json_each_text({compiler.process(element.clauses, **options)})"


@compiles(Pairs, "sqlite")
def _pairs_on_sqlite(element: Pairs, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


class DatabaseNow(FunctionElement[int]):
    """The instant on the database's own clock, which every worker shares."""

    type = BigInteger()
    inherit_cache = True


@compiles(DatabaseNow, "postgresql")
def _on_postgresql(_element: DatabaseNow, _compiler: Any, **_options: Any) -> str:
    # now() would be the start of the transaction.
    return "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


@compiles(DatabaseNow, "sqlite")
def _on_sqlite(_element: DatabaseNow, _compiler: Any, **_options: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


class DatabaseInstant(FunctionElement[datetime]):
    """The same instant as a column of moments holds it."""

    type = UTC()
    inherit_cache = True


@compiles(DatabaseInstant, "postgresql")
def _instant_on_postgresql(_element: DatabaseInstant, _compiler: Any, **_options: Any) -> str:
    return "clock_timestamp()"


@compiles(DatabaseInstant, "sqlite")
def _instant_on_sqlite(_element: DatabaseInstant, _compiler: Any, **_options: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


def db_now_ms() -> DatabaseNow:
    """Return the SQL of the present instant on the database's clock. Units: milliseconds since the epoch."""
    return DatabaseNow()


def get_now_ms() -> int:
    """Return the present instant of the database's clock. Units: milliseconds since the epoch."""
    return int(db.session.execute(select(db_now_ms())).scalar_one())


def read_in_order() -> int:
    """Let this transaction read what is due in the order of its index, as far as it asks; return when it began to.

    Else PostgreSQL might read all and sort it, for one message: it counts on what was owed when it counted last.
    Where a sort cannot be helped, it seems so dear then that it would be compiled, which takes longer than to do it.
    Units: milliseconds since the epoch, on the database's clock.
    """
    asked: list[Any] = [db_now_ms()]
    if db.session.get_bind().dialect.name == "postgresql":
        asked += [func.set_config(name, "off", true()) for name in ("enable_sort", "jit")]
    return int(db.session.execute(select(*asked)).one()[0])


def value_of(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return what a column holds, by which no index is chosen: where other columns find the few rows asked for.

    PostgreSQL goes by what it counted last, and after a quiet time that is: nothing is owed. An index of all that is
    owed seems to be read at once then, and is read to its end for each of thousands.
    """
    return func.coalesce(column, literal_column("''"))


@cache
def due_messages() -> Select[Any]:
    """Return the query of what may be claimed, oldest first: queued and due, or given up by a dead sender.

    No message passes an older one to the same person or endpoint about the same obstacle. It is run with a `lane`,
    `now_ms` and how many at `most`; `now_ms` is a value and not an expression, so that the index of owed messages
    serves.
    """
    now_ms = bindparam("now_ms", type_=BigInteger)
    older_is_owed = or_(_older_is_owed("recipient_id"), _older_is_owed("endpoint_id"))
    is_free = or_(MESSAGES.c.status == MessageStatus.QUEUED, MESSAGES.c.lease_until_ms <= now_ms)
    lane = bindparam("lane", type_=MESSAGES.c.lane.type)
    due = and_(OWED, MESSAGES.c.lane == lane, MESSAGES.c.not_before_ms <= now_ms, is_free, ~older_is_owed)
    order = (MESSAGES.c.not_before_ms, MESSAGES.c.id)
    return select(*COLUMNS).where(due).order_by(*order).limit(bindparam("most", type_=Integer))


def _older_is_owed(to: str) -> ColumnElement[bool]:
    older = MESSAGES.alias()
    return exists().where(
        older.c.obstacle_id == MESSAGES.c.obstacle_id,
        older.c[to] == MESSAGES.c[to],
        older.c.channel == MESSAGES.c.channel,
        older.c.order_seq < MESSAGES.c.order_seq,
        value_of(older.c.status).in_(OWED_STATUSES),
    )


@cache
def unsuspected_messages() -> Select[Any]:
    """Return the query of those of the due that were in no sender's hands when that sender died, oldest first."""
    return due_messages().where(~_IS_SUSPECT)


@cache
def suspected_messages() -> Select[Any]:
    """Return the query of those of the due that were in the hands of a sender that died, oldest first."""
    return due_messages().where(_IS_SUSPECT)


@cache
def first_suspect() -> Select[Any]:
    """Return the query of the one of the due that was least often, but was, in the hands of a sender that died."""
    suspects = suspected_messages().order_by(None)
    return suspects.order_by(MESSAGES.c.crashes, MESSAGES.c.not_before_ms, MESSAGES.c.id)


def is_a_suspect_due() -> bool:
    """Return whether something is due that was in the hands of a sender that died."""
    return _finds_any(suspected_messages())


def is_anything_due(*lanes: Lane) -> bool:
    """Return whether a claim would find something; a read only, so that an idle poller locks nothing."""
    return _finds_any(due_messages(), lanes or tuple(Lane))


def _finds_any(wanted: Select[Any], lanes: Iterable[Lane] = tuple(Lane)) -> bool:
    given = {"now_ms": read_in_order(), "most": 1}
    return any(db.session.execute(wanted, given | {"lane": lane}).first() is not None for lane in lanes)


def counts_by_status() -> dict[MessageStatus, int]:
    """Return how many mails stand at each status, for the command line: it reads the whole table."""
    mails = select(OutboxMessage.status, func.count()).where(OutboxMessage.channel == MessageChannel.EMAIL)
    found = db.session.execute(mails.group_by(OutboxMessage.status)).all()
    counts = {status: int(count) for status, count in found}
    return {status: counts.get(status, 0) for status in MessageStatus}


def oldest_due() -> ScalarSelect[int]:
    """Return the query of when the oldest message to a person was due that has not left; nothing when all have.

    Attempts put off do not make it younger; what is held, is quiet or waits for a digest is not due yet. Another system
    that takes nothing is late on its own page, and no alarm about mails.
    Units: milliseconds since the epoch.
    """
    due = select(func.min(OutboxMessage.due_ms)).where(OWED, OutboxMessage.due_ms <= db_now_ms())
    return due.where(TO_PEOPLE).scalar_subquery()


def count_stopped() -> dict[MessageStatus, int]:
    """Return how many messages wait for a person: put aside, or given up for another reason than their address."""
    of_address = OutboxMessage.status_reason.startswith("address")
    stopped = select(OutboxMessage.status, func.count()).where(STOPPED, ~of_address).group_by(OutboxMessage.status)
    found = {status: int(count) for status, count in db.session.execute(stopped)}
    return {status: found.get(status, 0) for status in (MessageStatus.FAILED, MessageStatus.QUARANTINED)}


def list_breakers() -> list[Breaker]:
    """Return every way out by which something once could not leave, and how it stands now."""
    return list(db.session.scalars(select(Breaker).order_by(Breaker.channel)))


def find_next_due_ms(now_ms: int) -> int | None:
    """Return when the next message is due that is not due yet. Units: milliseconds since the epoch."""
    later = select(OutboxMessage.not_before_ms).where(OWED, OutboxMessage.not_before_ms > now_ms)
    firsts = [
        db.session.scalar(later.where(OutboxMessage.lane == lane).order_by(OutboxMessage.not_before_ms).limit(1))
        for lane in Lane
    ]
    return min((first for first in firsts if first is not None), default=None)


def list_stopped(status: MessageStatus) -> list[int]:
    """Return the messages that stand at a status and still have an address, the oldest first."""
    stands = (OutboxMessage.status == status, OutboxMessage.address != "")
    return list(db.session.scalars(select(OutboxMessage.id).where(*stands).order_by(OutboxMessage.id)))
