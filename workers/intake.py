"""Reading the mail that came in, and fetching it from its mailbox: a thread of each worker, beside the one that sends.

A mail made to be slow keeps no letter waiting; and with the broker away, mail is read all the same.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from celery import bootsteps
from flask import Flask, current_app

from escalation.domain.intake import Way
from escalation.extensions import db
from escalation.mail.incoming.imap import fetch_new
from escalation.queries.messages.incoming import is_anything_new
from escalation.services.messages.failures import note_refused
from escalation.services.messages.incoming import Arrived, store_mail
from escalation.services.messages.intake import read_new_mail
from escalation.services.ticks import is_slot_taken, take_slot
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
FETCH = "intake.fetch"
FETCHES_KEPT_FOR = timedelta(hours=1)


def read_new() -> None:
    """Read what came in since the last time."""
    if is_anything_new():
        read_new_mail(_now, STOPPING.is_set)


def note_addresses() -> None:
    """Note the addresses that the relay refused since the last time."""
    while note_refused(_now()) and not STOPPING.is_set():
        pass


def fetch() -> None:
    """Fetch what is in the mailbox, if there is one, unless a worker has done so this minute."""
    mailbox, now = current_app.extensions["config"].intake.mailbox, _now()
    minute = f"{now:%Y-%m-%dT%H:%M}"
    if mailbox is None or is_slot_taken(FETCH, minute) or not take_slot(FETCH, minute, now, FETCHES_KEPT_FOR):
        return
    db.session.rollback()
    fetched = fetch_new(mailbox, partial(_keep, now))
    if fetched:
        logger.info("fetched %s mails", fetched)


def _keep(now: datetime, raw: bytes, size_bytes: int) -> None:
    store_mail(raw, Arrived(way=Way.IMAP), now, size_bytes)


def _now() -> datetime:
    return datetime.now(UTC)


class IntakePoller:
    """The thread that looks for mail."""

    def __init__(self, app: Flask, every_s: float = LOOK_EVERY_S) -> None:
        self._app, self._every_s = app, every_s
        self._thread = threading.Thread(target=self._poll, name="intake-poller", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the mail in hand; the process must have been asked to stop."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _poll(self) -> None:
        while not STOPPING.is_set():
            with self._app.app_context():
                for step in (fetch, read_new, note_addresses):
                    try:
                        step()
                    except Exception:
                        logger.exception("mail could not be looked after; it is tried again")
            STOPPING.wait(self._every_s)


class IntakeStep(bootsteps.StartStopStep):
    """Runs the thread beside a worker's pool until the worker stops."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._poller = IntakePoller(worker.app.Task.flask_app)

    def start(self, _worker: Any) -> None:
        """Begin to look."""
        self._poller.start()

    def stop(self, _worker: Any) -> None:
        """Let the mail in hand be finished; what is not is taken up again."""
        STOPPING.set()
        self._poller.join(20)
