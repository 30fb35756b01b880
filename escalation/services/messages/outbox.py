"""The outbox as senders use it, once they have claimed: renew, record under the fencing token, give back.

Every time is on the database's clock. A sender holds no transaction while it sends; what it records counts only
while the token it claimed with is still on the row.
"""

import logging
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, bindparam, case, cast, column, func, select, update
from sqlalchemy.engine import CursorResult

from escalation.domain.codes import MessageStatus
from escalation.domain.delivery import WRITING_DELAY_MS, Failure, has_waited_enough, retry_delay_ms
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import MESSAGES, DatabaseInstant, IsListed, Pairs, db_now_ms, value_of
from escalation.services.messages.claims import LEASE_MS
from escalation.services.transaction import transaction, write_at_once

logger = logging.getLogger(__name__)

_IS_BEING_SENT = value_of(MESSAGES.c.status) == MessageStatus.SENDING
IS_MINE = IsListed(MESSAGES.c.id, "ids") & IsListed(MESSAGES.c.lease_token, "tokens") & _IS_BEING_SENT
RENEW = update(MESSAGES).where(IS_MINE).values(lease_until_ms=db_now_ms() + LEASE_MS).returning(MESSAGES.c.id)
NOTE_SENT = (
    update(MESSAGES)
    .where(IS_MINE)
    .values(
        status=MessageStatus.SENT,
        status_reason="",
        lease_token=None,
        lease_until_ms=None,
        sent_at=func.coalesce(bindparam("at", type_=MESSAGES.c.sent_at.type), DatabaseInstant()),
    )
    .returning(MESSAGES.c.id)
)
_DIGESTS = Pairs(bindparam("digests", type_=JSON())).table_valued(column("key", String()), column("value", String()))
NOTE_DIGESTS = (
    update(MESSAGES)
    .where(
        IsListed(MESSAGES.c.id, "ids"),
        MESSAGES.c.id == cast(_DIGESTS.c.key, BigInteger),
        MESSAGES.c.lease_token == bindparam("token"),
        _IS_BEING_SENT,
    )
    .values(body_sha256=_DIGESTS.c.value)
    .returning(MESSAGES.c.id)
)
GIVE_BACK = (
    update(MESSAGES)
    .where(IS_MINE)
    .values(
        status=MessageStatus.QUEUED,
        lease_token=None,
        lease_until_ms=None,
        attempts=MESSAGES.c.attempts - 1,
        first_tried_ms=case((MESSAGES.c.attempts <= 1, None), else_=MESSAGES.c.first_tried_ms),
    )
)


def renew_lease(message_id: int, token: str) -> bool:
    """Lengthen one lease by another full term; False when the message is no longer this caller's."""
    return message_id in renew_leases({message_id: token})


def renew_leases(tokens: Mapping[int, str]) -> frozenset[int]:
    """Lengthen these leases by another full term, and return those that are still this caller's.

    A token of this caller on another of its messages is as good: both are its own.
    """
    with transaction() as session:
        return frozenset(session.connection().execute(RENEW, _mine(tokens)).scalars())


def note_digests(digests: Mapping[int, str], token: str) -> None:
    """Keep what the letters of a first attempt look like, so that a later attempt can be held against it."""
    if digests:
        write_at_once(NOTE_DIGESTS, {"ids": list(digests), "digests": digests, "token": token})


def record_all_sent(tokens: Mapping[int, str], sent_at: datetime | None = None) -> frozenset[int]:
    """Note in one transaction that these messages left just now; return those that were still this caller's."""
    return frozenset(row.id for row in write_at_once(NOTE_SENT, _mine(tokens) | {"at": sent_at}))


def record_failure(message_id: int, token: str, failure: Failure, reason: str) -> bool:
    """Note that the message did not leave, and what becomes of it; False when the lease had passed to another."""
    with transaction() as session:
        mine = select(OutboxMessage).where(OutboxMessage.id == message_id, _is_held_by(token)).with_for_update()
        row = session.scalars(mine).one_or_none()
        if row is None:
            return False
        _put_back(row, failure, reason, now_ms=int(session.execute(select(db_now_ms())).scalar_one()))
        return True


def _put_back(row: OutboxMessage, failure: Failure, reason: str, *, now_ms: int) -> None:
    row.lease_token = row.lease_until_ms = None
    row.crashes = 0  # its sender lives
    row.status_reason = f"{failure}: {reason}"[:80]
    if failure == Failure.UNCERTAIN:
        row.uncertain_attempts += 1
    if failure == Failure.LETTER:
        row.status = MessageStatus.QUARANTINED
    elif failure == Failure.ADDRESS:
        row.status = MessageStatus.FAILED
    elif failure in (Failure.OURS, Failure.WRITING):
        # What is our fault uses up neither the message's patience nor its back-off.
        row.status, row.attempts, row.first_tried_ms = MessageStatus.QUEUED, row.attempts - 1, None
        if failure == Failure.WRITING:
            row.not_before_ms = now_ms + WRITING_DELAY_MS
    elif has_waited_enough(row.first_tried_ms, now_ms):
        row.status = MessageStatus.FAILED
        logger.error("message %s was given up after 72 hours: %s", row.id, row.status_reason)
    else:
        row.status = MessageStatus.QUEUED
        tries = row.uncertain_attempts if failure == Failure.UNCERTAIN else row.attempts
        row.not_before_ms = now_ms + retry_delay_ms(failure, tries, random.uniform(-1, 1))  # noqa: S311 - no secret


def release(tokens: Mapping[int, str]) -> int:
    """Give back messages that were claimed and not tried, as if they had not been; return how many were given."""
    with transaction() as session:
        return _rows(session.connection().execute(GIVE_BACK, _mine(tokens)))


def free_leases_of_earlier_boot() -> int:
    """End every lease: for an installation of one process, at its start, when no other sender can be alive.

    The claim that follows counts each as a crash, so that a message that kills its sender is still found out.
    """
    with transaction() as session:
        held = update(OutboxMessage).where(OutboxMessage.status == MessageStatus.SENDING)
        return _rows(session.execute(held.values(lease_until_ms=0)))


def _is_held_by(token: str) -> Any:
    return (MESSAGES.c.lease_token == token) & _IS_BEING_SENT


def _mine(tokens: Mapping[int, str]) -> dict[str, Any]:
    return {"ids": list(tokens), "tokens": list(set(tokens.values()))}


def _rows(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
