"""Once a day, what was typed in forms and left for a month is forgotten; a row says that the day's turn is taken."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.case.kept import drop_old_kept
from escalation.services.ticks import is_slot_taken, take_slot

logger = logging.getLogger(__name__)

FORGET = "kept.forget_old"


@shared_task(name=FORGET)
def forget_old() -> None:
    """Forget what nobody has gone on with, unless that was done today."""
    now = datetime.now(UTC)
    day = f"{now:%Y-%m-%d}"
    if not is_slot_taken(FORGET, day):
        logger.info("forgot %s forms that nobody went on with", drop_old_kept(now))
        take_slot(FORGET, day, now)
