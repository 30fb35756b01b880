"""What the outbox holds: which messages are due, how many stand where, and how old the oldest unsent one is."""

from typing import Any

from sqlalchemy import BigInteger, Select, and_, exists, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from escalation.domain.codes import Lane, MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.outbox import OWED, OutboxMessage

OWED_STATUSES = (MessageStatus.QUEUED, MessageStatus.SENDING)
UNENDED_STATUSES = (*OWED_STATUSES, MessageStatus.WAITING)
"""What senders take, and what waits for a letter that gathers."""
_IS_SUSPECT = or_(OutboxMessage.status == MessageStatus.SENDING, OutboxMessage.crashes > 0)


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


def db_now_ms() -> DatabaseNow:
    """Return the SQL of the present instant on the database's clock. Units: milliseconds since the epoch."""
    return DatabaseNow()


def get_now_ms() -> int:
    """Return the present instant of the database's clock. Units: milliseconds since the epoch."""
    return int(db.session.execute(select(db_now_ms())).scalar_one())


def due_messages(lane: Lane, now_ms: int, limit: int) -> Select[OutboxMessage]:
    """Return the query of what may be claimed now, oldest first: queued and due, or given up by a dead sender.

    No message passes an older one to the same person about the same obstacle. `now_ms` is a value and not an
    expression, so that the index of owed messages serves.
    """
    older = aliased(OutboxMessage)
    older_is_owed = exists().where(
        older.obstacle_id == OutboxMessage.obstacle_id,
        older.recipient_id == OutboxMessage.recipient_id,
        older.channel == OutboxMessage.channel,
        older.order_seq < OutboxMessage.order_seq,
        older.status.in_(OWED_STATUSES),
    )
    is_free = or_(OutboxMessage.status == MessageStatus.QUEUED, OutboxMessage.lease_until_ms <= now_ms)
    due = and_(OWED, OutboxMessage.lane == lane, OutboxMessage.not_before_ms <= now_ms, is_free, ~older_is_owed)
    return select(OutboxMessage).where(due).order_by(OutboxMessage.not_before_ms, OutboxMessage.id).limit(limit)


def unsuspected_messages(lane: Lane, now_ms: int, limit: int) -> Select[OutboxMessage]:
    """Return the query of what is due and was in no sender's hands when that sender died, oldest first."""
    return due_messages(lane, now_ms, limit).where(~_IS_SUSPECT)


def first_suspect(lane: Lane, now_ms: int) -> Select[OutboxMessage]:
    """Return the query of the due message that was least often, but was, in the hands of a sender that died."""
    suspects = due_messages(lane, now_ms, 1).where(_IS_SUSPECT).order_by(None)
    return suspects.order_by(OutboxMessage.crashes, OutboxMessage.not_before_ms, OutboxMessage.id)


def is_anything_due() -> bool:
    """Return whether a claim would find something; a read only, so that an idle poller locks nothing."""
    now_ms = get_now_ms()
    return any(db.session.scalars(due_messages(lane, now_ms, 1)).first() is not None for lane in Lane)


def counts_by_status() -> dict[MessageStatus, int]:
    """Return how many mails stand at each status, for the command line: it reads the whole table."""
    mails = select(OutboxMessage.status, func.count()).where(OutboxMessage.channel == MessageChannel.EMAIL)
    found = db.session.execute(mails.group_by(OutboxMessage.status)).all()
    counts = {status: int(count) for status, count in found}
    return {status: counts.get(status, 0) for status in MessageStatus}


def find_oldest_owed_age_s() -> int | None:
    """Return how long ago the oldest message was due that has not left; None when all have.

    Attempts put off do not make it younger; what is held, is quiet or waits for a digest is not due yet.
    Units: seconds.
    """
    due = select(func.min(OutboxMessage.due_ms), db_now_ms()).where(OWED, OutboxMessage.due_ms <= db_now_ms())
    oldest, now_ms = db.session.execute(due).one()
    return None if oldest is None else max(0, (int(now_ms) - int(oldest)) // 1000)


def list_stopped(status: MessageStatus) -> list[int]:
    """Return the messages that stand at a status and still have an address, the oldest first."""
    stands = (OutboxMessage.status == status, OutboxMessage.address != "")
    return list(db.session.scalars(select(OutboxMessage.id).where(*stands).order_by(OutboxMessage.id)))
