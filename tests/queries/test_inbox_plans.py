"""How the databases read an inbox among many: from its own index, and the count of unread from an even smaller one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Referral
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.inbox import count_unread, has_unread, list_inbox
from escalation.services.transaction import transaction
from tests.factories import PROVINCE, Town, actor_of
from tests.queries.queue_rows import fill_desks
from tests.queries_counter import engine_of, watching

EACH, UNREAD = 1500, 3
TOLD = {
    "source_kind": "event",
    "event": "obstacle_filed",
    "audience": "desk",
    "address": "somebody@example.test",
    "channel": "app",
    "language": "ar",
    "facts": {},
    "order_seq": 1,
    "not_before_ms": 0,
    "status": "sent",
}


def tell_many(town: Town) -> None:
    """Tell many people of many cases, and one less often; all but a few messages of each have been read."""
    fill_desks(town, at_region=0, at_provinces=1500, ended=1500)
    people = [town.president, town.delegate, town.scribe, town.coordinator]
    people += [town.member, town.chair, town.secretary, town.provincial, town.staff]
    now = datetime.now(UTC)
    with town.app.app_context(), transaction() as rows:
        cases = rows.scalars(select(Obstacle.id)).all()
        rows.execute(insert(Referral), [_stay(case, now) for case in cases])
        told = [
            TOLD
            | {
                "event_at": now,
                "obstacle_id": cases[number * 7 % len(cases)],
                "source_id": 10_000 + number,
                "recipient_id": person.id,
            }
            | {"message_id": f"<{person.id}.{number}@x>", "read_at": None if number < UNREAD else now}
            for person, times in [*((person, EACH) for person in people), (town.reviewer, EACH // 10)]
            for number in range(times)
        ]
        rows.execute(insert(OutboxMessage), told)
    with town.app.app_context(), transaction() as rows:
        rows.execute(text("ANALYZE"))


def _stay(case: int, now: datetime) -> dict[str, Any]:
    desk = {"desk_code": PROVINCE, "level": "province", "opened_by": "obstacle_filed"}
    return desk | {"obstacle_id": case, "seq": 1, "opened_at": now, "allowance_days": 15, "acknowledge_by": now.date()}


def plan_of(engine: Engine, statement: str, parameters: Any) -> str:
    """Return how a database goes about a statement."""
    with engine.connect() as connection:
        return plan_on(connection, statement, parameters)


def plan_on(connection: Connection, statement: str, parameters: Any) -> str:
    """Return how a database goes about a statement, with what is set for this connection."""
    if connection.dialect.name == "sqlite":
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return " ".join(str(step) for step in steps)
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return found if isinstance(found, str) else json.dumps(found)


def test_inbox_and_count_are_read_from_their_indexes(town: Town) -> None:
    tell_many(town)
    engine, actor = engine_of(town.app), actor_of(town.app, town.reviewer)
    with town.app.app_context():
        with watching(engine, "outbox_messages") as sent:
            assert len(list_inbox(actor).rows) == 50
            assert count_unread(actor) == UNREAD
        db.session.rollback()
    listed, counted = [plan_of(engine, *each) for each in sent]
    assert "ix_outbox_messages_inbox" in listed
    assert "ix_outbox_messages_unread" in counted


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_unread_of_one_case_is_found_by_the_case(town: Town) -> None:
    """SQLite is asked, which knows no numbers and took what a person has not read, however much; the other counts."""
    engine = engine_of(town.app)
    with town.app.app_context():
        with watching(engine, "outbox_messages") as sent:
            assert not has_unread(1, 1)
        db.session.rollback()
    assert "ix_outbox_messages_obstacle_id_recipient_id_order_seq" in plan_of(engine, *sent[0])
