"""The hourly seal over the journal; two beats act once, since the hour is taken by a row."""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.journal import seal_journal
from escalation.services.ticks import take_slot

logger = logging.getLogger(__name__)

SEAL = "journal.seal"


@shared_task(name=SEAL)
def seal() -> None:
    """Seal the journal, unless this hour's seal is made."""
    now = datetime.now(UTC)
    if take_slot(SEAL, f"{now:%Y-%m-%dT%H}", now):
        logger.info("sealed %s chains of the journal", seal_journal(now=now))
