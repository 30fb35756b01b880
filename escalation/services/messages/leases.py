"""The keeping of leases while a batch is sent: a small thread renews them, and a sleeper's are found out."""

import logging
import threading
import time
from typing import Self

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from escalation.services.messages.outbox import Claimed, renew_leases

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 30.0
STALE_AFTER_S = 60.0


class LeaseKeeper:
    """Renews the leases of one batch every 30 s from a thread of its own, until the batch is done."""

    def __init__(self, app: Flask, batch: list[Claimed], renew_every_s: float = RENEW_EVERY_S) -> None:
        self._app, self._token, self._renew_every_s = app, batch[0].token, renew_every_s
        self._held = {claimed.id for claimed in batch}
        self._renewed_at = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._done.set()
        self._thread.join()

    def let_go(self, message_id: int) -> None:
        """Stop renewing a message whose result is recorded."""
        self._held.discard(message_id)

    def still_holds(self, message_id: int) -> bool:
        """Return whether a message may still be sent: a process that slept past its leases must not send again."""
        if time.monotonic() - self._renewed_at > STALE_AFTER_S:
            self._renew()
        return message_id in self._held

    def _keep(self) -> None:
        while not self._done.wait(self._renew_every_s):
            with self._app.app_context():
                try:
                    self._renew()
                except SQLAlchemyError:
                    logger.warning("leases could not be renewed; trying again", exc_info=True)

    def _renew(self) -> None:
        asked = set(self._held)
        lost = asked - renew_leases(asked, self._token)
        self._renewed_at = time.monotonic()
        for message_id in lost & self._held:
            self._held.discard(message_id)
            logger.warning("the lease of message %s passed to another sender", message_id)
