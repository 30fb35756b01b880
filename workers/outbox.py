"""Sending the outbox: the task a wake-up causes, and the poller that finds what no wake-up announced, imports too.

The poller asks the database only: with Redis stopped, hung or emptied, mail leaves. One dispatcher sends for a whole
process: a task that finds it at work asks it to look again.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import bootsteps, shared_task
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from escalation.extensions import db
from escalation.queries.messages.outbox import find_next_due_ms, get_now_ms
from escalation.services.messages.delivery import Dispatch, Dispatcher
from escalation.services.people.failed_tries import note_failed_tries
from escalation.services.people.resets import answer_resets
from escalation.services.ticks import note_alive
from workers.clock import run as run_clock
from workers.imports import advance
from workers.messages import digest, watch
from workers.rehearsals import rehearse
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

POLL_EVERY_S = 2.0
SIGN_OF_LIFE_EVERY = timedelta(seconds=30)
DISPATCHER = "dispatcher"
LOOK_AHEAD = threading.Event()
"""The outbox has grown: what is due next may be due sooner than the poller thinks."""


class _Dispatchers:
    """The dispatcher of this process, made when it is first needed: a worker may have forked since this was loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Dispatcher | None = None
        self._pid: int | None = None

    def get(self, app: Flask) -> Dispatcher:
        """Return the one dispatcher of this process."""
        with self._lock:
            if self._made is None or self._pid != os.getpid():
                how = Dispatch(is_stopping=STOPPING.is_set)
                self._made, self._pid = Dispatcher(app, app.extensions["config"], how), os.getpid()
            return self._made

    def close(self) -> None:
        """Let the letters in hand be finished."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None and self._pid == os.getpid():
            made.close()


DISPATCHERS = _Dispatchers()


@shared_task(name="outbox.deliver")
def deliver() -> None:
    """Send what is due, and let the poller see when the rest is."""
    _send(is_due=True)
    LOOK_AHEAD.set()


def _send(*, is_due: bool) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - its documented use
    DISPATCHERS.get(app).deliver(is_due=is_due)


class Poller:
    """Two threads of a worker, whatever becomes of the broker: one sends what is due, one does all else that is."""

    def __init__(self, app: Flask, every_s: float = POLL_EVERY_S) -> None:
        self._app, self._every_s = app, every_s
        self._alive_noted_at = datetime.min.replace(tzinfo=UTC)
        self._is_due = False
        house = (
            _answer_resets,
            _note_failed_tries,
            digest.run,
            watch.run,
            advance.run,
            run_clock.run,
            rehearse.run,
        )
        self._threads = [
            threading.Thread(target=self._poll, args=(steps, wait), name=name, daemon=True)
            for name, steps, wait in (
                ("outbox-poller", (self._note_alive, self._send_due), self._wait_until_due),
                ("house-poller", house, self._wait),
            )
        ]

    def start(self) -> None:
        """Begin to poll."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until the letters in hand are finished; the process must have been asked to stop."""
        LOOK_AHEAD.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        DISPATCHERS.close()

    def _poll(self, steps: Iterable[Callable[[], object]], wait: Callable[[], None]) -> None:
        while not STOPPING.is_set():
            with self._app.app_context():
                for step in steps:
                    try:
                        step()
                    except Exception:
                        logger.exception("the poller met a failure and goes on")
            wait()

    def _wait(self) -> None:
        STOPPING.wait(self._every_s)

    def _wait_until_due(self) -> None:
        """Wait until the next message is due or the outbox has grown, or as long as always if that is sooner."""
        LOOK_AHEAD.clear()
        with self._app.app_context():
            wait_s = self._until_due()
        if not STOPPING.is_set():
            self._is_due = not LOOK_AHEAD.wait(wait_s) and wait_s < self._every_s

    def _until_due(self) -> float:
        """Return how long to wait: until the next message is due, if that is sooner. Units: seconds."""
        try:
            now_ms = get_now_ms()
            next_ms = find_next_due_ms(now_ms)
        except SQLAlchemyError:
            db.session.rollback()
            return self._every_s
        return self._every_s if next_ms is None else min(self._every_s, max(0.001, (next_ms - now_ms) / 1000))

    def _send_due(self) -> None:
        _send(is_due=self._is_due)

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
