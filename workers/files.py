"""Once a day the files are swept; a row says that the day's turn is taken."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.files.sweep import sweep_files
from escalation.services.ticks import is_slot_taken, take_slot

logger = logging.getLogger(__name__)

SWEEP = "files.sweep"


@shared_task(name=SWEEP)
def sweep() -> None:
    """Drop what nothing names, and say what is missing, unless that was done today."""
    now = datetime.now(UTC)
    day = f"{now:%Y-%m-%d}"
    if is_slot_taken(SWEEP, day):
        return
    swept = sweep_files(now)
    logger.info("swept %s stored files and %s unsent ones", len(swept.orphans), swept.unsent)
    if swept.lost:
        logger.error("files are missing from the store: rows %s", swept.lost)
    take_slot(SWEEP, day, now)
