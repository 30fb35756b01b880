"""Sending the outbox through a real relay: what is recorded after each answer, and what a batch leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from config import Config
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.domain.delivery import Result, Sent
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.messages import delivery, leases
from escalation.services.messages.delivery import Dispatch, deliver_due
from escalation.services.messages.leases import LeaseKeeper
from escalation.services.messages.outbox import Claimed, claim_due, record_sent, renew_lease
from tests.outbox_rows import EVENT_AT, FACTS, a_person, an_obstacle, owe
from tests.servers import free_port
from tests.smtp_sink import CUT, SmtpSink

pytestmark = pytest.mark.usefixtures("db_session")


def owed(count: int, **changes: Any) -> list[int]:
    people = [a_person(db.session()) for _ in range(count)]
    ids = [owe(db.session(), person, **changes).id for person in people]
    db.session.commit()
    return ids


def rows() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def statuses() -> list[MessageStatus]:
    return [row.status for row in rows()]


def send(config: Config, how: Dispatch | None = None) -> int:
    return deliver_due(config, how or Dispatch())


def make_due() -> None:
    db.session.execute(update(OutboxMessage).values(not_before_ms=1))
    db.session.commit()


def test_everything_due_leaves_once_in_one_letter_each(config: Config, smtp_sink: SmtpSink) -> None:
    owed(45)
    assert send(config) == 45
    assert send(config) == 0
    assert set(statuses()) == {MessageStatus.SENT}
    addresses = {row.address: row.message_id for row in rows()}
    assert {each.recipients[0]: each.message["Message-ID"] for each in smtp_sink.deliveries} == addresses
    assert all(row.sent_at is not None and datetime.now(UTC) - row.sent_at < timedelta(minutes=1) for row in rows())


def test_a_persons_messages_about_one_obstacle_leave_in_order(config: Config, smtp_sink: SmtpSink) -> None:
    person = a_person(db.session())
    obstacle = an_obstacle(db.session(), person)
    wanted = [owe(db.session(), person, obstacle, order_seq=seq, not_before_ms=9 - seq).message_id for seq in range(5)]
    db.session.commit()
    assert send(config) == 5
    assert [each.message["Message-ID"] for each in smtp_sink.deliveries] == wanted


def test_a_second_attempt_is_the_same_letter(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    smtp_sink.answer_next("451 later")
    assert send(config) == 0
    [row] = rows()
    assert (row.status, row.status_reason) == (MessageStatus.QUEUED, "temporary: end 451")
    make_due()
    assert send(config) == 1
    first, second = smtp_sink.deliveries
    assert first.content == second.content


def test_a_letter_that_reads_otherwise_than_before_is_put_aside(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    smtp_sink.answer_next("451 later")
    send(config)
    make_due()
    renamed = replace(config, mail=replace(config.mail, sender_name="another name"))
    assert deliver_due(renamed) == 0
    assert [(row.status, row.status_reason) for row in rows()] == [(MessageStatus.QUARANTINED, "letter: changed")]
    assert len(smtp_sink.deliveries) == 1


def test_a_letter_that_cannot_be_written_stops_no_other(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1, facts={})
    owed(1)
    assert send(config) == 1
    assert statuses() == [MessageStatus.QUARANTINED, MessageStatus.SENT]


def test_a_refused_reader_fails_and_the_others_are_told(config: Config, smtp_sink: SmtpSink) -> None:
    owed(3)
    smtp_sink.recipient_answers[rows()[1].address] = "550 no such user"
    assert send(config) == 2
    assert statuses() == [MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.SENT]


def test_a_cut_after_the_dot_waits_and_keeps_its_message_id(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    smtp_sink.answer_next(CUT)
    assert send(config) == 0
    [row] = rows()
    assert (row.status, row.uncertain_attempts) == (MessageStatus.QUEUED, 1)
    make_due()
    assert send(config) == 1
    assert len({each.message["Message-ID"] for each in smtp_sink.deliveries}) == 1


def test_a_relay_that_is_away_is_called_once_and_nothing_is_lost(config: Config) -> None:
    owed(30)
    assert deliver_due(replace(config, mail=replace(config.mail, port=free_port()))) == 0
    assert set(statuses()) == {MessageStatus.QUEUED}
    assert sorted(row.attempts for row in rows()) == [0] * 29 + [1]
    assert all(row.not_before_ms > get_now_ms() for row in rows())


def test_a_relay_without_the_tls_we_demand_gets_nothing_and_fails_nobody(config: Config, smtp_sink: SmtpSink) -> None:
    owed(3)
    assert deliver_due(replace(config, mail=replace(config.mail, starttls=True))) == 0
    assert [(row.status, row.attempts) for row in rows()] == [(MessageStatus.QUEUED, 0)] * 3
    assert smtp_sink.deliveries == []


class ScriptedRelay:
    """A relay of the test's own; it acts before each answer."""

    def __init__(self, before: Callable[[int], None]) -> None:
        self._before, self.calls = before, 0

    def write(self, claimed: Claimed) -> bytes:
        return claimed.message_id.encode()

    def send(self, claimed: Claimed, content: bytes) -> Result:
        self.calls += 1
        self._before(self.calls)
        return Sent()

    def close(self) -> None:
        """Nothing to end."""


