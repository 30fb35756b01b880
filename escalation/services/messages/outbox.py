"""The outbox as senders use it: claim by lease, renew, record under the fencing token, give back, try again.

Every time is on the database's clock. A sender holds no transaction while it sends; what it records counts only
while the token it claimed with is still on the row.
"""

import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Select, case, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Lane, Language, MessageChannel, MessageStatus
from escalation.domain.delivery import MAX_CRASHES, Failure, has_waited_enough, retry_delay_ms
from escalation.domain.errors import NotFound
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import db_now_ms, first_suspect, unsuspected_messages
from escalation.services.transaction import owes_messages, transaction

LEASE_MS = 120_000
RETRIED_BY_HAND = (MessageStatus.QUEUED, MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this sender may send until its lease ends; all it takes to write the letter is here."""

    id: int
    token: str
    attempts: int
    channel: MessageChannel
    lane: Lane
    event: str
    audience: Audience
    obstacle_id: int | None
    recipient_id: int
    address: str
    language: Language
    template_version: int
    facts: Mapping[str, Any]
    message_id: str
    event_at: datetime
    body_sha256: str


def claim_due(limit: int = 20, lane: Lane | None = None) -> list[Claimed]:
    """Take up to `limit` due messages for this caller alone, those that cannot wait first.

    What was in the hands of a sender that died goes last, and one at a time, so that the next crash accuses nobody
    else; a message in whose company senders died three times is quarantined instead.
    """
    token = secrets.token_hex(16)
    lanes = (Lane.INTERACTIVE, Lane.BULK) if lane is None else (lane,)
    with transaction() as session:
        now_ms = int(session.execute(select(db_now_ms())).scalar_one())
        rows: list[OutboxMessage] = []
        for each in lanes:
            rows += _lock(session, unsuspected_messages(each, now_ms, limit - len(rows)))
        suspects = (row for each in lanes for row in _lock(session, first_suspect(each, now_ms)))
        rows = rows or list(islice(suspects, 1))
        return [_claim(row, token, now_ms) for row in rows if not _is_poison(row)]


def _lock(session: Session, wanted: Select[OutboxMessage]) -> Sequence[OutboxMessage]:
    return session.scalars(wanted.with_for_update(skip_locked=True, of=OutboxMessage)).all()


def _is_poison(row: OutboxMessage) -> bool:
    """Count the crash of a sender that let its lease run out, and put the row aside after the last allowed one."""
    if row.status != MessageStatus.SENDING:
        return False
    row.crashes += 1
    if row.crashes < MAX_CRASHES:
        return False
    row.status, row.status_reason = MessageStatus.QUARANTINED, "crashed"
    row.lease_token = row.lease_until_ms = None
    return True


def _claim(row: OutboxMessage, token: str, now_ms: int) -> Claimed:
    row.status = MessageStatus.SENDING
    row.attempts += 1
    row.first_tried_ms = row.first_tried_ms or now_ms
    row.lease_token, row.lease_until_ms = token, now_ms + LEASE_MS
    return Claimed(
        id=row.id, token=token, attempts=row.attempts, channel=row.channel, lane=row.lane, event=row.event,
        audience=row.audience, obstacle_id=row.obstacle_id, recipient_id=row.recipient_id, address=row.address,
        language=row.language, template_version=row.template_version, facts=row.facts, message_id=row.message_id,
        event_at=row.event_at, body_sha256=row.body_sha256,
    )  # fmt: skip


def renew_lease(message_id: int, token: str) -> bool:
    """Lengthen one lease by another full term; False when the message is no longer this caller's."""
    return message_id in renew_leases([message_id], token)


def renew_leases(ids: Iterable[int], token: str) -> frozenset[int]:
    """Lengthen these leases by another full term, and return those that are still this caller's."""
    with transaction() as session:
        mine = update(OutboxMessage).where(OutboxMessage.id.in_(list(ids)), _is_held_by(token))
        renewed = mine.values(lease_until_ms=db_now_ms() + LEASE_MS).returning(OutboxMessage.id)
        return frozenset(session.scalars(renewed, execution_options={"synchronize_session": False}))


def note_digests(digests: Mapping[int, str], token: str) -> None:
    """Keep what the letters of a first attempt look like, so that a later attempt can be held against it."""
    if not digests:
        return
    with transaction() as session:
        for message_id, digest in digests.items():
            _change(session, [message_id], token, body_sha256=digest)


def record_sent(message_id: int, token: str, sent_at: datetime) -> bool:
    """Note that the relay took the message; False when the lease had passed to another sender."""
    return record_all_sent({message_id: sent_at}, token) == 1


def record_all_sent(sent_at: Mapping[int, datetime], token: str) -> int:
    """Note in one transaction that the relay took these messages; return how many were still this caller's.

    A crash before it doubles them all: for the demo's first messages only, whose mailbox knows a letter it has.
    """
    gone = {"status": MessageStatus.SENT, "status_reason": "", "lease_token": None, "lease_until_ms": None}
    with transaction() as session:
        return sum(_change(session, [each], token, sent_at=at, **gone) for each, at in sent_at.items())


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
    elif failure == Failure.ADDRESS or (failure != Failure.OURS and has_waited_enough(row.first_tried_ms, now_ms)):
        row.status = MessageStatus.FAILED
    else:
        row.status = MessageStatus.QUEUED
        tries = row.uncertain_attempts if failure == Failure.UNCERTAIN else row.attempts
        row.not_before_ms = now_ms + retry_delay_ms(failure, tries, random.uniform(-1, 1))  # noqa: S311 - no secret
    if failure == Failure.OURS:
        # What is our fault uses up neither the message's patience nor its back-off.
        row.attempts, row.first_tried_ms = row.attempts - 1, None


def release(ids: Sequence[int], token: str) -> int:
    """Give back messages that were claimed and not tried, as if they had not been; return how many were given."""
    first = OutboxMessage.attempts <= 1
    with transaction() as session:
        return _change(
            session, ids, token,
            status=MessageStatus.QUEUED, lease_token=None, lease_until_ms=None,
            attempts=OutboxMessage.attempts - 1,
            first_tried_ms=case((first, None), else_=OutboxMessage.first_tried_ms),
        )  # fmt: skip


def postpone_due(delay_ms: int) -> int:
    """Let everything that is due wait a little, since the relay takes nothing now; return how many rows wait."""
    with transaction() as session:
        until = int(session.execute(select(db_now_ms())).scalar_one()) + delay_ms
        due = (OutboxMessage.status == MessageStatus.QUEUED, OutboxMessage.not_before_ms < until)
        return _rows(session.execute(update(OutboxMessage).where(*due).values(not_before_ms=until)))


def free_leases_of_earlier_boot() -> int:
    """End every lease: for an installation of one process, at its start, when no other sender can be alive.

    The claim that follows counts each as a crash, so that a message that kills its sender is still found out.
    """
    with transaction() as session:
        held = update(OutboxMessage).where(OutboxMessage.status == MessageStatus.SENDING)
        return _rows(session.execute(held.values(lease_until_ms=0)))


def retry(message_id: int) -> None:
    """Queue a message again for now, with all its patience restored. Raises: NotFound, unless it stopped or waits."""
    with transaction() as session:
        can_leave = (OutboxMessage.status.in_(RETRIED_BY_HAND), OutboxMessage.address != "")
        stopped = (OutboxMessage.id == message_id, *can_leave)
        row = session.scalars(select(OutboxMessage).where(*stopped).with_for_update()).one_or_none()
        if row is None:
            raise NotFound(f"no message {message_id} that could be tried again")
        row.status, row.status_reason, row.body_sha256 = MessageStatus.QUEUED, "", ""
        row.attempts = row.crashes = 0
        row.first_tried_ms, row.not_before_ms = None, int(session.execute(select(db_now_ms())).scalar_one())
        owes_messages(session)


def _is_held_by(token: str) -> Any:
    return (OutboxMessage.lease_token == token) & (OutboxMessage.status == MessageStatus.SENDING)


def _change(session: Session, ids: Sequence[int], token: str, **values: Any) -> int:
    mine = update(OutboxMessage).where(OutboxMessage.id.in_(ids), _is_held_by(token)).values(**values)
    return _rows(session.execute(mine, execution_options={"synchronize_session": False}))


def _rows(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
