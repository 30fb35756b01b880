"""Taking the rehearsals of delays further, a few steps a knock; the poller of each worker knocks.

A row of the database says who has which rehearsal in hand.
"""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.rehearsals import advance_rehearsals, forget_old_rehearsals
from escalation.services.ticks import is_slot_taken, take_slot
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

FORGET = "rehearsals.forget_old"


@shared_task(name="rehearsals.advance")
def rehearse() -> None:
    """Replay the next cases of every rehearsal that waits."""
    advance_rehearsals(datetime.now(UTC), STOPPING.is_set)


@shared_task(name=FORGET)
def forget_old() -> None:
    """Forget the rehearsals of more than 90 days ago, unless that was done today."""
    now = datetime.now(UTC)
    day = f"{now:%Y-%m-%d}"
    if not is_slot_taken(FORGET, day):
        logger.info("forgot %s old rehearsals", forget_old_rehearsals(now))
        take_slot(FORGET, day, now)
