"""Once a day, what is past its time is forgotten, some rows at a time; a row says that the day's turn is taken."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.privacy.retention import forget_old
from escalation.services.ticks import is_slot_taken, take_slot
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

FORGET = "retention.forget_old"


@shared_task(name=FORGET)
def forget() -> None:
    """Forget what is past its time, unless that was done today; a worker that stops leaves the rest for the next."""
    now = datetime.now(UTC)
    day = f"{now:%Y-%m-%d}"
    if is_slot_taken(FORGET, day):
        return
    for kind, count in forget_old(now, STOPPING.is_set).items():
        if count:
            logger.info("forgot %s of %s", count, kind)
    if not STOPPING.is_set():
        take_slot(FORGET, day, now)
