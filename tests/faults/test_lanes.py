"""Row 32: ten thousand digests behind a relay that takes five a second; a sign-in code does not wait behind them."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import insert, select

from escalation.domain.codes import Audience, Lane, MessageSource
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.transaction import transaction
from tests.faults.conftest import WHOLE_MATRIX
from tests.faults.stage import Stage
from tests.outbox_rows import EVENT_AT, FACTS, owe
from tests.waiting import wait_until

MANY = 10_000 if os.environ.get(WHOLE_MATRIX) == "1" else 1_000
A_SECOND = 5.0
SOON_ENOUGH_S = 30


def fan_out(stage: Stage) -> None:
    """Owe a great many mails that can wait, as one act may."""
    with stage.app.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.email == "member@example.test")).one()
        one = owe(session, person, source_kind=MessageSource.NOTE, source_id=1_000_000, address="crowd-0@example.test")
        columns = {column.key: getattr(one, column.key) for column in OutboxMessage.__table__.columns}
        del columns["id"]
        rows = [
            columns | {"source_id": 1_000_000 + n, "message_id": f"<crowd.{n}@example.test>",
                       "address": f"crowd-{n}@example.test"}
            for n in range(1, MANY)
        ]  # fmt: skip
        session.execute(insert(OutboxMessage), rows)


@pytest.mark.whole_matrix
@pytest.mark.fault(32)
def test_row_32_a_code_passes_ten_thousand_digests(stage: Stage) -> None:
    stage.sink.script(per_second=A_SECOND)
    fan_out(stage)
    stage.start()
    wait_until(lambda: len(stage.sink.journal()) >= 5)
    with stage.app.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.email == "president@example.test")).one()
        urgent = owe(
            session, person, lane=Lane.INTERACTIVE, source_kind=MessageSource.NOTE, source_id=2_000_000,
            audience=Audience.COMMUNE, event_at=EVENT_AT, facts=FACTS, not_before_ms=1,
        )  # fmt: skip
        name = urgent.message_id
    wait_until(lambda: any(kept.message_id == name for kept in stage.sink.journal()), SOON_ENOUGH_S)
    with stage.app.app_context():
        assert db.session.scalars(select(OutboxMessage).where(OutboxMessage.message_id == name)).one()
        db.session.rollback()
    assert len(stage.sink.journal()) < MANY
