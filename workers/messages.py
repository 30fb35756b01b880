"""Writing the letters that gather at their hour, and saying that messages are late: the poller of each worker does it.

A letter is due by the database's clock, and rows say that it is written: whoever looks, and however late, it is once.
"""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.messages.alarm import watch_outbox
from escalation.services.messages.digests import write_digests
from escalation.services.ticks import is_slot_taken, take_slot
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

WATCH = "messages.watch"


@shared_task(name="messages.digest")
def digest() -> None:
    """Write every letter that is due."""
    if written := write_digests(is_stopping=STOPPING.is_set):
        logger.info("wrote %s letters that gather", written)


@shared_task(name=WATCH)
def watch() -> None:
    """Say that messages are late, if this minute was not looked at."""
    now = datetime.now(UTC)
    minute = f"{now:%Y-%m-%dT%H:%M}"
    if not is_slot_taken(WATCH, minute):
        watch_outbox(now)
        take_slot(WATCH, minute, now)
