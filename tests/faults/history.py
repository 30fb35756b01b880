"""Reading one run for the judge: the client log, the database as it stands, and the relay's journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from escalation.domain.codes import MessageChannel, MessageSource
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.journal import verify_journal
from escalation.queries.messages.outbox_audit import list_violations
from tests.faults.load import Sent
from tests.faults.oracle import EventRow, History, MailRow, SubmissionRow, codes_of
from tests.faults.sink_process import Kept

COMMUNE, DESK = frozenset({"president"}), frozenset({"reviewer", "coordinator"})
MAILED: Mapping[str, frozenset[str]] = {
    "obstacle_filed": COMMUNE | DESK,
    "obstacle_claimed": COMMUNE,
    "obstacle_assigned": frozenset(),
    "information_requested": COMMUNE,
    "information_provided": frozenset({"reviewer"}),
    "obstacle_resolved": COMMUNE,
    "obstacle_closed": frozenset({"reviewer"}),
}
"""Who of the town is told by mail of what the clients of these tests do; written from the specification, by hand."""


def read_history(app: Flask, sent: Iterable[Sent], kept: Iterable[Kept], now: datetime) -> History:
    """Return everything that is known of a run in which the town's people did what `MAILED` lists."""
    with app.app_context():
        events = [
            EventRow(
                row.id, row.obstacle_id, row.seq, row.event, row.occurred_at, row.person_id, codes_of(row.canonical)
            )
            for row in db.session.scalars(select(JournalEvent).order_by(JournalEvent.id))
        ]
        mailed = select(OutboxMessage).where(OutboxMessage.channel == MessageChannel.EMAIL)
        mails = [_mail(row) for row in db.session.scalars(mailed.order_by(OutboxMessage.id))]
        forms = (
            select(Person.email, Submission, Obstacle.reference)
            .join(Person, Person.id == Submission.person_id)
            .join(Obstacle, Obstacle.id == Submission.obstacle_id)
        )
        submissions = [
            SubmissionRow(email, row.person_id, row.key, row.obstacle_id, reference, row.created_at)
            for email, row, reference in db.session.execute(forms)
        ]
        broken, violations = verify_journal().broken, [str(one) for one in list_violations(now)]
        db.session.rollback()
    owed = {event.id: frozenset(f"{name}@example.test" for name in MAILED[event.event]) for event in events}
    return History(
        sent=list(sent),
        kept=list(kept),
        events=events,
        mails=mails,
        submissions=submissions,
        owed=owed,
        broken_chain=str(broken) if broken else None,
        violations=violations,
    )


def _mail(row: OutboxMessage) -> MailRow:
    return MailRow(
        id=row.id,
        event_id=row.source_id if row.source_kind == MessageSource.EVENT else None,
        obstacle_id=row.obstacle_id,
        recipient_id=row.recipient_id,
        address=row.address,
        message_id=row.message_id,
        status=row.status,
        order_seq=row.order_seq,
        uncertain=row.uncertain_attempts,
        due_at=row.event_at.timestamp(),
    )
