"""Sending what the outbox owes: claim a batch, write the letters, let threads hand them over, claim the next.

A `Dispatcher` belongs to one process and keeps its connections from batch to batch. Several processes share the work
by their leases alone.
"""

import hashlib
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.codes import Lane, MessageChannel
from escalation.domain.delivery import Failed, Failure, Sent, concerns_every_message
from escalation.extensions import db
from escalation.mail.letter import UnsendableLetter
from escalation.queries.messages.outbox import is_a_suspect_due, is_anything_due
from escalation.services.messages.breakers import give_probes_back
from escalation.services.messages.channels import Carrier, Opens, all_channels
from escalation.services.messages.claims import NO_LIMITS, Claimed, Suspects, claim_due
from escalation.services.messages.leases import LeaseKeeper
from escalation.services.messages.outbox import note_digests, record_failure, release
from escalation.services.messages.outgoing import Outgoing
from escalation.services.messages.results import Recorder
from escalation.services.messages.senders import Letter, Outcome, Senders
from escalation.services.transaction import kept_writer

logger = logging.getLogger(__name__)

BATCH = 200
CLAIM_FOR_S = 60.0
LOOK_AGAIN_S = 0.25
SUSPECTS_EVERY_S = 2.0
STRAGGLES_AFTER_S = 5.0
FILLS_QUEUE_FOR_S = 1.0


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """How a run of sending is done; the defaults are those of every worker."""

    channels: Mapping[MessageChannel, Opens] = field(default_factory=all_channels)
    batch: int = BATCH
    connections: int | None = None
    """How many threads send at once; as many as the settings say, where none is said."""
    claim_for_s: float = CLAIM_FOR_S
    is_stopping: Callable[[], bool] = _never
    sent_at: Callable[[Claimed], datetime] | None = None


