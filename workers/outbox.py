"""Sending the outbox: the task a wake-up causes, and the poller that finds what no wake-up announced, imports too.

The poller is a thread of each worker and asks the database only: with Redis stopped, hung or emptied, mail leaves.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import bootsteps, shared_task
from flask import Flask, current_app

from escalation.services.messages.delivery import Dispatch, deliver_due
from escalation.services.people.failed_tries import note_failed_tries
from escalation.services.people.resets import answer_resets
from escalation.services.ticks import note_alive
from workers.clock import run as run_clock
from workers.imports import advance
from workers.messages import digest, watch
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

POLL_EVERY_S = 2.0
SIGN_OF_LIFE_EVERY = timedelta(seconds=30)
DISPATCHER = "dispatcher"


@shared_task(name="outbox.deliver")
def deliver() -> None:
    """Send what is due."""
    config = current_app.extensions["config"]
    deliver_due(config.mail, config.installation, Dispatch(is_stopping=STOPPING.is_set))


class Poller:
    """A thread that sends what is due, takes imports on and runs the clock, whatever becomes of the broker."""

    def __init__(self, app: Flask, every_s: float = POLL_EVERY_S) -> None:
        self._app, self._every_s = app, every_s
        self._alive_noted_at = datetime.min.replace(tzinfo=UTC)
        self._thread = threading.Thread(target=self._poll, name="outbox-poller", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the letter in hand is finished; the process must have been asked to stop."""
        if self._thread.is_alive():
            self._thread.join()

    def _poll(self) -> None:
        while not STOPPING.is_set():
            with self._app.app_context():
                for step in (
                    self._note_alive,
                    _answer_resets,
                    _note_failed_tries,
                    digest.run,
                    deliver.run,
                    watch.run,
                    advance.run,
                    run_clock.run,
                ):
                    try:
                        step()
                    except Exception:
                        logger.exception("the poller met a failure and goes on")
            STOPPING.wait(self._every_s)

    def _note_alive(self) -> None:
        now = datetime.now(UTC)
        if now - self._alive_noted_at >= SIGN_OF_LIFE_EVERY:
            note_alive(DISPATCHER, now)
            self._alive_noted_at = now


def _answer_resets() -> None:
    """Send the links that were asked for since the last time."""
    answer_resets(datetime.now(UTC))


def _note_failed_tries() -> None:
    """Write down, for those whose accounts they were, the tries that failed since the last time."""
    note_failed_tries(datetime.now(UTC))


class PollerStep(bootsteps.StartStopStep):
    """Runs the poller beside a worker's pool, from before the broker is reached until the worker stops."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._poller = Poller(worker.app.Task.flask_app)

    def start(self, _worker: Any) -> None:
        """Begin to poll."""
        self._poller.start()

    def stop(self, _worker: Any) -> None:
        """Let the letter in hand be finished."""
        STOPPING.set()
        self._poller.join()
