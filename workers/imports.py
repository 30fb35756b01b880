"""Taking the imports of backlogs further: their lines are checked, and what was accepted becomes drafts.

The poller of each worker runs it too; a row of the database says who has which import in hand.
"""

import logging
from datetime import UTC, datetime

from celery import shared_task

from escalation.services.backlog.imports import advance_imports, forget_old_imports
from escalation.services.ticks import is_slot_taken, take_slot
from workers.stopping import STOPPING

logger = logging.getLogger(__name__)

FORGET = "imports.forget_old"


@shared_task(name="imports.advance")
def advance() -> None:
    """Take every import as far as it goes without a person."""
    advance_imports(datetime.now(UTC), STOPPING.is_set)


@shared_task(name=FORGET)
def forget_old() -> None:
    """Forget the imports of more than a month ago, unless that was done today."""
    now = datetime.now(UTC)
    day = f"{now:%Y-%m-%d}"
    if not is_slot_taken(FORGET, day):
        logger.info("forgot %s old imports", forget_old_imports(now))
        take_slot(FORGET, day, now)
