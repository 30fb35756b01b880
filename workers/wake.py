"""The wake-up: told that the outbox has grown, it lets a worker know, and can neither fail nor delay its caller.

The call puts a sign into a small queue, and drops it when the queue is full; a daemon thread talks to the broker, with
short timeouts. Whatever is dropped or lost on the way, the poller finds.
"""

import logging
import os
import queue
import threading
from collections.abc import Callable

from celery import Celery

from config import Config
from escalation.failpoints import reach
from workers.broker import build_celery

logger = logging.getLogger(__name__)

QUEUED_AT_MOST = 8
EXPIRES_S = 60


class Wake:
    """A callable that wakes a worker some time soon, if that can be done."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._signs: queue.Queue[None] = queue.Queue(QUEUED_AT_MOST)
        self._starting = threading.Lock()
        self._pid: int | None = None

    def __call__(self) -> None:
        """Ask for a wake-up and return at once."""
        reach("before_wake")
        self._start_thread()
        try:
            self._signs.put_nowait(None)
        except queue.Full:
            logger.debug("a wake-up was dropped: enough are waiting")

    def _start_thread(self) -> None:
        """The thread belongs to the process that asks: a server may have forked since this was made."""
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                threading.Thread(target=self._run, name="wake-up", daemon=True).start()
                self._pid = os.getpid()

    def _run(self) -> None:
        while True:
            self._signs.get()
            try:
                self._publish()
            except Exception as error:  # noqa: BLE001 - whatever a broker does, the caller's work stands
                logger.warning("no worker could be woken (%s); the poller will find the messages", type(error).__name__)


def wake_through(celery: Celery) -> Wake:
    """Return the wake-up that publishes through this Celery application."""

    def publish() -> None:
        celery.send_task("outbox.deliver", retry=False, expires=EXPIRES_S)

    return Wake(publish)


def build_wake(config: Config) -> Wake:
    """Return the wake-up of a process that only publishes."""
    return wake_through(build_celery(config))
