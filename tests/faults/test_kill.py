"""Real processes, killed at the worst moments: nothing is lost, and what may leave twice is the same letter."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from config import Config, Redis
from escalation.domain.codes import MessageStatus
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.services.transaction import transaction
from tests.outbox_rows import a_person, owe
from tests.processes import EMBEDDED, WORKER, running, was_killed
from tests.servers import free_port
from tests.smtp_sink import SmtpSink
from tests.waiting import PATIENCE_S, wait_until

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FILE_AND_DIE = """
import os
from config import Config
from escalation.app import create_app
from escalation.services.transaction import owes_messages, transaction
from tests.outbox_rows import a_person, owe
from workers.wake import build_wake
config = Config.from_env(os.environ)
with create_app(config, wake=build_wake(config)).app_context(), transaction() as session:
    owe(session, a_person(session))
    owes_messages(session)
"""


@pytest.fixture
def with_redis(config: Config, redis_url: str) -> Config:
    return replace(config, redis=Redis(url=redis_url), port=free_port())


@pytest.fixture
def embedded(config: Config) -> Config:
    return replace(config, port=free_port())


def owed(app: Flask, count: int = 1) -> None:
    with app.app_context(), transaction() as session:
        for _ in range(count):
            owe(session, a_person(session))


def messages(app: Flask) -> list[OutboxMessage]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def let_leases_run_out(app: Flask) -> None:
    """Two minutes pass."""
    with app.app_context(), transaction() as session:
        held = update(OutboxMessage).where(OutboxMessage.status == MessageStatus.SENDING)
        session.execute(held.values(lease_until_ms=1))


def all_sent(app: Flask) -> Callable[[], bool]:
    return lambda: {message.status for message in messages(app)} == {MessageStatus.SENT}


def message_ids(sink: SmtpSink) -> list[str]:
    return [each.message["Message-ID"] for each in sink.deliveries]


@pytest.mark.fault(2)
def test_killed_after_the_commit_and_before_the_wake_up(app: Flask, with_redis: Config, smtp_sink: SmtpSink) -> None:
    with running(("-c", FILE_AND_DIE), with_redis, fail_at="before_wake") as web:
        assert was_killed(web)
    assert len(messages(app)) == 1
    with running(WORKER, with_redis):
        wait_until(all_sent(app))
    assert len(smtp_sink.deliveries) == 1


@pytest.mark.fault(9)
def test_a_sender_killed_before_it_sends_doubles_nothing(app: Flask, with_redis: Config, smtp_sink: SmtpSink) -> None:
    owed(app)
    with running(WORKER, with_redis, fail_at="before_send") as worker:
        assert was_killed(worker)
    assert smtp_sink.deliveries == []
    let_leases_run_out(app)
    with running(WORKER, with_redis):
        wait_until(all_sent(app))
    assert len(smtp_sink.deliveries) == 1


@pytest.mark.fault(10)
def test_a_sender_killed_after_the_relays_answer_sends_the_same_letter_again(
    app: Flask, with_redis: Config, smtp_sink: SmtpSink
) -> None:
    owed(app)
    with running(WORKER, with_redis, fail_at="after_reply") as worker:
        assert was_killed(worker)
    assert len(smtp_sink.deliveries) == 1
    let_leases_run_out(app)
    with running(WORKER, with_redis):
        wait_until(all_sent(app))
    first, second = smtp_sink.deliveries
    assert first.content == second.content
    assert len(set(message_ids(smtp_sink))) == 1


@pytest.mark.fault(10)
@SQLITE
def test_one_process_that_was_killed_goes_on_at_its_next_start(
    app: Flask, embedded: Config, smtp_sink: SmtpSink
) -> None:
    owed(app, 3)
    with running(EMBEDDED, embedded, fail_at="after_reply") as process:
        assert was_killed(process)
    with running(EMBEDDED, embedded) as process:
        wait_until(all_sent(app))
        assert process.stdout is not None
        assert process.stdout.readline() == f"Ready: http://127.0.0.1:{embedded.port}\n"
    assert len(smtp_sink.deliveries) == 4
    assert len(set(message_ids(smtp_sink))) == 3


@pytest.mark.fault(11)
@SQLITE
def test_a_message_that_kills_its_sender_is_put_aside(app: Flask, embedded: Config, smtp_sink: SmtpSink) -> None:
    owed(app)
    for _ in range(3):
        with running(EMBEDDED, embedded, fail_at="before_send") as process:
            assert was_killed(process)
    with running(EMBEDDED, embedded):
        wait_until(lambda: messages(app)[0].status == MessageStatus.QUARANTINED)
    assert smtp_sink.deliveries == []


@pytest.mark.fault(11)
@SQLITE
def test_three_kills_put_no_message_aside_that_is_not_their_cause(
    app: Flask, embedded: Config, smtp_sink: SmtpSink
) -> None:
    owed(app, 20)
    for _ in range(3):
        with running(EMBEDDED, embedded, fail_at="before_send") as process:
            assert was_killed(process)
    with running(EMBEDDED, embedded):
        wait_until(all_sent(app))
    assert len(set(message_ids(smtp_sink))) == len(smtp_sink.deliveries) == 20


@pytest.mark.fault(13)
def test_two_workers_at_once_send_each_message_once(app: Flask, with_redis: Config, smtp_sink: SmtpSink) -> None:
    owed(app, 200)
    with ExitStack() as workers:
        for _ in range(2):
            workers.enter_context(running(WORKER, with_redis))
        wait_until(all_sent(app))
    assert sorted(message_ids(smtp_sink)) == sorted(message.message_id for message in messages(app))


@SQLITE
@pytest.mark.parametrize("words", [WORKER, EMBEDDED], ids=["worker", "embedded"])
def test_a_stop_lets_the_letter_in_hand_be_finished(
    app: Flask, with_redis: Config, embedded: Config, smtp_sink: SmtpSink, words: tuple[str, ...]
) -> None:
    owed(app, 3)
    smtp_sink.delay_s = 4
    with running(words, with_redis if words is WORKER else embedded) as process:
        wait_until(lambda: len(smtp_sink.deliveries) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    found = [(message.status, message.attempts) for message in messages(app)]
    assert sorted(found) == [(MessageStatus.QUEUED, 0), (MessageStatus.QUEUED, 0), (MessageStatus.SENT, 1)]


@SQLITE
def test_a_second_process_beside_the_first_refuses_to_start(embedded: Config, app: Flask) -> None:
    with running(EMBEDDED, embedded) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("Ready: ")
        with running(EMBEDDED, replace(embedded, port=free_port())) as second:
            assert second.wait(PATIENCE_S) == 1
        assert first.poll() is None
