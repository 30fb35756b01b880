"""Moving the demonstration's present to a day to come: nothing that happened is touched, only what now is."""

from datetime import UTC, date, datetime

from sqlalchemy import delete

from escalation.domain.calendar import local_day
from escalation.models.settings import Tick
from escalation.queries.present import TRAVEL, get_present
from escalation.services.transaction import transaction


class IntoThePast(ValueError):
    """The day has begun already: what happened on it stands, so nobody goes back."""


def travel_to(day: date) -> None:
    """Let the present be on a day to come, at the hour that it is. Raises: IntoThePast."""
    now = datetime.now(UTC)
    if day <= local_day(get_present()):
        raise IntoThePast(f"{day} has begun or is over; the demonstration travels forward only")
    days = (day - local_day(now)).days
    with transaction() as session:
        session.execute(delete(Tick).where(Tick.task == TRAVEL))
        session.add(Tick(task=TRAVEL, slot=str(days), taken_at=now))
