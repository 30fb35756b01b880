"""Claiming: taking due messages for one sender alone, by lease, as far as breakers and paces let them leave.

All of a claim is one transaction on the database's clock; when it has committed, the attempts are counted already.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Select, String, bindparam, func, update
from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Lane, Language, MessageChannel, MessageStatus
from escalation.domain.delivery import MAX_CRASHES
from escalation.domain.paces import Limits
from escalation.models.outbox import Breaker
from escalation.queries.messages.outbox import (
    MESSAGES,
    IsListed,
    first_suspect,
    read_in_order,
    unsuspected_messages,
)
from escalation.services.messages.breakers import begin_probe, give_probe_back, list_shut
from escalation.services.messages.paces import admit, list_spent_domains
from escalation.services.transaction import transaction

LEASE_MS = 120_000
NO_LIMITS = Limits()
LANES = (Lane.INTERACTIVE, Lane.BULK)
HOLD = (
    update(MESSAGES)
    .where(IsListed(MESSAGES.c.id, "ids"))
    .values(
        status=MessageStatus.SENDING,
        attempts=MESSAGES.c.attempts + 1,
        first_tried_ms=func.coalesce(MESSAGES.c.first_tried_ms, bindparam("now_ms", type_=BigInteger)),
        lease_token=bindparam("token", type_=String),
        lease_until_ms=bindparam("until_ms", type_=BigInteger),
    )
)


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
    is_probe: bool = False
    """It is to find out whether anything leaves by its channel."""
    is_suspect: bool = False
    """A sender died while it had this message."""


class Suspects(Enum):
    """When the messages are claimed in whose company a sender died: each alone, so that a crash accuses one only."""

    LAST = "last"
    FIRST = "first"
    NOT_NOW = "not now"


def claim_due(
    limit: int = 20,
    lane: Lane | None = None,
    *,
    limits: Limits = NO_LIMITS,
    suspects: Suspects = Suspects.LAST,
) -> list[Claimed]:
    """Take up to `limit` due messages for this caller alone, those that cannot wait first.

    What was in the hands of a sender that died is taken one at a time, so that the next crash accuses nobody else;
    a message in whose company senders died three times is quarantined instead. By a way whose breaker is open leaves
    one letter at a time, alone.
    """
    with transaction() as session:
        return _Claim(session, LANES if lane is None else (lane,), limits).take(limit, suspects)


class _Claim:
    """One claim, inside its transaction."""

    def __init__(self, session: Session, lanes: Sequence[Lane], limits: Limits) -> None:
        self._session, self._lanes, self._limits = session, lanes, limits
        self._token = secrets.token_hex(16)
        self._now_ms = read_in_order()
        self._shut: list[str] = []

    def take(self, limit: int, suspects: Suspects) -> list[Claimed]:
        """Return what was claimed."""
        for breaker in list_shut(self._session):
            if breaker.probe_at_ms <= self._now_ms and (found := self._probe(breaker)):
                return found
            self._shut.append(breaker.channel)
        if suspects is Suspects.FIRST and (found := self._take_suspect()):
            return found
        found = self._take_unsuspected(limit)
        return found or (self._take_suspect() if suspects is Suspects.LAST else [])

    def _probe(self, breaker: Breaker) -> list[Claimed]:
        for lane in self._lanes:
            for wanted in (unsuspected_messages(), first_suspect()):
                rows = self._lock(wanted.where(MESSAGES.c.channel == breaker.channel), lane, 1)
                if not rows or not begin_probe(self._session, breaker, self._now_ms, LEASE_MS):
                    continue
                if found := self._hold_suspects(rows, is_probe=True):
                    return found
                give_probe_back(self._session, breaker.channel)
        return []

    def _take_unsuspected(self, limit: int) -> list[Claimed]:
        found: list[Claimed] = []
        for lane in self._lanes:
            wanted = unsuspected_messages()
            for domain in list_spent_domains(self._session, lane, self._limits, self._now_ms):
                wanted = wanted.where(~func.lower(MESSAGES.c.address).endswith(f"@{domain}", autoescape=True))
            rows = self._lock(wanted, lane, limit - len(found))
            found += self._hold(admit(self._session, rows, lane, self._limits, self._now_ms))
            if len(found) >= limit:
                break
        return found

    def _take_suspect(self) -> list[Claimed]:
        for lane in self._lanes:
            rows = self._lock(first_suspect(), lane, 1)
            admitted = admit(self._session, rows, lane, self._limits, self._now_ms)
            if found := self._hold_suspects(admitted):
                return found
        return []

    def _lock(self, wanted: Select[Any], lane: Lane, most: int) -> Sequence[Any]:
        if self._shut:
            wanted = wanted.where(MESSAGES.c.channel.not_in(self._shut))
        locked = wanted.with_for_update(skip_locked=True, of=MESSAGES)
        return self._session.execute(locked, {"lane": lane, "now_ms": self._now_ms, "most": most}).all()

    def _hold(self, rows: Sequence[Any], **marks: bool) -> list[Claimed]:
        """Count the attempt and write the lease; nothing is sent before this is committed."""
        if not rows:
            return []
        given = {
            "ids": [row.id for row in rows],
            "now_ms": self._now_ms,
            "token": self._token,
            "until_ms": self._now_ms + LEASE_MS,
        }
        self._session.connection().execute(HOLD, given)
        return [_claimed(row, self._token, marks) for row in rows]

    def _hold_suspects(self, rows: Sequence[Any], *, is_probe: bool = False) -> list[Claimed]:
        """Count the crash of a sender that let its lease run out, and put the row aside after the last allowed one."""
        kept = []
        for row in rows:
            crashes = row.crashes + (row.status is MessageStatus.SENDING)
            changes: dict[str, Any] = {"crashes": crashes}
            if crashes >= MAX_CRASHES:
                changes |= {"status": MessageStatus.QUARANTINED, "status_reason": "crashed"}
                changes |= {"lease_token": None, "lease_until_ms": None}
            else:
                kept.append(row)
            if crashes:
                self._session.execute(update(MESSAGES).where(MESSAGES.c.id == row.id).values(changes))
        is_suspect = any(row.crashes or row.status is MessageStatus.SENDING for row in kept)
        return self._hold(kept, is_probe=is_probe, is_suspect=is_suspect)


def _claimed(row: Any, token: str, marks: Mapping[str, bool]) -> Claimed:
    return Claimed(
        id=row.id, token=token, attempts=row.attempts + 1, channel=row.channel, lane=row.lane, event=row.event,
        audience=row.audience, obstacle_id=row.obstacle_id, recipient_id=row.recipient_id, address=row.address,
        language=row.language, template_version=row.template_version, facts=row.facts, message_id=row.message_id,
        event_at=row.event_at, body_sha256=row.body_sha256, **marks,
    )  # fmt: skip
