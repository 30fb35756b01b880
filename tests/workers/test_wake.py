"""The wake-up never fails and never delays who calls it, however the broker behaves; mail leaves all the same."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from flask import Flask

from config import Config, Redis
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.transaction import owes_messages, transaction
from tests.outbox_rows import a_person, owe
from tests.servers import free_port
from tests.smtp_sink import SmtpSink
from tests.waiting import wait_until
from tests.workers.redis_server import RedisServer
from workers.outbox import Poller, deliver
from workers.stopping import STOPPING
from workers.wake import QUEUED_AT_MOST, Wake, build_wake

COMMITS = 20


def count_ends(wake: Wake) -> list[None]:
    """Let a wake-up note the end of each of its talks with the broker, however it ends."""
    ends: list[None] = []
    publish = wake._publish

    def publish_and_note() -> None:
        try:
            publish()
        finally:
            ends.append(None)

    wake._publish = publish_and_note
    return ends


def test_a_wake_up_is_published_by_another_thread() -> None:
    seen: list[str] = []
    done = threading.Event()

    def publish() -> None:
        seen.append(threading.current_thread().name)
        done.set()

    Wake(publish)()
    assert done.wait(10)
    assert seen == ["wake-up"]


def test_a_publisher_that_hangs_delays_nobody_and_the_overflow_is_dropped() -> None:
    release, calls = threading.Event(), []

    def publish() -> None:
        calls.append(1)
        release.wait(30)

    wake = Wake(publish)
    for _ in range(1_000):
        wake()
    assert len(calls) <= 1, "a call waited for the publisher, which still hangs"
    release.set()
    wait_until(lambda: len(calls) >= QUEUED_AT_MOST)
    assert len(calls) <= QUEUED_AT_MOST + 1


def test_a_publisher_that_fails_is_asked_again_the_next_time() -> None:
    calls: list[int] = []

    def publish() -> None:
        calls.append(1)
        raise OSError("no broker")

    wake = Wake(publish)
    wake()
    wait_until(lambda: len(calls) == 1)
    wake()
    wait_until(lambda: len(calls) == 2)


@pytest.fixture
def broken_redis_config(config: Config, request: pytest.FixtureRequest) -> Config:
    if request.param == "stopped":
        return replace(config, redis=Redis(url=f"redis://127.0.0.1:{free_port()}/0"))
    server: RedisServer = request.getfixturevalue("own_redis")
    server.hang()
    return replace(config, redis=Redis(url=server.url))


@pytest.mark.parametrize("broken_redis_config", ["stopped", "hung"], indirect=True)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_with_redis_stopped_or_hung_a_commit_returns_at_once_and_the_poller_sends(
    app: Flask, broken_redis_config: Config, smtp_sink: SmtpSink
) -> None:
    app.extensions["wake"] = wake = build_wake(broken_redis_config)
    ends = count_ends(wake)

    def commit() -> None:
        with app.app_context(), transaction() as session:
            owe(session, a_person(session))
            owes_messages(session)

    for _ in range(COMMITS):
        commit()
    assert len(ends) < COMMITS, "each commit waited until its talk with the broker was over"
    poller = Poller(app, every_s=0.05)
    try:
        poller.start()
        wait_until(lambda: len(smtp_sink.deliveries) == COMMITS)
    finally:
        STOPPING.set()
        poller.join()
        STOPPING.clear()
    assert len({each.message["Message-ID"] for each in smtp_sink.deliveries}) == COMMITS


def test_a_wake_up_tells_the_poller_of_what_is_due_before_its_next_look(app: Flask, smtp_sink: SmtpSink) -> None:
    poller = Poller(app, every_s=60)
    try:
        poller.start()
        with app.app_context():
            with transaction() as session:
                owe(session, a_person(session))
            deliver.run()
            wait_until(lambda: len(smtp_sink.deliveries) == 1)
            with transaction() as session:
                owe(session, a_person(session), not_before_ms=get_now_ms() + 300)
            deliver.run()
        wait_until(lambda: len(smtp_sink.deliveries) == 2)
    finally:
        STOPPING.set()
        poller.join()
        STOPPING.clear()
