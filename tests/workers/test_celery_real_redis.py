"""Celery on a real Redis: a wake-up becomes a mail, and what happens to Redis changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis
from flask import Flask

from config import Config, Redis
from escalation.services.transaction import owes_messages, transaction
from tests.outbox_rows import a_person, owe
from tests.processes import WORKER, running
from tests.smtp_sink import SmtpSink
from tests.waiting import wait_until
from tests.workers.redis_server import RedisServer
from workers.broker import SETTINGS, VISIBILITY_TIMEOUT_S, build_celery
from workers.wake import build_wake

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def commit_a_message(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        owe(session, a_person(session))
        owes_messages(session)


def test_the_settings_that_keep_a_broker_harmless(config: Config) -> None:
    celery = build_celery(replace(config, redis=Redis(url="redis://127.0.0.1:1/0")))
    options = celery.conf.broker_transport_options
    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_S == celery.conf.visibility_timeout
    assert celery.conf.result_backend_transport_options == {"visibility_timeout": VISIBILITY_TIMEOUT_S}
    assert 2 <= options["socket_timeout"] == options["socket_connect_timeout"] <= 5
    assert celery.conf.result_backend is None
    assert celery.conf.accept_content == ["json"], "what a broker hands over is data, never objects"
    assert {name: celery.conf[name] for name in SETTINGS} == SETTINGS


def test_a_commit_wakes_a_worker_through_redis(config: Config, app: Flask, redis_url: str, smtp_sink: SmtpSink) -> None:
    with_redis = replace(config, redis=Redis(url=redis_url))
    app.extensions["wake"] = build_wake(with_redis)
    commit_a_message(app)
    with redis.Redis.from_url(redis_url) as client:
        wait_until(lambda: client.llen("celery") == 1)
        with running(WORKER, with_redis):
            wait_until(lambda: len(smtp_sink.deliveries) == 1)
            wait_until(lambda: client.llen("celery") == 0)


@SQLITE
def test_mail_leaves_without_redis_and_wake_ups_work_again_after_it_is_back(
    config: Config, app: Flask, own_redis: RedisServer, smtp_sink: SmtpSink
) -> None:
    own_redis.stop()
    with_redis = replace(config, redis=Redis(url=own_redis.url))
    app.extensions["wake"] = build_wake(with_redis)
    with running(WORKER, with_redis):
        commit_a_message(app)
        wait_until(lambda: len(smtp_sink.deliveries) == 1)
        own_redis.start()
        with redis.Redis.from_url(own_redis.url) as client:
            client.flushall()
            commit_a_message(app)
            wait_until(lambda: len(smtp_sink.deliveries) == 2)
            wait_until(lambda: client.exists("_kombu.binding.celery"))
        own_redis.hang()
        commit_a_message(app)
        wait_until(lambda: len(smtp_sink.deliveries) == 3)
