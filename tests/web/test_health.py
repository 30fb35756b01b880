"""What supervisors are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from config import Config, Redis
from escalation.app import create_app
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.queries.messages.outbox import get_now_ms
from escalation.services.messages.breakers import open_breaker
from escalation.services.ticks import note_alive
from escalation.services.transaction import transaction
from tests.conftest import close_connections
from tests.outbox_rows import a_person, owe
from tests.servers import free_port


def test_a_living_process_says_so(client: FlaskClient) -> None:
    answer = client.get("/healthz/live", base_url="https://localhost")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_readiness_tells_what_a_watcher_needs(app: Flask, client: FlaskClient) -> None:
    before = client.get("/healthz/ready", base_url="https://localhost").get_json()
    assert (before["status"], before["database"]) == ("ok", "ok")
    assert (before["oldest_unsent_age_s"], before["dispatcher_seen_s_ago"]) == (None, None)
    with app.app_context():
        note_alive("dispatcher", datetime.now(UTC))
        with transaction() as session:
            owe(session, a_person(session), not_before_ms=get_now_ms() - 90_000)
            owe(session, a_person(session), not_before_ms=get_now_ms() + 90_000)
    after = client.get("/healthz/ready", base_url="https://localhost").get_json()
    assert 85 <= after["oldest_unsent_age_s"] <= 300
    assert after["dispatcher_seen_s_ago"] <= 60


def test_a_relay_that_takes_nothing_and_what_was_given_up_are_told(app: Flask, client: FlaskClient) -> None:
    before = client.get("/healthz/ready", base_url="https://localhost").get_json()
    assert (before["mail"], before["mail_shut"], before["mail_given_up"]) == ("ok", {}, 0)
    with app.app_context():
        with transaction() as session:
            for reason in ("temporary: connect timeout", "address: rcpt 550"):
                owe(session, a_person(session), status=MessageStatus.FAILED, status_reason=reason)
            owe(session, a_person(session), status=MessageStatus.QUARANTINED, status_reason="crashed")
        open_breaker(MessageChannel.EMAIL, "auth 535", was_probe=False)
    after = client.get("/healthz/ready", base_url="https://localhost").get_json()
    assert (after["status"], after["mail"], after["mail_shut"]["email"]["cause"]) == ("ok", "shut", "auth 535")
    assert (after["mail_given_up"], after["mail_quarantined"]) == (1, 1)


def test_redis_away_is_not_unready(config: Config) -> None:
    app = create_app(replace(config, redis=Redis(url=f"redis://127.0.0.1:{free_port()}/0")))
    answer = app.test_client().get("/healthz/ready", base_url="https://localhost")
    assert (answer.status_code, answer.get_json()["redis"]) == (200, "configured")
    close_connections(app)


def test_without_its_tables_an_installation_is_not_ready(empty_database_url: str, config: Config) -> None:
    app = create_app(replace(config, database=replace(config.database, url=empty_database_url)))
    answer = app.test_client().get("/healthz/ready", base_url="https://localhost")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
    assert app.test_client().get("/healthz/live", base_url="https://localhost").status_code == 200
    close_connections(app)
