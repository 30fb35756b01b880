"""The clock from the command line: how it stands, a run by hand, and tomorrow in the demonstration alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from config import Config
from escalation.app import create_app
from escalation.cli.main import main
from escalation.demo.travel import IntoThePast, travel_to
from escalation.domain.calendar import local_day
from escalation.domain.codes import Level, Status
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.queries.present import get_present, get_shared_present
from escalation.services.case.clock import run_clock
from tests.conftest import close_connections
from tests.factories import Town, file_obstacle, obstacle_row
from tests.processes import EMBEDDED, environment_of, running
from tests.servers import free_port
from tests.waiting import wait_until
from workers.broker import SETTINGS
from workers.clock import RUN
from workers.clock import run as run_by_worker


def run(config: Config, *arguments: str) -> Result:
    environment: dict[str, str | None] = dict(environment_of(config))
    return CliRunner().invoke(main, ["clock", *arguments], env=environment)


def long_ago() -> datetime:
    """Return an instant after which every deadline has passed."""
    return datetime.now(UTC) - timedelta(days=60)


def test_status_shouts_while_it_has_never_run_and_a_run_by_hand_does_what_is_due(town: Town, config: Config) -> None:
    case = file_obstacle(town.app, town.president, now=long_ago())
    before = run(config, "status")
    assert before.exit_code == 1
    assert "1 cases are due, the oldest since" in before.output
    assert "The clock has never run." in before.output
    assert "1 moves made" in run(config, "run").output
    assert obstacle_row(town.app, case)["level"] is Level.REGION
    after = run(config, "status")
    assert (after.exit_code, "0 cases are due." in after.output) == (0, True)


def test_only_the_demonstration_travels(app: Flask, config: Config) -> None:
    tomorrow = local_day(datetime.now(UTC)) + timedelta(days=1)
    refused = run(config, "travel", "--to", tomorrow.isoformat())
    assert refused.exit_code == 1
    assert "Only the demonstration travels" in refused.output
    with app.app_context():
        travel_to(tomorrow)
        assert local_day(get_present()) < tomorrow, "elsewhere the row is not even read"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_in_the_demonstration_tomorrow_is_seen_by_pages_and_clock_alike(town: Town, config: Config) -> None:
    case = file_obstacle(town.app, town.president, now=datetime.now(UTC))
    later = local_day(datetime.now(UTC)) + timedelta(days=60)
    demo = create_app(replace(config, environment="demo"))
    with demo.app_context():
        travel_to(later)
        assert local_day(get_present()) == local_day(get_shared_present()) == later
        run_clock(get_shared_present())
        row = db.session.scalars(select(Obstacle).where(Obstacle.id == case.id)).one()
        assert (row.status, row.level) == (Status.FILED, Level.REGION)
        with pytest.raises(IntoThePast):
            travel_to(later - timedelta(days=1))
    close_connections(demo)


def test_the_task_of_beat_and_poller_runs_the_clock_once_a_minute(town: Town) -> None:
    case = file_obstacle(town.app, town.president, now=long_ago())
    with town.app.app_context():
        run_by_worker.run()
    assert obstacle_row(town.app, case)["level"] is Level.REGION
    assert RUN in str(SETTINGS["beat_schedule"])


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_process_without_any_broker_runs_the_clock(town: Town, config: Config) -> None:
    case = file_obstacle(town.app, town.president, now=long_ago())
    with running(EMBEDDED, replace(config, port=free_port())):
        wait_until(lambda: obstacle_row(town.app, case)["level"] is Level.REGION)
