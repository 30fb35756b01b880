"""Sending what the outbox owes: claim a batch, write the letters, hand each over outside any transaction, record."""

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from escalation.domain.codes import MessageChannel
from escalation.domain.delivery import (
    OUR_FAULT_DELAY_MS,
    Failure,
    Refused,
    Result,
    Sent,
    Uncertain,
    Unreachable,
    classify,
    concerns_every_message,
    reason_of,
)
from escalation.extensions import db
from escalation.failpoints import reach
from escalation.mail.letter import UnsendableLetter
from escalation.queries.messages.outbox import get_now_ms, is_anything_due
from escalation.services.messages.channels import CHANNELS, Carrier, Opens
from escalation.services.messages.leases import LeaseKeeper
from escalation.services.messages.outbox import (
    Claimed,
    claim_due,
    note_digests,
    postpone_due,
    record_all_sent,
    record_failure,
    record_sent,
    release,
)

logger = logging.getLogger(__name__)

BATCH = 20
CLAIM_FOR_S = 60.0
RECORD_AGAIN_AFTER_S = 2.0
RECORD_TRIES = 40

T = TypeVar("T")


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """How a run of sending is done; the defaults are those of every worker."""

    channels: Mapping[MessageChannel, Opens] = field(default_factory=lambda: CHANNELS)
    batch: int = BATCH
    claim_for_s: float = CLAIM_FOR_S
    is_stopping: Callable[[], bool] = _never
    sent_at: Callable[[Claimed], datetime] | None = None
    record_together: bool = False
    """Record a whole batch at once: fast, but a crash doubles it; for the demo's first messages only."""


DEFAULT = Dispatch()


def deliver_due(config: Config, how: Dispatch = DEFAULT) -> int:
    """Send what is due until nothing is, or a minute has passed; return how many messages left."""
    carriers, sent = _Carriers(config, how.channels), 0
    stop_claiming_at = time.monotonic() + how.claim_for_s
    try:
        while not how.is_stopping() and time.monotonic() < stop_claiming_at and is_anything_due():
            batch = claim_due(how.batch)
            if batch:
                sent += _Batch(batch, carriers, how).send()
    finally:
        carriers.close()
        db.session.rollback()
    return sent


class _Carriers:
    """The ways out of one sender, each opened when it is first needed."""

    def __init__(self, config: Config, channels: Mapping[MessageChannel, Opens]) -> None:
        self._config, self._channels = config, channels
        self._opened: dict[MessageChannel, Carrier] = {}

    def of(self, claimed: Claimed) -> Carrier:
        """Return the way out of a message: that of its channel and no other."""
        if claimed.channel not in self._opened:
            self._opened[claimed.channel] = self._channels[claimed.channel](self._config)
        return self._opened[claimed.channel]

    def close(self) -> None:
        """End every conversation."""
        for carrier in self._opened.values():
            carrier.close()


