"""The keeping of leases while messages are sent: a small thread renews them, and a sleeper's are found out."""

import logging
import threading
import time
from collections.abc import Iterable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from escalation.services.messages.claims import Claimed
from escalation.services.messages.outbox import renew_leases

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 30.0
STALE_AFTER_S = 60.0


class LeaseKeeper:
    """Renews the leases it is given every 30 s from a thread of its own, until they are let go."""

    def __init__(self, app: Flask, renew_every_s: float = RENEW_EVERY_S) -> None:
        self._app, self._renew_every_s = app, renew_every_s
        self._held: dict[int, str] = {}
        self._renewed_at = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Renew nothing any more."""
        self._done.set()
        self._thread.join()

    def hold(self, batch: Iterable[Claimed]) -> None:
        """Renew the leases of these from now on; they were claimed just now."""
        if not self._held:
            self._renewed_at = time.monotonic()
        self._held |= {claimed.id: claimed.token for claimed in batch}

    def let_go(self, message_ids: Iterable[int]) -> None:
        """Stop renewing messages whose result is recorded."""
        for message_id in message_ids:
            self._held.pop(message_id, None)

    def still_holds(self, message_id: int) -> bool:
        """Return whether a message may still be sent: a process that slept past its leases must not send again."""
        if time.monotonic() - self._renewed_at > STALE_AFTER_S:
            with self._app.app_context():
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
        asked = dict(self._held)
        lost = asked.keys() - renew_leases(asked) if asked else set()
        self._renewed_at = time.monotonic()
        for message_id in lost:
            if self._held.pop(message_id, None) is not None:
                logger.warning("the lease of message %s passed to another sender", message_id)
