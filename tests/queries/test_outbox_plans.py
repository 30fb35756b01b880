"""How the databases find the mails that have not left, and the digests that are due, among many that have: by index."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from escalation.domain.wants import Way
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.digests import list_due_readers, waiting_of
from escalation.queries.messages.outbox_lines import Wanted, list_outbox
from escalation.services.transaction import transaction
from tests.factories import REGION, Town
from tests.queries.test_inbox_plans import TOLD, plan_of
from tests.queries_counter import engine_of, watching

MANY, FEW = 6000, 30


def write_many(town: Town) -> None:
    """Write many mails that left, some that failed and some that wait."""
    people, now = [town.president, town.member, town.chair, town.reviewer, town.staff], datetime.now(UTC)
    fates: dict[int, dict[str, Any]] = {
        1: {"status": "failed", "status_reason": "address: rcpt 550"},
        2: {"status": "waiting", "way": Way.DAILY},
    }
    usual = {"status": "sent", "status_reason": "", "way": None, "channel": "email", "event_at": now}
    rows = [
        TOLD | usual | {"source_id": 20_000 + number, "message_id": f"<o{number}@x>"}
        | {"recipient_id": people[number % 5].id} | fates.get(number % (MANY // FEW), {})
        for number in range(MANY)
    ]  # fmt: skip
    with town.app.app_context(), transaction() as session:
        session.execute(insert(OutboxMessage), rows)
    with town.app.app_context(), transaction() as session:
        session.execute(text("ANALYZE"))


def test_what_has_not_left_and_whose_digest_is_due_are_read_from_an_index(town: Town) -> None:
    write_many(town)
    engine = engine_of(town.app)
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    with town.app.app_context():
        with watching(engine, "outbox_messages") as sent:
            assert len(list_outbox({REGION}, Wanted())) == 51
            due = list_due_readers(tomorrow, 100)
            assert due
            assert db.session.scalars(waiting_of(*due[0], tomorrow)).all()
        db.session.rollback()
    not_left, readers, waiting = [plan_of(engine, *each) for each in sent]
    assert "ix_outbox_messages_not_sent" in not_left
    # Both hold only what has not left; which of them is less to read is for the database to say.
    for plan in (readers, waiting):
        assert "ix_outbox_messages_waiting" in plan or "ix_outbox_messages_not_sent" in plan
