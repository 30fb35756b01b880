"""The hourly seal over the journal. A row says that the hour has its seal, so that the later knocks of it do nothing.

The row is written after the seal: a seal that failed is tried again at the next knock. Two knocks at the same moment
may both seal; the second waits for the first, and finds only what was journaled since.
"""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.journal import seal_journal
from escalation.services.ticks import is_slot_taken, take_slot

logger = logging.getLogger(__name__)

SEAL = "journal.seal"


@shared_task(name=SEAL)
def seal() -> None:
    """Seal the journal, unless this hour's seal is made."""
    now = datetime.now(UTC)
    hour = f"{now:%Y-%m-%dT%H}"
    if not is_slot_taken(SEAL, hour):
        logger.info("sealed %s chains of the journal", seal_journal(now=now))
        take_slot(SEAL, hour, now)
