"""The outbox from the command line: counting, trying again, and the reconciliation with the journal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import delete, select, update

from config import Config
from escalation.cli.main import main
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.services.messages.breakers import close_breaker, open_breaker
from escalation.services.transaction import transaction
from tests.factories import Town, file_obstacle
from tests.outbox_rows import a_person, owe
from tests.processes import environment_of


def run(config: Config, *arguments: str) -> Result:
    environment: dict[str, str | None] = dict(environment_of(config))
    return CliRunner().invoke(main, ["outbox", *arguments], env=environment)


def owed(app: Flask, **values: Any) -> int:
    with app.app_context(), transaction() as session:
        return owe(session, a_person(session), **values).id


def test_status_counts_and_says_how_old(app: Flask, config: Config) -> None:
    assert "Nothing is due." in run(config, "status").output
    owed(app)
    result = run(config, "status")
    assert result.exit_code == 0
    assert "queued               1" in result.output
    assert "The oldest unsent message has been due for" in result.output


def test_status_says_what_stands_in_the_way(app: Flask, config: Config) -> None:
    owed(app, status=MessageStatus.QUARANTINED, status_reason="crashed")
    with app.app_context():
        open_breaker(MessageChannel.EMAIL, "auth 535", was_probe=False)
    output = run(config, "status").output
    assert re.search(r"Nothing leaves by email since \d+ s: auth 535; 0 tried since\.", output)
    assert "1 quarantined, for no fault of their address" in output
    with app.app_context():
        close_breaker(MessageChannel.EMAIL)
    assert re.search(r"Messages leave by email, since \d+ s again\.", run(config, "status").output)


def test_the_numbers_are_told_to_programs_in_json_and_as_prometheus_reads_them(app: Flask, config: Config) -> None:
    owed(app)
    owed(app, not_before_ms=1_000)
    with app.app_context():
        open_breaker(MessageChannel.EMAIL, "auth 535", was_probe=False)
    result = run(config, "status", "--json")
    numbers = json.loads(result.output)
    assert (result.exit_code, numbers["state"]) == (1, "late")
    assert (numbers["mails"]["queued"], numbers["owed"]["bulk"], numbers["shut"]) == (2, 2, {"email": True})
    series = run(config, "status", "--prometheus").output.splitlines()
    values = dict(line.rsplit(" ", 1) for line in series if not line.startswith("#"))
    assert values['escalation_outbox_mails{status="queued"}'] == "2"
    assert values['escalation_outbox_owed{lane="bulk"}'] == "2"
    assert values['escalation_outbox_shut{channel="email"}'] == "1"
    assert int(values["escalation_outbox_oldest_unsent_seconds"]) > 300


def test_retry_queues_a_stopped_message_again(app: Flask, config: Config) -> None:
    message_id = owed(app, status=MessageStatus.FAILED)
    assert run(config, "retry", str(message_id)).exit_code == 0
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage.status)).one() == MessageStatus.QUEUED
    assert run(config, "retry", "999").exit_code == 1


def test_an_audit_of_what_really_happened_finds_nothing(app: Flask, town: Town, config: Config) -> None:
    file_obstacle(app, town.president)
    result = run(config, "audit")
    assert (result.exit_code, result.output) == (0, "The outbox keeps its promises.\n")


def test_an_event_whose_messages_are_gone_breaks_the_promise(app: Flask, town: Town, config: Config) -> None:
    file_obstacle(app, town.president)
    with app.app_context(), transaction() as session:
        session.execute(delete(OutboxMessage))
    result = run(config, "audit")
    assert result.exit_code == 1
    assert "event without messages" in result.output


def test_a_message_of_no_event_breaks_the_promise(app: Flask, config: Config) -> None:
    owed(app, status=MessageStatus.SENT)
    result = run(config, "audit")
    assert result.exit_code == 1
    assert "message without event" in result.output


@pytest.mark.parametrize(("status", "is_stuck"), [(MessageStatus.QUEUED, True), (MessageStatus.SENT, False)])
def test_what_is_owed_for_days_breaks_the_promise(
    app: Flask, town: Town, config: Config, status: MessageStatus, is_stuck: bool
) -> None:
    file_obstacle(app, town.president)
    with app.app_context(), transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=74)
        session.execute(update(OutboxMessage).values(event_at=long_ago, status=status))
    assert ("message owed for too long" in run(config, "audit").output) is is_stuck
