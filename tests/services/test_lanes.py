"""Who goes first, how fast, and how little a slow reader or a dead sender keeps from the others."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select, update

from config import Config
from escalation.domain.codes import Lane, MessageChannel, MessageStatus
from escalation.domain.delivery import Result, Sent
from escalation.domain.paces import Limits
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage, Pace
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.messages import results
from escalation.services.messages.claims import Claimed, claim_due
from escalation.services.messages.delivery import Dispatch, Dispatcher, deliver_due
from escalation.services.messages.outbox import free_leases_of_earlier_boot, record_all_sent
from escalation.services.transaction import transaction
from tests.outbox_rows import a_person, owe
from tests.smtp_sink import SmtpSink
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("db_session")
PER_SECOND = 200


def owed(count: int, **changes: Any) -> list[int]:
    with transaction() as session:
        return [owe(session, a_person(session, changes.pop("email", None)), **changes).id for _ in range(count)]


def rows() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


class SlowSink(SmtpSink):
    """A relay that takes so many a second and no more, whoever sends; and one reader whom it keeps waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = asyncio.Lock()
        self.kept_waiting, self.let_go = "", threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one when its turn has come."""
        if envelope.rcpt_tos[0] == self.kept_waiting:
            await asyncio.to_thread(self.let_go.wait)
        async with self.turns:
            await asyncio.sleep(1 / PER_SECOND)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def slow_sink(config: Config) -> Any:
    sink = SlowSink()
    sink.start()
    yield sink
    sink.let_go.set()
    sink.stop()


def towards(config: Config, sink: SmtpSink, **changes: Any) -> Config:
    return replace(config, mail=replace(config.mail, port=sink.port, **changes))


def test_a_code_passes_everything_that_can_wait(app: Flask, config: Config, slow_sink: SlowSink) -> None:
    owed(600)
    dispatcher = Dispatcher(app, towards(config, slow_sink), Dispatch())

    def deliver() -> None:
        with app.app_context():
            dispatcher.deliver()

    sending = threading.Thread(target=deliver)
    sending.start()
    wait_until(lambda: len(slow_sink.deliveries) >= 100)
    owed(1, lane=Lane.INTERACTIVE, email="code@example.test")
    before = len(slow_sink.deliveries)
    dispatcher.deliver()
    wait_until(lambda: any(each.recipients == ("code@example.test",) for each in slow_sink.deliveries))
    order = [each.recipients[0] for each in slow_sink.deliveries]
    sending.join()
    dispatcher.close()
    # In turn were at most those in hand already, and those taken until the next look.
    assert order.index("code@example.test") - before <= 2 * config.mail.connections + PER_SECOND
    assert len(slow_sink.deliveries) == 601


def test_one_reader_whom_the_relay_keeps_waiting_keeps_nobody_else(
    app: Flask, config: Config, slow_sink: SlowSink
) -> None:
    ids = owed(30)
    slow_sink.kept_waiting = rows()[3].address
    dispatcher = Dispatcher(app, towards(config, slow_sink), Dispatch(claim_for_s=0.5))
    while len(slow_sink.deliveries) < 29:
        dispatcher.deliver()
    owed(5)
    while len(slow_sink.deliveries) < 34:
        dispatcher.deliver()
    slow_sink.let_go.set()
    dispatcher.close()
    assert {row.status for row in rows()} == {MessageStatus.SENT}
    assert len(slow_sink.deliveries) == len(ids) + 5


def test_a_limit_in_all_leaves_a_turn_for_what_cannot_wait() -> None:
    owed(50)
    limits = Limits(per_second=10)
    taken = [len(claim_due(20, limits=limits)) for _ in range(3)]
    assert sum(taken) <= 3
    owed(1, lane=Lane.INTERACTIVE)
    [code] = claim_due(20, limits=limits)
    assert code.lane is Lane.INTERACTIVE


def test_the_pace_is_one_for_all_workers(app: Flask) -> None:
    owed(60)
    taken: list[Claimed] = []
    begun_ms = get_now_ms()

    def claim_for_a_while() -> None:
        with app.app_context():
            for _ in range(10):
                taken.extend(claim_due(20, limits=Limits(per_second=20)))

    workers = [threading.Thread(target=claim_for_a_while) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    db.session.rollback()
    passed_s = (get_now_ms() - begun_ms) / 1000
    assert 1 <= len(taken) <= 20 * passed_s + 4


def test_a_limit_for_a_domain_holds_up_no_other() -> None:
    for number in range(10):
        owed(1, email=f"reader{number}@slow.test")
    owed(3)
    limits = Limits(per_domain=1)
    begun_ms = get_now_ms()
    first = claim_due(5, limits=limits)
    second = claim_due(5, limits=limits)
    domains = [claimed.address.rpartition("@")[2].lower() for claimed in (*first, *second)]
    assert 1 <= domains.count("slow.test") <= 1 + (get_now_ms() - begun_ms) / 1000
    assert domains.count("example.test") >= 1
    assert {pace.key for pace in db.session.scalars(select(Pace))} == {"email@slow.test", "email@example.test"}


class CountingWay:
    """A way out that takes everything and knows how many it took."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def write(self, claimed: Claimed) -> bytes:
        return claimed.message_id.encode()

    def send(self, claimed: Claimed, _content: bytes) -> Result:
        self.taken.append(claimed.id)
        return Sent()

    def close(self) -> None:
        """Nothing to end."""


