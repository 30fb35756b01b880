"""Recording what came of messages: all that is known by now in one transaction, and again until it is written.

Whoever sent a message waits for its record. While one group is written the results of the next gather, so that the
more there is to record, the fewer transactions it takes for each.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.delivery import Failed, Result, Sent, classify, concerns_every_message, reason_of
from escalation.extensions import db
from escalation.services.messages.breakers import close_breaker, open_breaker
from escalation.services.messages.claims import Claimed
from escalation.services.messages.outbox import record_all_sent, record_failure
from escalation.services.messages.senders import Outcome, Outcomes
from escalation.services.transaction import kept_writer

logger = logging.getLogger(__name__)

RECORD_AGAIN_AFTER_S = 2.0
RECORD_TRIES = 40
GATHER_S = 0.004
IDLE_S = 1.0
"""For how long a connection without work is kept."""

T = TypeVar("T")


class Recorder:
    """A thread that records outcomes, and tells of each group when it is written."""

    def __init__(
        self,
        app: Flask,
        outcomes: Outcomes,
        tell: Callable[[Sequence[Outcome]], None],
        *,
        is_stopping: Callable[[], bool],
        sent_at: Callable[[Claimed], datetime] | None,
    ) -> None:
        self._app, self._outcomes, self._tell = app, outcomes, tell
        self._is_stopping, self._sent_at = is_stopping, sent_at
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Record what has come, and end."""
        self._outcomes.close()
        self._thread.join()

    def _run(self) -> None:
        with self._app.app_context(), kept_writer() as writer:
            idle_s: float | None = IDLE_S
            while (group := self._outcomes.take(GATHER_S, idle_s)) is not None:
                idle_s = IDLE_S if group else None
                if not group:
                    writer.let_go()
                    continue
                try:
                    self._record(group)
                except Exception:
                    logger.exception("the results of %s messages could not be recorded", len(group))
                finally:
                    self._tell(group)
                    for each in group:
                        each.recorded.release()

    def _record(self, group: Sequence[Outcome]) -> None:
        sent = [each.claimed for each in group if isinstance(each.result, Sent)]
        if sent:
            self._record_sent(sent)
        for each in group:
            if isinstance(each.result, Failed):
                self._record_failure(each.claimed, each.result)
            if each.result is not None:
                self._tell_breaker(each.claimed, each.result)

    def _record_sent(self, sent: Sequence[Claimed]) -> None:
        if self._sent_at is not None:
            for claimed in sent:
                at, token = self._sent_at(claimed), {claimed.id: claimed.token}
                self._insist(lambda at=at, token=token: record_all_sent(token, at))  # type: ignore[misc]
            return
        tokens = {claimed.id: claimed.token for claimed in sent}
        for message_id in tokens.keys() - self._insist(lambda: record_all_sent(tokens)):
            logger.warning("message %s left, but its lease had passed to another sender", message_id)

    def _record_failure(self, claimed: Claimed, result: Failed) -> None:
        failure, reason = classify(result), reason_of(result)
        logger.warning("message %s did not leave: %s, %s", claimed.id, failure, reason)
        self._insist(lambda: record_failure(claimed.id, claimed.token, failure, reason))

    def _tell_breaker(self, claimed: Claimed, result: Result) -> None:
        if isinstance(result, Failed) and concerns_every_message(result):
            reason = reason_of(result)
            self._insist(lambda: open_breaker(claimed.channel, reason, was_probe=claimed.is_probe))
        elif claimed.is_probe:
            self._insist(lambda: close_breaker(claimed.channel))

    def _insist(self, record: Callable[[], T]) -> T:
        """Record a result although the database may fail for a while: a letter that left must not leave again."""
        for _ in range(RECORD_TRIES - 1):
            try:
                return record()
            except SQLAlchemyError as error:
                db.session.rollback()
                if self._is_stopping():
                    raise
                logger.warning("a result could not be recorded (%s); trying again", type(error).__name__)
                time.sleep(RECORD_AGAIN_AFTER_S)
        return record()