class _Batch:
    """The messages of one claim on their way out."""

    def __init__(self, batch: list[Claimed], carriers: _Carriers, how: Dispatch) -> None:
        self._batch, self._carriers, self._how = batch, carriers, how
        self._token = batch[0].token
        self._sent: dict[int, datetime] = {}
        self._count = 0

    def send(self) -> int:
        """Send each in turn; what a failure of the relay itself leaves untried is given back."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - its documented use
        with LeaseKeeper(app, self._batch) as leases:
            untried = list(self._batch)
            try:
                self._send_each(untried, leases)
            except Exception:
                # Whatever went wrong with the one in hand is no fault of those behind it.
                self._give_back(untried)
                raise
        return self._count

    def _send_each(self, untried: list[Claimed], leases: LeaseKeeper) -> None:
        letters = self._write_letters(leases)
        untried[:] = [claimed for claimed in untried if claimed.id in letters]
        while untried and not self._how.is_stopping():
            claimed = untried.pop(0)
            if not leases.still_holds(claimed.id):
                continue
            result = self._send_one(claimed, letters[claimed.id])
            leases.let_go(claimed.id)
            if concerns_every_message(result):
                self._finish(untried)
                self._pause(result)
                return
        self._finish(untried)

    def _write_letters(self, leases: LeaseKeeper) -> Mapping[int, bytes]:
        letters: dict[int, bytes] = {}
        new: dict[int, str] = {}
        for claimed in self._batch:
            failure = self._write_letter(claimed, letters, new)
            if failure is not None:
                self._insist(partial(record_failure, claimed.id, self._token, *failure))
                leases.let_go(claimed.id)
        note_digests(new, self._token)
        return letters

    def _write_letter(
        self, claimed: Claimed, letters: dict[int, bytes], new: dict[int, str]
    ) -> tuple[Failure, str] | None:
        try:
            content = self._carriers.of(claimed).write(claimed)
        except UnsendableLetter:
            logger.exception("message %s cannot become a letter; put aside", claimed.id)
            return Failure.LETTER, "unsendable"
        except Exception as error:  # whatever a template raises must not stop the other letters
            logger.exception("the letter of message %s could not be written", claimed.id)
            return Failure.OURS, f"writing {type(error).__name__}"
        digest = hashlib.sha256(content).hexdigest()
        if not claimed.body_sha256:
            new[claimed.id] = digest
        elif claimed.body_sha256 != digest:
            logger.error("the letter of message %s is not what its first attempt was; put aside", claimed.id)
            return Failure.LETTER, "changed"
        letters[claimed.id] = content
        return None

    def _send_one(self, claimed: Claimed, content: bytes) -> Result:
        reach("before_send")
        result = self._carriers.of(claimed).send(claimed, content)
        if isinstance(result, Sent):
            reach("after_reply")
            self._count += 1
            self._note_sent(claimed)
        else:
            self._note_failure(claimed, result)
        return result

    def _note_sent(self, claimed: Claimed) -> None:
        if self._how.record_together:
            self._sent[claimed.id] = self._sent_at(claimed)
        elif not self._insist(lambda: record_sent(claimed.id, self._token, self._sent_at(claimed))):
            logger.warning("message %s left, but its lease had passed to another sender", claimed.id)

    def _sent_at(self, claimed: Claimed) -> datetime:
        if self._how.sent_at is not None:
            return self._how.sent_at(claimed)
        return datetime.fromtimestamp(get_now_ms() / 1000, UTC)

    def _note_failure(self, claimed: Claimed, result: Refused | Unreachable | Uncertain) -> None:
        failure, reason = classify(result), reason_of(result)
        level = logging.ERROR if failure == Failure.OURS else logging.WARNING
        logger.log(level, "message %s did not leave: %s, %s", claimed.id, failure, reason)
        self._insist(partial(record_failure, claimed.id, self._token, failure, reason))

    def _pause(self, result: Result) -> None:
        waiting = postpone_due(OUR_FAULT_DELAY_MS)
        logger.error("the relay takes nothing (%s); %s messages wait", reason_of(result), waiting)  # type: ignore[arg-type]

    def _finish(self, untried: list[Claimed]) -> None:
        if self._sent:
            self._insist(partial(record_all_sent, self._sent, self._token))
        if untried:
            self._insist(partial(release, [claimed.id for claimed in untried], self._token))

    def _give_back(self, untried: list[Claimed]) -> None:
        try:
            release([claimed.id for claimed in untried], self._token)
        except SQLAlchemyError:
            logger.warning("%s untried messages could not be given back; their leases will end", len(untried))

    def _insist(self, record: Callable[[], T]) -> T:
        """Record a result although the database may fail for a while: a letter that left must not leave again."""
        for _ in range(RECORD_TRIES - 1):
            try:
                return record()
            except SQLAlchemyError as error:
                db.session.rollback()
                if self._how.is_stopping():
                    raise
                logger.warning("a result could not be recorded (%s); trying again", type(error).__name__)
                time.sleep(RECORD_AGAIN_AFTER_S)
        return record()
