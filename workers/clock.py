"""The clock's moves and warnings, once a minute; beat knocks, and the poller of each worker, also without a broker."""

from celery import shared_task

from escalation.queries.present import get_shared_present
from escalation.services.case.clock import run_clock_once_a_minute
from workers.stopping import STOPPING

RUN = "clock.run"


@shared_task(name=RUN)
def run() -> None:
    """Make what is due by the database's clock, unless this minute's run is somebody's already."""
    run_clock_once_a_minute(get_shared_present(), STOPPING.is_set)
