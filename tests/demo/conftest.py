"""The demo, seeded once on each database for all tests that read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from escalation.app import create_app
from escalation.demo.seed import SeedReport, seed_demo
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.services.reference import import_reference
from tests.conftest import close_connections
from tests.databases import Databases
from tests.servers import Servers
from tests.settings import settings_for

TODAY = date(2027, 2, 24)
BOUHOUDA = "03.531.07.09"


@contextmanager
def installation(makers: Databases, home: Path) -> Iterator[Flask]:
    """A new installation with its reference data, inside an application context."""
    with makers.current() as url:
        app = create_app(settings_for(url, home))
        with app.app_context():
            import_reference()
            yield app
        close_connections(app)


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def seeded(
    request: pytest.FixtureRequest,
    databases: dict[str, Databases],
    servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SeedReport]:
    """The demo, made once on each database; its tests only read."""
    if request.param == "postgresql" and servers.postgresql_url is None:
        pytest.skip("only SQLite is tested")
    with installation(databases[request.param], tmp_path_factory.mktemp("demo")):
        yield seed_demo(today=TODAY)


@pytest.fixture
def obstacles(seeded: SeedReport) -> list[Obstacle]:
    """Every obstacle of the demo, in the order in which they were written down."""
    db.session.rollback()
    return list(db.session.scalars(select(Obstacle).order_by(Obstacle.id)))


def events() -> list[JournalEvent]:
    return list(db.session.scalars(select(JournalEvent).order_by(JournalEvent.id)))
