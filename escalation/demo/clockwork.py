"""What the clock did in the demo’s past: on stories nobody comes back to, at its own instants, and its warnings."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from escalation.demo.acts import Beat, Stage
from escalation.demo.pace import instant
from escalation.domain.calendar import local_day
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.services.case.clock import take_turns
from escalation.services.messages.warnings import list_desks, warn_desk

WARNS_FOR = timedelta(days=21)
"""Of the days before today: what is older would only be read mail."""
ONE_DAY = timedelta(days=1)


class Clockwork:
    """The clock between the scenes: it takes a story's turns once its last scene is played."""

    def __init__(self, beats: Sequence[Beat], today: date) -> None:
        self._scenes_left = {beat.story.number: 0 for beat in beats}
        for beat in beats:
            self._scenes_left[beat.story.number] += 1
        self._morning = today - WARNS_FOR

    def note_played(self, beat: Beat) -> None:
        """Note that a scene was played."""
        self._scenes_left[beat.story.number] -= 1

    def run_until(self, at: datetime, stage: Stage) -> None:
        """Take every turn that falls before an instant, each at its own, and give the warnings of the mornings."""
        while (turn := self._find_turn(at, stage)) is not None:
            take_turns(*turn)
        while self._morning <= local_day(at) and instant(self._morning) < at:
            for desk_code in list_desks(instant(self._morning)):
                warn_desk(desk_code, instant(self._morning))
            self._morning += ONE_DAY

    def _find_turn(self, at: datetime, stage: Stage) -> tuple[int, datetime] | None:
        told = [stage.obstacle_ids[number] for number, left in self._scenes_left.items() if left == 0]
        due = select(Obstacle.id, Obstacle.clock_at).where(OPEN_AT_A_DESK, Obstacle.clock_at < at)
        row = db.session.execute(due.where(Obstacle.id.in_(told)).order_by(Obstacle.clock_at, Obstacle.id)).first()
        db.session.rollback()
        return (row.id, row.clock_at) if row else None
