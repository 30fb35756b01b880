"""Taking a move back: all as before, nobody told, both in the journal; in time, by its author, if nothing moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation.domain.calendar import local_day
from escalation.domain.codes import Event, Ground, Level, MessageChannel, MessageStatus, Outcome, Status
from escalation.domain.errors import DomainError
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Approach, Obstacle, Pause, Referral
from escalation.models.outbox import OutboxMessage
from escalation.models.unfinished import UndoStep
from escalation.queries.journal import verify_journal
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.case import moves, notes, remarks
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.messages.claims import claim_due
from escalation.services.transaction import transaction
from tests.factories import REGION, Filed, Inhabitant, Town, actor_of, file_obstacle, move

pytestmark = pytest.mark.usefixtures("reference_data")

SOON = local_day(datetime.now(UTC)) + timedelta(days=2)
WHY = {"reason": "لهذا السبب"}
ROWS = (Obstacle, Referral, Pause, Approach)
MOVES_ON = {"version", "changed_at", "journal_seq", "journal_hash"}

ACTS: dict[str, tuple[tuple[str, ...], str, Any, dict[str, Any]]] = {
    "claim": ((), "reviewer", moves.claim, {}),
    "assign": ((), "coordinator", moves.assign, {}),
    "release": (("claim",), "reviewer", moves.release, {}),
    "request_information": (("claim",), "reviewer", moves.request_information, {"question": "متى؟"}),
    "answer": (("claim", "request_information"), "president", moves.answer, {"answer": "غدا"}),
    "refer_out": (("claim",), "reviewer", moves.refer_out, {"session": Level.PROVINCE, "expected_on": SOON, **WHY}),
    "record_reply": (("claim", "refer_out"), "reviewer", moves.record_reply, {"approach": 1, "reply": "نعم"}),
    "resume": (("claim", "refer_out"), "coordinator", moves.resume, WHY),
    "escalate": ((), "reviewer", moves.escalate, WHY),
    "send_back": (("escalate",), "chair", moves.send_back, WHY),
    "transfer": ((), "coordinator", moves.transfer, {"target": REGION, **WHY}),
    "resolve": (("claim",), "reviewer", moves.resolve, {"outcome": Outcome.REMOVED, "resolution": "وقعت"}),
    "confirm": (("claim", "resolve"), "president", moves.confirm, {}),
    "contest": (("claim", "resolve"), "president", moves.contest, WHY),
    "decline": (("claim",), "coordinator", moves.decline, {"ground": Ground.NOT_AN_OBSTACLE, **WHY}),
    "appeal": (("claim", "decline"), "president", moves.appeal, WHY),
    "withdraw": (("claim",), "president", moves.withdraw, WHY),
    "reopen": (("claim", "resolve"), "coordinator", moves.reopen, WHY),
}  # fmt: skip


def played(town: Town, *names: str) -> Filed:
    """Return a case after these moves, none of which may be taken back."""
    case = file_obstacle(town.app, town.president)
    for name in names:
        _before, who, act, given = ACTS[name]
        case = move(town.app, act, case, getattr(town, who), **given)
    return case


def act(town: Town, name: str, case: Filed, **more: Any) -> None:
    """Make a move that may be taken back."""
    _before, who, service, given = ACTS[name]
    given = {"assignee": town.reviewer.id} if name == "assign" else given
    with town.app.app_context():
        service(case.id, by(town, getattr(town, who), **more), **given)


def by(town: Town, person: Inhabitant, **more: Any) -> By:
    """Return somebody who acts now."""
    return By(actor=actor_of(town.app, person), now=datetime.now(UTC), **{"may_undo": True, **more})


def rows(town: Town) -> list[dict[str, Any]]:
    """Return every row that a move may touch, without what always moves on."""
    with town.app.app_context():
        return [
            {column.key: getattr(row, column.key) for column in model.__table__.columns if column.key not in MOVES_ON}
            for model in ROWS
            for row in db.session.scalars(select(model).order_by(model.id))
        ]


@pytest.mark.parametrize("name", ACTS)
def test_a_move_taken_back_leaves_everything_as_before_and_tells_nobody(town: Town, name: str) -> None:
    case = played(town, *ACTS[name][0])
    before = rows(town)
    act(town, name, case)
    assert rows(town) != before
    with town.app.app_context():
        undo(case.id, by(town, getattr(town, ACTS[name][1])))
        last = db.session.query(JournalEvent).order_by(JournalEvent.id.desc()).limit(2).all()
        assert last[0].event is Event.DECISION_UNDONE
        told = db.session.query(OutboxMessage).filter_by(source_kind="event", source_id=last[1].id).all()
        assert {(row.status, row.status_reason) for row in told} <= {(MessageStatus.SKIPPED, "undone")}
        assert verify_journal().broken is None
        assert list_violations(datetime.now(UTC)) == []
    assert rows(town) == before


def test_messages_wait_as_long_as_the_move_may_be_taken_back(town: Town) -> None:
    case = played(town)
    act(town, "escalate", case)
    with town.app.app_context():
        now_ms = get_now_ms()
        held = db.session.query(OutboxMessage).filter_by(event=Event.OBSTACLE_ESCALATED).all()
        assert {row.channel for row in held} == {MessageChannel.EMAIL, MessageChannel.APP}
        assert all(now_ms < row.not_before_ms <= now_ms + 10_000 for row in held)
        claimed = [one.event for one in claim_due()]
        assert Event.OBSTACLE_ESCALATED not in claimed
        assert Event.OBSTACLE_FILED in claimed


def refused(town: Town, case: Filed, person: Inhabitant) -> str:
    """Return why taking back is refused."""
    before = rows(town)
    with town.app.app_context(), pytest.raises(DomainError) as error:
        undo(case.id, by(town, person))
    assert rows(town) == before
    return type(error.value).__name__


def test_only_the_author_takes_a_move_back(town: Town) -> None:
    case = played(town)
    act(town, "claim", case)
    assert refused(town, case, town.coordinator) == "NotAllowed"
    assert refused(town, case, town.president3) == "NotFound"


def test_nothing_is_taken_back_after_its_time(town: Town) -> None:
    case = played(town)
    act(town, "claim", case)
    with town.app.app_context(), transaction() as session:
        session.execute(update(UndoStep).values(until_ms=get_now_ms()))
    assert refused(town, case, town.reviewer) == "TransitionNotAllowed"


def test_nothing_is_taken_back_once_somebody_is_being_told(town: Town) -> None:
    case = played(town)
    act(town, "claim", case)
    with town.app.app_context(), transaction() as session:
        taken = OutboxMessage.event == Event.OBSTACLE_CLAIMED, OutboxMessage.channel == MessageChannel.EMAIL
        session.execute(update(OutboxMessage).where(*taken).values(status=MessageStatus.SENDING))
    assert refused(town, case, town.reviewer) == "TransitionNotAllowed"
    with town.app.app_context():
        in_app = db.session.query(OutboxMessage).filter_by(event=Event.OBSTACLE_CLAIMED, channel=MessageChannel.APP)
        assert {row.status for row in in_app} == {MessageStatus.SENT}


def test_nothing_is_taken_back_after_another_move(town: Town) -> None:
    case = played(town)
    act(town, "claim", case)
    move(town.app, moves.release, case, town.coordinator)
    assert refused(town, case, town.reviewer) == "StaleObstacle"


def test_a_comment_in_between_does_not_matter(town: Town) -> None:
    case = played(town)
    act(town, "claim", case)
    with town.app.app_context():
        remarks.add_comment(case.id, by(town, town.president), comment="شكرا")
        undo(case.id, by(town, town.reviewer))
        assert db.session.get_one(Obstacle, case.id).status is Status.FILED
        assert verify_journal().broken is None


def test_what_is_said_while_a_move_may_be_taken_back_waits_with_it_and_stays_with_who_may_read(town: Town) -> None:
    case = played(town)
    act(town, "escalate", case)
    with town.app.app_context():
        notes.add_note(case.id, by(town, town.chair), note="للنظر", mentions=[town.member.id])
        remarks.add_comment(case.id, by(town, town.president), comment="شكرا")
        assert not {one.event for one in claim_due()} & {notes.MENTIONED, Event.COMMENT_ADDED}
        undo(case.id, by(town, town.reviewer))
        region = {town.chair.id, town.member.id}
        told = db.session.query(OutboxMessage).filter(OutboxMessage.recipient_id.in_(region))
        assert {row.status for row in told} == {MessageStatus.SKIPPED}
        assert list_violations(datetime.now(UTC)) == []


def test_the_form_of_a_move_taken_back_may_be_sent_again(town: Town) -> None:
    case = played(town)
    act(town, "claim", case, key="the-form")
    with town.app.app_context():
        undo(case.id, by(town, town.reviewer))
    act(town, "claim", case, key="the-form")
    with town.app.app_context():
        assert db.session.get_one(Obstacle, case.id).status is Status.IN_REVIEW


def test_what_is_not_a_persons_move_on_a_page_is_not_held(town: Town) -> None:
    case = played(town, "claim")
    with town.app.app_context():
        assert db.session.query(UndoStep).count() == 0
        assert all(row.not_before_ms <= get_now_ms() for row in db.session.query(OutboxMessage))
    assert refused(town, case, town.reviewer) == "NotAllowed"
