"""Looking after offices every ten minutes; a row says that these minutes are taken, and rows say what was told."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.people.watch import watch_offices
from escalation.services.ticks import is_slot_taken, take_slot

logger = logging.getLogger(__name__)

WATCH = "offices.watch"


@shared_task(name=WATCH)
def watch() -> None:
    """Tell what is to be told of offices, unless these ten minutes had their look."""
    now = datetime.now(UTC)
    slot = f"{now:%Y-%m-%dT%H}:{now.minute // 10}"
    if not is_slot_taken(WATCH, slot):
        logger.info("told %s things of offices", watch_offices(now))
        take_slot(WATCH, slot, now)
