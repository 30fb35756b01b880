"""Taking a move back: for some seconds its author may, while nothing else has happened and nobody has been told."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Event, MessageChannel, MessageSource, MessageStatus
from escalation.domain.errors import NotAllowed, NotFound, StaleObstacle, TransitionNotAllowed
from escalation.domain.policy import may_see
from escalation.domain.wants import Skipped
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.outbox import OutboxMessage
from escalation.models.unfinished import UndoStep
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.people.people import load_actor
from escalation.services.case.pictures import put_back
from escalation.services.case.transitions import By, journal_and_tell, lock_obstacle
from escalation.services.files.attaching import give_back
from escalation.services.journal import Entry
from escalation.services.transaction import transaction

UNDO = "undo"
UNDONE = Skipped.UNDONE
_HELD = or_(
    OutboxMessage.status.in_((MessageStatus.QUEUED, MessageStatus.WAITING)),
    OutboxMessage.channel == MessageChannel.APP,
)
"""What has not left, and what needs not leave since it is read in the app."""


def undo(obstacle_id: int, by: By) -> Obstacle:
    """Let everything stand as before the actor's last move, whose messages never leave; the journal tells of both.

    Raises: NotFound, NotAllowed when it was another's, StaleObstacle when more happened since,
    TransitionNotAllowed when the time is over.
    """
    with transaction() as session:
        obstacle = lock_obstacle(session, obstacle_id)
        dossier = read_dossier(obstacle, by.now)
        if not may_see(by.actor, dossier.case):
            raise NotFound("obstacle")
        step = session.get(UndoStep, obstacle_id)
        if step is None or step.person_id != by.actor.person_id:
            raise NotAllowed(UNDO)
        if step.version != obstacle.version:
            raise StaleObstacle(obstacle.reference, step.version, obstacle.version)
        if get_now_ms() >= step.until_ms or not _hold_back(session, step):
            raise TransitionNotAllowed(UNDO, obstacle.status, obstacle.level, "too_late")
        _take_back(session, dossier, step, by)
        return obstacle


def _hold_back(session: Session, step: UndoStep) -> bool:
    """Skip the messages of a move; False when one of them is on its way already."""
    of_move = (OutboxMessage.source_kind == MessageSource.EVENT, OutboxMessage.source_id == step.event_id)
    skipped = {"status": MessageStatus.SKIPPED, "status_reason": UNDONE, "sent_at": None}
    session.execute(
        update(OutboxMessage).where(*of_move, _HELD).values(skipped), execution_options={"synchronize_session": False}
    )
    gone = session.query(OutboxMessage.id).where(*of_move, OutboxMessage.status != MessageStatus.SKIPPED)
    return gone.first() is None


def _silence_who_no_longer_reads(session: Session, obstacle: Obstacle, undone_seq: int, by: By) -> None:
    """Skip what was said after the move to people whose desk, now, never had the case."""
    case = read_dossier(obstacle, by.now).case
    to_people = OutboxMessage.channel != MessageChannel.WEBHOOK
    later = (OutboxMessage.obstacle_id == obstacle.id, OutboxMessage.order_seq >= undone_seq, _HELD, to_people)
    for message in session.scalars(select(OutboxMessage).where(*later)):
        if not may_see(load_actor(message.recipient_id, local_day(by.now)), case):
            message.status, message.status_reason, message.sent_at = MessageStatus.SKIPPED, UNDONE, None


def _take_back(session: Session, dossier: Dossier, step: UndoStep, by: By) -> None:
    obstacle = dossier.obstacle
    before = {"from_status": obstacle.status, "from_level": obstacle.level, "from_desk": obstacle.desk_code}
    undone_seq = session.get_one(JournalEvent, step.event_id).seq
    put_back(session, dossier, step.before)
    give_back(session, obstacle.id, undone_seq)
    obstacle.changed_at = by.now
    obstacle.version += 1
    _silence_who_no_longer_reads(session, obstacle, undone_seq, by)
    entry = Entry(Event.DECISION_UNDONE, before | {"undone": undone_seq})
    journal_and_tell(session, dossier, entry, by, mandate=None)
    same_form = (Submission.person_id == step.person_id, Submission.key == step.key)
    session.execute(delete(Submission).where(*same_form))
    session.delete(step)
