"""How the databases find, among many mails that are done with, the new ones and those that wait: from small indexes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text

from escalation.domain.intake import Became, HeldFor, IncomingStatus, Way
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from escalation.queries.messages.incoming import is_anything_new, list_held
from escalation.services.transaction import transaction
from tests.factories import REGION, Town
from tests.queries.test_inbox_plans import plan_of
from tests.queries_counter import engine_of, watching

pytestmark = pytest.mark.usefixtures("reference_data")

DONE, WAIT = 4000, 120


def bring_many(town: Town) -> None:
    """Keep many mails that are done with, and some that wait."""
    now = datetime.now(UTC)
    row = {"received_at": now, "way": Way.PIPE, "raw": b"x", "size_bytes": 1, "attempts": 0, "is_hint": False}
    words = {"envelope_recipient": "", "sender": "a@b.test", "subject": "", "message_id": ""}
    states = [(IncomingStatus.DONE, Became.ROBOT)] * DONE + [(IncomingStatus.HELD, HeldFor.NO_TOKEN)] * WAIT
    with town.app.app_context(), transaction() as session:
        rows = [
            row | words | {"status": status, "reason": reason, "sha256": f"{number:064}"}
            for number, (status, reason) in enumerate(states)
        ]
        session.execute(insert(IncomingMail), rows)
    with town.app.app_context(), transaction() as session:
        session.execute(text("ANALYZE"))


def test_what_is_new_and_what_waits_are_read_from_their_indexes(town: Town) -> None:
    bring_many(town)
    engine = engine_of(town.app)

    with town.app.app_context():
        with watching(engine, "incoming_mails") as sent:
            assert not is_anything_new()
            first = list_held({REGION})
            second = list_held({REGION}, first[49].id)
        db.session.rollback()
    assert (len(first), len(second)) == (51, 51)
    assert second[0].id == first[50].id
    asked, *listed = [plan_of(engine, *each) for each in sent]
    assert "ix_incoming_mails_new" in asked
    assert all("ix_incoming_mails_held" in plan for plan in listed)