def test_no_thread_sends_a_second_message_before_its_first_is_recorded(
    app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(40)
    way, may_record, unrecorded = CountingWay(), threading.Event(), []

    def record(tokens: Any, sent_at: Any = None) -> frozenset[int]:
        recorded = {row.id for row in rows() if row.status is MessageStatus.SENT}
        unrecorded.append(len(set(way.taken) - recorded))
        may_record.wait(0.2)
        return record_all_sent(tokens, sent_at)

    monkeypatch.setattr(results, "record_all_sent", record)
    how = Dispatch(connections=4, channels={MessageChannel.EMAIL: lambda _config: way})
    assert deliver_due(config, how) == 40
    assert max(unrecorded) <= 4
    assert sorted(way.taken) == [row.id for row in rows()]


def test_what_a_dead_sender_had_in_hand_takes_turns_with_the_rest(config: Config) -> None:
    suspects = owed(5)
    assert len(claim_due(5)) == 5
    free_leases_of_earlier_boot()
    owed(400)
    way = CountingWay()
    how = Dispatch(connections=2, batch=20, channels={MessageChannel.EMAIL: lambda _config: way})
    assert deliver_due(config, how) == 405
    places = sorted(way.taken.index(message_id) for message_id in suspects)
    assert places[0] < 400, "the first waited for all that had come since"
    assert [row.status for row in rows()] == [MessageStatus.SENT] * 405


def test_a_suspect_is_alone_in_hand(app: Flask, config: Config) -> None:
    suspects = set(owed(3))
    claim_due(3)
    free_leases_of_earlier_boot()
    owed(30)
    beside: list[int] = []
    way = CountingWay()

    def send(claimed: Claimed, _content: bytes) -> Result:
        if claimed.id in suspects:
            with app.app_context():
                held = OutboxMessage.lease_until_ms > get_now_ms()
                beside.append(len(db.session.scalars(select(OutboxMessage.id).where(held)).all()))
        return Sent()

    way.send = send  # type: ignore[method-assign]
    deliver_due(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: way}))
    assert beside == [1, 1, 1]


def test_a_message_given_up_after_three_days_raises_an_alarm(
    config: Config, smtp_sink: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    owed(1, first_tried_ms=1)
    smtp_sink.answer_next("451 later")
    deliver_due(config)
    assert rows()[0].status is MessageStatus.FAILED
    assert "was given up after 72 hours: temporary: end 451" in caplog.text


def test_a_letter_our_program_cannot_write_waits_and_costs_the_message_nothing(
    config: Config, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(1)
    way = CountingWay()
    monkeypatch.setattr(way, "write", lambda _claimed: 1 / 0)
    deliver_due(config, Dispatch(channels={MessageChannel.EMAIL: lambda _config: way}))
    [row] = rows()
    assert (row.status, row.attempts, row.status_reason) == (MessageStatus.QUEUED, 0, "writing: ZeroDivisionError")
    assert row.not_before_ms > get_now_ms()
    db.session.execute(update(OutboxMessage).values(not_before_ms=1))
    db.session.commit()
    assert deliver_due(config) == 1
