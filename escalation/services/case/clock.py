"""The clock's own moves: a late case climbs, a wait ends, silence confirms, a late case is put to the region's meeting.

Each case is looked at in transactions of its own, on the same road as a person's moves; whoever runs this, twice, late
or on several machines, finds what is done and leaves it. A case that fails is set aside, and the others go on.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from escalation.domain.codes import OPEN, Event
from escalation.domain.errors import NotAllowed, NotFound, StaleObstacle, TransitionNotAllowed
from escalation.domain.policy import CLOCK
from escalation.domain.turns import ClockAct, Turn
from escalation.extensions import db
from escalation.models.clock import SetAside
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import read_dossier
from escalation.queries.case.due import CLOCK as SLOTS
from escalation.queries.case.due import CLOCK_CAPPED, CLOCK_DONE, Look, list_due
from escalation.services.case import moves
from escalation.services.case.stays import set_dates
from escalation.services.case.transitions import By, journal_and_tell, lock_obstacle, meant_for
from escalation.services.journal import Entry
from escalation.services.messages.warnings import WarningRun, list_desks, warn_desk
from escalation.services.ticks import is_slot_taken, note_alive, take_slot
from escalation.services.transaction import transaction

logger = logging.getLogger(__name__)

BATCH: Final = 100
MOST_MOVES: Final = 500
"""Of one run: what is behind it waits for the next one, a minute later, and an alarm is raised."""
MOST_TURNS: Final = 8
"""Of one case in one run."""
MOST_LETTERS: Final = 5
"""To one reader about the cases of one desk in one run, each of a hundred cases."""
SLOTS_KEPT_FOR: Final = timedelta(days=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)
OVERTAKEN = (StaleObstacle, NotAllowed, TransitionNotAllowed)
"""What is raised when somebody else has moved the case since it was read."""


@dataclass(frozen=True, slots=True)
class ClockRun:
    """What one run did: moves made, warnings given, cases set aside, and whether it stopped at its cap."""

    moves: int = 0
    warnings: int = 0
    set_aside: int = 0
    was_cut: bool = False


def _never() -> bool:
    return False


def run_clock_once_a_minute(now: datetime, is_stopping: Callable[[], bool] = _never) -> ClockRun | None:
    """Run the clock unless this minute's run is somebody's already; a row decides between all who knock."""
    minute = f"{now:%Y-%m-%dT%H:%M}"
    if is_slot_taken(SLOTS, minute) or not take_slot(SLOTS, minute, now, SLOTS_KEPT_FOR):
        return None
    return run_clock(now, is_stopping)


def run_clock(now: datetime, is_stopping: Callable[[], bool] = _never, most_moves: int = MOST_MOVES) -> ClockRun:
    """Make every move of the clock that is due at this instant, the oldest first, up to a cap; note that it ran."""
    made = set_aside = 0
    was_cut = False
    for look in _looks(now):
        if is_stopping():
            return ClockRun(made, set_aside=set_aside)
        if made >= most_moves:
            was_cut = True
            logger.error("the clock made %s moves in one run and stops: more is due", made)
            note_alive(CLOCK_CAPPED, now)
            break
        try:
            made += take_turns(look.obstacle_id, now)
        except Exception as error:
            logger.exception("the clock failed on case %s, which is set aside", look.obstacle_id)
            _set_aside(look.obstacle_id, error, now)
            set_aside += 1
    warned, put_off = _warn(now, is_stopping)
    note_alive(CLOCK_DONE, now)
    return ClockRun(made, warned, set_aside + put_off, was_cut)


def _warn(now: datetime, is_stopping: Callable[[], bool]) -> tuple[int, int]:
    """Give the warnings that are due, desk by desk; return how many, and how many cases failed and were put off.

    A desk that fails does not stop the others.
    """
    given = put_off = 0
    for desk_code in list_desks(now):
        try:
            for done in _warn_desk(desk_code, now, is_stopping):
                given, put_off = given + done.warnings, put_off + done.put_off
        except Exception:
            logger.exception("the warnings of desk %s failed; they are tried again with the next run", desk_code)
    return given, put_off


def _warn_desk(desk_code: str, now: datetime, is_stopping: Callable[[], bool]) -> Iterator[WarningRun]:
    """Warn of what is due at a desk, a hundred cases after the other, up to a cap; the rest waits for the next run."""
    for _ in range(MOST_LETTERS):
        if is_stopping():
            return
        done = warn_desk(desk_code, now)
        yield done
        if not done.has_more:
            return


def _looks(now: datetime) -> Iterator[Look]:
    """Yield what is due, each case once, whatever becomes of it."""
    after: Look | None = None
    while batch := list_due(now, after, BATCH):
        yield from batch
        after = batch[-1]


def take_turns(obstacle_id: int, now: datetime) -> int:
    """Take the turns of one case that are due, one after the other, and return how many were taken."""
    taken = 0
    for _ in range(MOST_TURNS):
        turn, version = _find_turn(obstacle_id, now)
        if turn is None or turn.falls_at > now:
            break
        try:
            _take(turn, obstacle_id, By(actor=CLOCK, now=now, seen_version=version, turn=turn))
        except OVERTAKEN:
            logger.info("case %s was moved meanwhile; the clock reads it again", obstacle_id)
        else:
            taken += 1
    _write_next_look(obstacle_id, now)
    return taken


def _find_turn(obstacle_id: int, now: datetime) -> tuple[Turn | None, int]:
    db.session.rollback()
    obstacle = db.session.get(Obstacle, obstacle_id)
    if obstacle is None:
        raise NotFound("obstacle")
    return read_dossier(obstacle, now).turn, obstacle.version


def _take(turn: Turn, obstacle_id: int, by: By) -> None:
    match turn.act:
        case ClockAct.ESCALATE:
            moves.escalate_overdue(obstacle_id, by)
        case ClockAct.RESUME:
            moves.resume(obstacle_id, by, reason="")
        case ClockAct.CONFIRM:
            moves.confirm(obstacle_id, by)
        case ClockAct.PROPOSE:
            propose_for_meeting(obstacle_id, by)


def propose_for_meeting(obstacle_id: int, by: By) -> Obstacle:
    """Mark a case that is late at the region for the next special meeting, once, and journal that the clock did.

    Raises: StaleObstacle, NotAllowed when that is not the clock's turn.
    """
    with transaction() as session:
        obstacle = lock_obstacle(session, obstacle_id)
        if by.seen_version not in (None, obstacle.version):
            raise StaleObstacle(obstacle.reference, by.seen_version or 0, obstacle.version)
        dossier = read_dossier(obstacle, by.now)
        turn = dossier.turn
        if turn is None or turn.act is not ClockAct.PROPOSE or turn.falls_at > by.now:
            raise NotAllowed(ClockAct.PROPOSE, "not_the_clocks_time")
        obstacle.marked_for_meeting = True
        codes = {"by_clock": True, "for_meeting": True}
        late = meant_for(by, dossier.today)
        entry = Entry(Event.MEETING_PROPOSED, codes | ({"meant_for": late.isoformat()} if late else {}))
        journal_and_tell(session, dossier, entry, by, mandate=None)
        set_dates(dossier, by.now)
        return obstacle


def _write_next_look(obstacle_id: int, now: datetime) -> None:
    """Write down when the clock looks at a case next, unless its turns did, and forget that it failed on it before."""
    db.session.rollback()
    is_written = db.session.get_one(Obstacle, obstacle_id).clock_at > now
    if is_written and db.session.get(SetAside, obstacle_id) is None:
        return
    with transaction() as session:
        obstacle = lock_obstacle(session, obstacle_id)
        if obstacle.status in OPEN and obstacle.clock_at <= now:
            set_dates(read_dossier(obstacle, now), now)
        session.execute(delete(SetAside).where(SetAside.obstacle_id == obstacle_id))


def _set_aside(obstacle_id: int, error: Exception, now: datetime) -> None:
    """Let a case on which the clock failed wait, longer each time, so that it is never before the others."""
    with transaction() as session:
        obstacle = lock_obstacle(session, obstacle_id)
        row = session.get(SetAside, obstacle_id) or SetAside(obstacle_id=obstacle_id, failures=0, first_failed_at=now)
        row.failures, row.failed_at, row.reason = row.failures + 1, now, type(error).__name__[:80]
        obstacle.clock_at = now + min(FIRST_WAIT * 2 ** min(row.failures - 1, 10), LONGEST_WAIT)
        session.add(row)
