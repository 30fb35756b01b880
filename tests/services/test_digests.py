"""Around the letters that gather: ended from the letter, found when broken, late when nobody writes, cancelled."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import MessageSource, MessageStatus
from escalation.domain.errors import NotFound
from escalation.domain.wants import Kind, Way
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.wants import MessageWants
from escalation.queries.messages.outbox_state import get_lateness
from escalation.services.messages.alarm import watch_outbox
from escalation.services.messages.claims import claim_due
from escalation.services.messages.operating import cancel_message
from escalation.services.messages.preferences import choose_wants
from escalation.services.messages.unsubscribe import read_token, token_for, unsubscribe
from escalation.services.transaction import transaction
from tests.factories import Town, file_obstacle
from tests.services.test_wants import NOW, TOMORROW, choose, fates, mails, some_steps, violations, write

pytestmark = pytest.mark.usefixtures("reference_data")


def test_the_address_of_a_letter_ends_one_kind_of_digest_once_and_nothing_else(town: Town) -> None:
    choose(town, town.president, Way.WEEKLY, Kind.STEPS, Kind.WORDS)
    choose(town, town.president, Way.DAILY, Kind.EARLY)
    with town.app.app_context():
        token = token_for(town.president.id, Way.WEEKLY)
        for _ in range(2):
            unsubscribe(token, NOW)
        ways = db.session.get_one(MessageWants, town.president.id).ways
        assert ways == {"steps": "app_only", "words": "app_only", "early": "daily"}
        for broken in (token[:-1], token + "x", "", "e30.x", token_for(town.president.id, Way.AT_ONCE)):
            with pytest.raises(NotFound):
                read_token(broken)


def test_nobody_can_choose_how_they_are_asked(town: Town) -> None:
    with town.app.app_context(), pytest.raises(ValueError, match="muted by nobody"):
        choose_wants(town.president.id, {Kind.ASKS: Way.APP_ONLY}, None, NOW)


def test_the_audit_finds_what_is_missing_of_a_digest(town: Town) -> None:
    choose(town, town.president, Way.DAILY)
    some_steps(town, file_obstacle(town.app, town.president))
    write(town.app, TOMORROW)
    with town.app.app_context(), transaction() as session:
        one = session.scalars(select(OutboxMessage).where(OutboxMessage.digest_id.is_not(None))).first()
        assert one is not None
        one.digest_id, one.status_reason = None, ""
        letter = session.scalars(select(OutboxMessage).filter_by(source_kind=MessageSource.DIGEST)).one()
        letter.source_id += 1_000
        session.add(OutboxMessage(**_waiting(one)))
    found = violations(town.app)
    assert {words.partition(":")[0] for words in found} >= {
        "message skipped without a reason",
        "digest without its letter",
        "digest that does not hold what it gathered",
        "message waiting for too long",
    }


def _waiting(like: OutboxMessage) -> dict[str, Any]:
    columns = (
        "source_kind",
        "event",
        "audience",
        "recipient_id",
        "address",
        "channel",
        "language",
        "facts",
        "event_at",
    )
    same = {name: getattr(like, name) for name in columns}
    weeks_ago = int((NOW - timedelta(days=9)).timestamp() * 1000)
    own = {"source_id": 999_999, "message_id": "<ntf.x@example.test>", "order_seq": 0, "not_before_ms": weeks_ago}
    return same | own | {"status": MessageStatus.WAITING, "way": Way.WEEKLY, "obstacle_id": like.obstacle_id}


def test_lateness_is_said_once_an_hour_in_the_log_and_once_a_day_by_letter(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    file_obstacle(town.app, town.president)
    with town.app.app_context():
        assert (get_lateness().oldest_unsent_s or 0) < 60
        assert not watch_outbox(NOW)
        db.session.execute(update(OutboxMessage).values(due_ms=OutboxMessage.due_ms - 301_000))
        db.session.commit()
        assert get_lateness().word == "late"
        for minutes in (0, 1, 61):
            assert watch_outbox(NOW.replace(hour=9, minute=0) + timedelta(minutes=minutes))
    said = [record for record in caplog.records if record.name.endswith("alarm") and record.levelname == "ERROR"]
    assert len(said) == 2
    assert [one.event for one in mails(town.app, town.admin)] == ["office_messages_late"]


def test_a_message_that_is_cancelled_never_leaves_and_what_left_is_not_cancelled(town: Town) -> None:
    file_obstacle(town.app, town.president)
    message = mails(town.app, town.president)[0]
    with town.app.app_context():
        cancel_message(message.id, by_id=town.admin.id, now=NOW)
        assert message.id not in {one.id for one in claim_due(100)}
        with pytest.raises(NotFound):
            cancel_message(message.id, by_id=town.admin.id, now=NOW)
    assert fates(town.app, town.president) == [("obstacle_filed", "skipped", "cancelled")]
