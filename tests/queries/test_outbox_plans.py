"""How the databases find the mails that have not left, and the digests that are due, among many that have: by index."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from escalation.domain.wants import Way
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.digests import list_due_readers, waiting_of
from escalation.queries.messages.outbox import is_anything_due
from escalation.queries.messages.outbox_lines import Wanted, list_outbox
from escalation.services.messages.claims import claim_due
from escalation.services.messages.outbox import note_digests, record_all_sent
from escalation.services.transaction import transaction
from tests.factories import REGION, Town
from tests.queries.test_inbox_plans import TOLD, plan_of, plan_on
from tests.queries_counter import Sent, engine_of, watching

MANY, FEW, BURST = 6000, 30, 2000


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


POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@POSTGRESQL
def test_a_burst_after_a_quiet_time_is_claimed_and_recorded_by_the_row(town: Town) -> None:
    """The database counted when nothing was owed: no plan may read all that is owed now, for a claim or for a row."""
    write_many(town)
    let_all_leave(town)
    count_again(town)
    owe_a_burst(town)
    engine = engine_of(town.app)
    with town.app.app_context(), watching(engine, "") as sent:
        assert is_anything_due()
        claimed = claim_due(50)
        tokens = {each.id: each.token for each in claimed}
        note_digests(dict.fromkeys(tokens, "d" * 64), claimed[0].token)
        assert record_all_sent(tokens) == tokens.keys()
    plans = plans_in_turn(engine, sent)
    written = [plan for plan in plans if "ModifyTable" in plan]
    looks = [plan for plan in plans if plan not in written]
    assert [len(looks), len(written)] == [4, 3], "two looks and two claims, a lane each; held, kept, recorded"
    assert_read_in_order(looks)
    for plan in looks:
        assert "ix_outbox_messages_obstacle_id_recipient_id_order_seq" in plan
    for plan in written:
        assert "pk_outbox_messages" in plan
        assert "ix_outbox_messages_owed" not in plan


@POSTGRESQL
def test_a_quiet_time_after_a_burst_costs_no_reading_of_all(town: Town) -> None:
    """The database counted in the middle of a burst: to find that nothing is owed any more, little is read."""
    write_many(town)
    owe_a_burst(town)
    count_again(town)
    let_all_leave(town)
    engine = engine_of(town.app)
    with town.app.app_context(), watching(engine, "") as sent:
        assert not is_anything_due()
        assert claim_due(50) == []
    looks_and_claims = plans_in_turn(engine, sent)
    assert_read_in_order(looks_and_claims[:4])
    for plan in looks_and_claims:
        assert '"JIT"' not in plan, "it costs half a second to compile"


def assert_read_in_order(plans: list[str]) -> None:
    """Check that what is due is read from the index of what is owed, which has it in order, and from no other."""
    for plan in plans:
        assert "ix_outbox_messages_owed" in plan
        for other in ('"Sort"', "Seq Scan", "Bitmap", "ix_outbox_messages_not_sent"):
            assert other not in plan


def owe_a_burst(town: Town) -> None:
    """Owe thousands of mails at once."""
    owed = TOLD | {"status": "queued", "channel": "email", "event_at": datetime.now(UTC), "lane": "bulk"}
    owed |= {"obstacle_id": None, "recipient_id": town.president.id}
    rows = [
        owed | {"source_id": 90_000 + number, "message_id": f"<b{number}@x>", "order_seq": number}
        for number in range(BURST)
    ]  # fmt: skip
    with town.app.app_context(), transaction() as session:
        session.execute(insert(OutboxMessage), rows)


def let_all_leave(town: Town) -> None:
    """Leave nothing owed."""
    with town.app.app_context(), transaction() as session:
        session.execute(update(OutboxMessage).values(status="sent", way=None))


def count_again(town: Town) -> None:
    """Let the database look at how many rows there are of what, as it does by itself from time to time."""
    with engine_of(town.app).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE outbox_messages")


def plans_in_turn(engine: Engine, sent: Sent) -> list[str]:
    """Return how the database goes about these statements on one connection, what they set for it included."""
    with engine.connect() as connection:
        plans = []
        for statement, parameters in sent:
            if "set_config" in statement:
                connection.exec_driver_sql(statement, parameters)
            elif "outbox_messages" in statement:
                plans.append(plan_on(connection, statement, parameters))
        return plans
