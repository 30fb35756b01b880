"""What fault tests ask for: a stage on either database, and a PostgreSQL that may be broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from config import Config
from escalation.models.settings import Setting
from escalation.services.transaction import transaction
from tests.conftest import close_connections
from tests.databases import Databases, PostgresqlDatabases
from tests.factories import SINCE, settle
from tests.faults.postgres_server import SOCKET, PostgresServer
from tests.faults.stage import Stage, on_stage
from tests.servers import Servers, free_port
from tests.settings import settings_for
from tests.workers.redis_server import RedisServer

WHOLE_MATRIX = "ESCALATION_FAULTS"
REASON = "only in `make faults`, which runs the whole matrix"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the longer part of the matrix to `make faults`, and say so."""
    if os.environ.get(WHOLE_MATRIX) == "1":
        return
    for item in items:
        if item.get_closest_marker("whole_matrix"):
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture
def stage(
    create_app: Callable[..., Flask],
    databases: dict[str, Databases],
    database_kind: str,
    servers: Servers,
    tmp_path: Path,
) -> Iterator[Stage]:
    """A whole installation on this kind of database: with Redis and workers on PostgreSQL, in one process on SQLite."""
    with ExitStack() as stack:
        url = stack.enter_context(databases[database_kind].with_reference())
        yield stack.enter_context(staged(create_app, url, tmp_path, _socket(servers, url)))


@pytest.fixture(scope="session")
def own_postgresql(
    databases: dict[str, Databases], servers: Servers
) -> Iterator[tuple[PostgresServer, PostgresqlDatabases]]:
    """A PostgreSQL that the tests of this process may break, with the makers of its databases."""
    if servers.postgresql_url is None:
        pytest.skip("ESCALATION_TEST_SQLITE_ONLY=1: only SQLite is tested")
    shared = databases["postgresql"]
    assert isinstance(shared, PostgresqlDatabases)
    server = PostgresServer()
    try:
        yield server, PostgresqlDatabases(server.url, "faults", shared._build_schema, shared._load_reference)
    finally:
        server.remove()


@pytest.fixture
def breakable(
    create_app: Callable[..., Flask],
    own_postgresql: tuple[PostgresServer, PostgresqlDatabases],
    tmp_path: Path,
) -> Iterator[tuple[Stage, PostgresServer]]:
    """A whole installation on a PostgreSQL that may be broken."""
    server, makers = own_postgresql
    with ExitStack() as stack:
        url = stack.enter_context(makers.with_reference())
        stage = stack.enter_context(staged(create_app, url, tmp_path, server.socket))
        yield stage, server
        stage.stop()
        if not server.answers():
            server.stop()
            server.start()


@contextmanager
def staged(create_app: Callable[..., Flask], url: str, home: Path, socket: Path | None) -> Iterator[Stage]:
    """Yield a stage on this database: a town, a relay, proxies, and with PostgreSQL a Redis."""
    with ExitStack() as stack:
        redis = None
        if not url.startswith("sqlite"):
            (home / "redis").mkdir()
            redis = RedisServer(home / "redis")
            stack.callback(redis.stop)
        config: Config = replace(settings_for(url, home), port=free_port())
        app = create_app(config)
        stack.callback(close_connections, app)
        town = settle(app)
        let_nobody_undo(app)
        yield stack.enter_context(on_stage(town, config, home / "stage", redis=redis, database=socket))


def let_nobody_undo(app: Flask) -> None:
    """Set that no move may be taken back: its mails leave at once."""
    with app.app_context(), transaction() as session:
        session.add(Setting(key="undo_seconds", value=0, effective_on=SINCE, created_at=datetime.now(UTC)))


def _socket(servers: Servers, url: str) -> Path | None:
    """Return the socket of the servers' PostgreSQL, when the tests started it themselves."""
    _, _, place = (servers.postgresql_url or "").partition("?host=")
    return Path(place) / SOCKET if place.startswith("/") and not url.startswith("sqlite") else None