def deliver_due(config: Outgoing, how: Dispatch | None = None) -> int:
    """Send what is due until nothing is, or a minute has passed; return how many messages left."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - its documented use
    dispatcher = Dispatcher(app, config, how or Dispatch())
    try:
        dispatcher.deliver()
    finally:
        dispatcher.close()
    return dispatcher.sent


class Dispatcher:
    """The sending of one process: its threads and connections, and the one who claims for them."""

    def __init__(self, app: Flask, config: Outgoing, how: Dispatch) -> None:
        self._config, self._how, self._limits = config, how, config.mail.limits
        self._turn = threading.Lock()
        self._asked, self._changed = threading.Event(), threading.Event()
        self._connections = how.connections or config.mail.connections
        self._ahead = 2 * self._connections
        self._filled_at = self._suspects_sought_at = 0.0
        self._is_shut = self._is_lone = self._is_turn_of_suspects = False
        self._suspects_found = self._found_some = False
        self._error: BaseException | None = None
        self._writers: dict[MessageChannel, Carrier] = {}
        self._untried: deque[Claimed] = deque()
        self.sent = 0
        self._leases = LeaseKeeper(app)
        self._senders = Senders(
            config,
            how.channels,
            self._connections,
            may_send=self._leases.still_holds,
            tell_idle=self._changed.set,
            is_stopping=how.is_stopping,
        )
        self._recorder = Recorder(
            app,
            self._senders.outcomes,
            self._on_recorded,
            is_stopping=how.is_stopping,
            sent_at=how.sent_at,
        )

    def deliver(self, *, is_due: bool = False) -> None:
        """Send what is due until nothing is, or a minute has passed; who finds it at work lets it look again.

        What is in hand when the minute is over is finished by its threads. Who knows that something `is_due` spares it
        the first look, which locks nothing.
        """
        self._found_some |= is_due
        self._asked.set()
        self._changed.set()
        while self._asked.is_set() and self._turn.acquire(blocking=False):
            self._asked.clear()
            try:
                with kept_writer():
                    self._deliver()
            finally:
                self._turn.release()

    def close(self) -> None:
        """Give back what nobody has tried, let what is in hand be finished, and end."""
        self._give_back()
        self._senders.close()
        self._recorder.close()
        self._give_back()
        self._leases.close()
        for writer in self._writers.values():
            writer.close()

    def _deliver(self) -> None:
        stop_claiming_at = time.monotonic() + self._how.claim_for_s
        try:
            while not self._how.is_stopping() and time.monotonic() < stop_claiming_at:
                self._changed.clear()
                if self._error is not None:
                    break
                was_busy = self._senders.is_busy()
                # What was recorded meanwhile is not seen by a reading that began before.
                db.session.rollback()
                if not self._claim_more() and not was_busy:
                    return
                self._changed.wait(LOOK_AGAIN_S)
        finally:
            if self._how.is_stopping() or self._error is not None or sys.exc_info()[0] is not None:
                # Whatever went wrong with the one in hand is no fault of those behind it.
                self._give_back()
            db.session.rollback()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _claim_more(self) -> bool:
        """Claim as much as will leave soon; return whether to look again, though nothing be in hand."""
        if self._is_shut:
            self._give_back()
            self._is_shut = False
        is_alone = not self._senders.is_busy(STRAGGLES_AFTER_S)
        if not is_alone and self._is_lone:
            return True
        room = self._room()
        if room <= 0 or (not is_alone and self._are_suspects_due()):
            self._claim_urgent()
            return True
        if not self._found_some and not is_anything_due():
            return False
        first = Suspects.FIRST if self._is_turn_of_suspects else Suspects.LAST
        batch = claim_due(room, limits=self._limits, suspects=first if is_alone else Suspects.NOT_NOW)
        self._filled_at, self._found_some = time.monotonic(), bool(batch)
        self._is_lone = any(claimed.is_suspect or claimed.is_probe for claimed in batch)
        self._is_turn_of_suspects = not self._is_lone and self._is_turn_of_suspects
        self._write_and_give(batch)
        return bool(batch) or self._limits != NO_LIMITS

    def _claim_urgent(self) -> None:
        """Claim what cannot wait, though enough is claimed of the rest."""
        if is_anything_due(Lane.INTERACTIVE):
            urgent = claim_due(self._connections, Lane.INTERACTIVE, limits=self._limits, suspects=Suspects.NOT_NOW)
            self._is_lone = any(claimed.is_probe for claimed in urgent)
            self._write_and_give(urgent)

    def _are_suspects_due(self) -> bool:
        """Say whether to let what is in hand be finished, so that what a dead sender had in hand can go alone.

        One such message and a batch of others take turns.
        """
        if time.monotonic() - self._suspects_sought_at > SUSPECTS_EVERY_S or self._suspects_found:
            self._suspects_sought_at = time.monotonic()
            self._is_turn_of_suspects = self._suspects_found = is_a_suspect_due()
        return self._is_turn_of_suspects

    def _room(self) -> int:
        """Return how many more to claim: what is sent within about a second, so that little waits in one place."""
        waiting = self._senders.waiting
        took_s = time.monotonic() - self._filled_at
        if waiting > self._ahead // 2:
            if took_s > FILLS_QUEUE_FOR_S:
                self._ahead = max(self._ahead // 2, self._connections)
            return 0
        if took_s < FILLS_QUEUE_FOR_S / 2:
            self._ahead = min(2 * self._ahead, self._how.batch)
        return self._ahead - waiting

    def _write_and_give(self, batch: Sequence[Claimed]) -> None:
        self._leases.hold(batch)
        letters: list[Letter] = []
        new: dict[int, str] = {}
        try:
            for claimed in batch:
                failure = self._write(claimed, letters, new)
                if failure is not None:
                    record_failure(claimed.id, claimed.token, *failure)
                    self._leases.let_go([claimed.id])
            if new:
                note_digests(new, batch[0].token)
        except BaseException:
            self._release(batch)
            raise
        self._senders.give(letters)

    def _write(self, claimed: Claimed, letters: list[Letter], new: dict[int, str]) -> tuple[Failure, str] | None:
        try:
            if claimed.channel not in self._writers:
                self._writers[claimed.channel] = self._how.channels[claimed.channel](self._config)
            content = self._writers[claimed.channel].write(claimed)
        except UnsendableLetter:
            logger.exception("message %s cannot become a letter; put aside", claimed.id)
            return Failure.LETTER, "unsendable"
        except Exception as error:  # whatever a template raises must not stop the other letters
            logger.exception("the letter of message %s could not be written", claimed.id)
            return Failure.WRITING, type(error).__name__
        digest = hashlib.sha256(content).hexdigest()
        if not claimed.body_sha256:
            new[claimed.id] = digest
        elif claimed.body_sha256 != digest:
            logger.error("the letter of message %s is not what its first attempt was; put aside", claimed.id)
            return Failure.LETTER, "changed"
        letters.append(Letter(claimed, content))
        return None

    def _on_recorded(self, group: Sequence[Outcome]) -> None:
        """Take note of what came of some; called by the recorder when it is written."""
        self._leases.let_go(each.claimed.id for each in group)
        for each in group:
            if each.error is not None:
                # Before its thread takes the next, which may meet the same.
                self._untried.extend(self._senders.withdraw())
                self._error = each.error
            elif isinstance(each.result, Failed) and concerns_every_message(each.result):
                self._untried.extend(self._senders.withdraw())
                self._senders.trust(is_trusted=False)
                self._is_shut = True
            elif each.result is not None:
                self._senders.trust(is_trusted=True)
                self.sent += isinstance(each.result, Sent)
        if self._is_shut or self._error is not None or self._senders.waiting <= self._ahead // 2:
            self._changed.set()

    def _give_back(self) -> None:
        """Give back what no thread has taken."""
        self._untried.extend(self._senders.withdraw())
        self._release([self._untried.popleft() for _ in range(len(self._untried))])

    def _release(self, untried: Sequence[Claimed]) -> None:
        """Let others have these, as if they had not been claimed."""
        self._leases.let_go(claimed.id for claimed in untried)
        if not untried:
            return
        try:
            release({claimed.id: claimed.token for claimed in untried})
            give_probes_back({claimed.channel for claimed in untried if claimed.is_probe})
        except SQLAlchemyError:
            logger.warning("%s untried messages could not be given back; their leases will end", len(untried))