def test_a_stop_finishes_the_letter_in_hand_and_gives_the_rest_back(config: Config) -> None:
    owed(3)
    stopping = threading.Event()
    relay = ScriptedRelay(lambda _call: stopping.set())
    assert (
        send(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: relay}, is_stopping=stopping.is_set)) == 1
    )
    assert [(row.status, row.attempts) for row in rows()] == [
        (MessageStatus.SENT, 1),
        (MessageStatus.QUEUED, 0),
        (MessageStatus.QUEUED, 0),
    ]


def test_a_sender_that_slept_past_its_leases_sends_nothing_more(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(3)
    monkeypatch.setattr(leases, "STALE_AFTER_S", 0.0)

    def sleep_through(call: int) -> None:
        db.session.execute(update(OutboxMessage).where(OutboxMessage.attempts == 1).values(lease_until_ms=1))
        db.session.commit()
        assert [len(claim_due()) for _ in range(3)] == [1, 1, 1]

    relay = ScriptedRelay(sleep_through)
    send(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: relay}))
    assert relay.calls == 1
    assert [(row.status, row.crashes) for row in rows()] == [(MessageStatus.SENDING, 1)] * 3


def test_a_database_that_fails_for_a_while_doubles_nothing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    owed(3)
    failing = [OperationalError("the result", {}, Exception("the connection is lost"))] * 4

    def record_at_last(message_id: int, token: str, sent_at: datetime) -> bool:
        if failing:
            raise failing.pop()
        return record_sent(message_id, token, sent_at)

    monkeypatch.setattr(delivery, "record_sent", record_at_last)
    monkeypatch.setattr(delivery, "RECORD_AGAIN_AFTER_S", 0)
    relay = ScriptedRelay(lambda _call: None)
    assert send(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: relay})) == 3
    assert relay.calls == 3
    assert set(statuses()) == {MessageStatus.SENT}


def test_what_fails_with_one_message_accuses_none_behind_it(config: Config) -> None:
    owed(3)

    def fail(call: int) -> None:
        raise RuntimeError(call)

    with pytest.raises(RuntimeError):
        send(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: ScriptedRelay(fail)}))
    assert [(row.status, row.attempts, row.crashes) for row in rows()] == [
        (MessageStatus.SENDING, 1, 0),
        (MessageStatus.QUEUED, 0, 0),
        (MessageStatus.QUEUED, 0, 0),
    ]


def test_leases_are_renewed_while_a_relay_thinks(config: Config, app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    [message_id] = owed(1)
    batch = claim_due()
    before = rows()[0].lease_until_ms
    with LeaseKeeper(app, batch, renew_every_s=0.01) as keeper:  # type: ignore[arg-type]
        give_up_at = time.monotonic() + 10
        while rows()[0].lease_until_ms == before and time.monotonic() < give_up_at:
            time.sleep(0.01)
        assert keeper.still_holds(message_id)
    assert (rows()[0].lease_until_ms or 0) > (before or 0)
    assert renew_lease(message_id, batch[0].token)


def test_recorded_together_at_the_events_dates(config: Config, smtp_sink: SmtpSink) -> None:
    owed(10)
    how = Dispatch(batch=500, record_together=True, sent_at=lambda claimed: claimed.event_at)
    assert send(config, how) == 10
    assert {(row.status, row.sent_at) for row in rows()} == {(MessageStatus.SENT, EVENT_AT)}


def test_the_facts_of_the_tests_make_a_letter(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    assert send(config) == 1
    assert FACTS["reference"] in smtp_sink.deliveries[0].message["Subject"]
