"""Sending the outbox through a real relay: what is recorded after each answer, and what a batch leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from config import Config
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.domain.delivery import BreakerState, Result, Sent
from escalation.extensions import db
from escalation.models.outbox import Breaker, OutboxMessage
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.messages import leases, results
from escalation.services.messages.breakers import give_probes_back
from escalation.services.messages.claims import Claimed, claim_due
from escalation.services.messages.delivery import Dispatch, deliver_due
from escalation.services.messages.leases import LeaseKeeper
from escalation.services.messages.outbox import record_all_sent, renew_lease
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


def breaker() -> Breaker:
    db.session.rollback()
    return db.session.scalars(select(Breaker)).one()


def let_the_probe_come() -> None:
    db.session.execute(update(Breaker).values(probe_at_ms=1))
    db.session.commit()


def test_a_relay_that_is_away_is_called_once_and_nothing_is_lost(config: Config) -> None:
    owed(30)
    away = replace(config, mail=replace(config.mail, port=free_port()))
    assert deliver_due(away) == 0
    assert set(statuses()) == {MessageStatus.QUEUED}
    assert sorted(row.attempts for row in rows()) == [0] * 29 + [1]
    assert (breaker().state, breaker().cause) == (BreakerState.OPEN, "connect ConnectionRefusedError")
    assert deliver_due(away) == 0
    assert sorted(row.attempts for row in rows()) == [0] * 29 + [1]


def test_a_relay_that_is_back_is_found_by_one_letter_and_then_takes_all(config: Config, smtp_sink: SmtpSink) -> None:
    owed(30)
    smtp_sink.stop()
    send(config)
    since_ms = breaker().since_ms
    let_the_probe_come()
    assert send(config) == 0
    assert (breaker().since_ms, breaker().probes) == (since_ms, 1)
    smtp_sink.start()
    let_the_probe_come()
    make_due()
    assert send(config) == 30
    assert (breaker().state, breaker().probes, breaker().cause) == (BreakerState.CLOSED, 0, "")


def test_a_relay_without_the_tls_we_demand_gets_nothing_and_fails_nobody(config: Config, smtp_sink: SmtpSink) -> None:
    owed(3)
    assert deliver_due(replace(config, mail=replace(config.mail, starttls=True))) == 0
    assert [(row.status, row.attempts) for row in rows()] == [(MessageStatus.QUEUED, 0)] * 3
    assert (breaker().state, breaker().cause) == (BreakerState.OPEN, "starttls 0")
    assert smtp_sink.deliveries == []


def test_a_refused_reader_is_proof_enough_that_the_relay_takes_mail(config: Config, smtp_sink: SmtpSink) -> None:
    owed(2)
    smtp_sink.stop()
    send(config)
    smtp_sink.start()
    smtp_sink.recipient_answers[rows()[1].address] = "550 no such user"
    let_the_probe_come()
    send(config)
    assert breaker().state is BreakerState.CLOSED
    assert statuses() == [MessageStatus.QUEUED, MessageStatus.FAILED]


def test_a_probe_given_back_at_a_stop_waits_for_nobody(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    smtp_sink.stop()
    send(config)
    make_due()
    let_the_probe_come()
    [probe] = claim_due()
    assert (probe.is_probe, breaker().state) == (True, BreakerState.HALF_OPEN)
    assert claim_due() == []
    give_probes_back({probe.channel})
    assert breaker().state is BreakerState.OPEN
    assert breaker().probe_at_ms <= get_now_ms()


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
    app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(3)
    monkeypatch.setattr(leases, "STALE_AFTER_S", 0.0)

    def sleep_through(call: int) -> None:
        with app.app_context():
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

    def record_at_last(tokens: Mapping[int, str], sent_at: datetime | None = None) -> frozenset[int]:
        if failing:
            raise failing.pop()
        return record_all_sent(tokens, sent_at)

    monkeypatch.setattr(results, "record_all_sent", record_at_last)
    monkeypatch.setattr(results, "RECORD_AGAIN_AFTER_S", 0)
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
    keeper = LeaseKeeper(app, renew_every_s=0.01)  # type: ignore[arg-type]
    with closing(keeper):
        keeper.hold(batch)
        give_up_at = time.monotonic() + 10
        while rows()[0].lease_until_ms == before and time.monotonic() < give_up_at:
            time.sleep(0.01)
        assert keeper.still_holds(message_id)
    assert (rows()[0].lease_until_ms or 0) > (before or 0)
    assert renew_lease(message_id, batch[0].token)


def test_recorded_together_at_the_events_dates(config: Config, smtp_sink: SmtpSink) -> None:
    owed(10)
    how = Dispatch(connections=1, sent_at=lambda claimed: claimed.event_at)
    assert send(config, how) == 10
    assert {(row.status, row.sent_at) for row in rows()} == {(MessageStatus.SENT, EVENT_AT)}


def test_the_facts_of_the_tests_make_a_letter(config: Config, smtp_sink: SmtpSink) -> None:
    owed(1)
    assert send(config) == 1
    assert FACTS["reference"] in smtp_sink.deliveries[0].message["Subject"]
