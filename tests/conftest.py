"""Fixtures every test may ask for: servers, a database of its own, settings, the app, a mail relay.

The controller of pytest-xdist starts the servers once; its workers are given the addresses.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session, scoped_session

from config import Config
from tests.compiled_once import compile_addresses_once, compile_templates_once
from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.factories import Town, settle
from tests.servers import NoServer, Servers, start_servers
from tests.settings import settings_for
from tests.smtp_sink import SmtpSink
from tests.visitor import Visitor

MIGRATIONS = Path(__file__).parent.parent / "escalation" / "migrations"
SERVERS = pytest.StashKey[Servers]()
SQLITE_ONLY = "ESCALATION_TEST_SQLITE_ONLY=1: only SQLite is tested"

# How long an example takes is the machine's doing, not the code's.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, or take the addresses the controller started."""
    given = getattr(session.config, "workerinput", None)
    if given is not None:
        session.config.stash[SERVERS] = Servers(given["postgresql_url"], given["redis_url"])
    elif not session.config.option.collectonly:
        try:
            session.config.stash[SERVERS] = start_servers()
        except NoServer as reason:
            pytest.exit(str(reason), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker where the servers are."""
    servers = node.config.stash[SERVERS]  # type: ignore[attr-defined]
    node.workerinput.update(postgresql_url=servers.postgresql_url, redis_url=servers.redis_url)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name the servers: a run that met other servers proves other things."""
    return config.stash[SERVERS].lines if SERVERS in config.stash else []


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The running servers of this session."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def create_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Flask]]:
    """`escalation.app.create_app`, looked up when first asked for: a broken page must not stop the domain's tests."""
    with pytest.MonkeyPatch.context() as patch:
        compile_addresses_once(patch)
        yield compile_templates_once(
            pkgutil.resolve_name("escalation.app:create_app"), tmp_path_factory.mktemp("jinja")
        )


@pytest.fixture(scope="session")
def databases(
    servers: Servers, create_app: Callable[..., Flask], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Databases]]:
    """The makers of databases by name: `sqlite` and, unless knowingly left out, `postgresql`."""
    home = tmp_path_factory.mktemp("databases")

    def build_schema(url: str) -> None:
        app = create_app(settings_for(url, home))
        with app.app_context():
            flask_migrate.upgrade(directory=str(MIGRATIONS))
        close_connections(app)

    def load_reference(url: str) -> None:
        app = create_app(settings_for(url, home))
        with app.app_context():
            pkgutil.resolve_name("escalation.services.reference:import_reference")()
        close_connections(app)

    makers: dict[str, Databases] = {"sqlite": SqliteDatabases(home, build_schema, load_reference)}
    if servers.postgresql_url:
        prefix = f"escalation_{worker_id}"
        makers["postgresql"] = PostgresqlDatabases(servers.postgresql_url, prefix, build_schema, load_reference)
    yield makers
    for maker in makers.values():
        maker.drop_template()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest, servers: Servers) -> str:
    """Each test that touches rows runs on both; narrow it with `@pytest.mark.parametrize(..., indirect=True)`."""
    kind: str = request.param
    if kind == "postgresql" and servers.postgresql_url is None:
        pytest.skip(SQLITE_ONLY)
    return kind


@pytest.fixture
def empty_database_url(databases: dict[str, Databases], database_kind: str) -> Iterator[str]:
    """A database without a schema, for tests of migrations."""
    with databases[database_kind].empty() as url:
        yield url


@pytest.fixture
def reference_data() -> None:
    """Ask for this, and the test's database holds the territory and the taxonomy from its start."""


@pytest.fixture
def second_proof() -> None:
    """Ask for this, and everybody proves a second time who they are, as in production."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: dict[str, Databases], database_kind: str) -> Iterator[str]:
    """A database of this test's own, at the newest migration; without rows unless `reference_data` is asked for."""
    maker = databases[database_kind]
    with maker.with_reference() if "reference_data" in request.fixturenames else maker.current() as url:
        yield url


@pytest.fixture
def redis_url(servers: Servers, worker_id: str) -> str:
    """An emptied Redis database of this process's own."""
    if servers.redis_url is None:
        pytest.skip(SQLITE_ONLY)
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    url = f"{servers.redis_url.rsplit('/', 1)[0]}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A relay that keeps every message and answers as told."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def config(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Config:
    """Settings on this test's database; mail goes to `smtp_sink` when the test asks for one, else nowhere."""
    asks = "second_proof" in request.fixturenames
    if "smtp_sink" in request.fixturenames:
        return settings_for(database_url, tmp_path, mail_port=request.getfixturevalue("smtp_sink").port, asks=asks)
    return settings_for(database_url, tmp_path, asks=asks)


@pytest.fixture
def app(create_app: Callable[..., Flask], config: Config) -> Iterator[Flask]:
    """The application on this test's database."""
    app = create_app(config)
    yield app
    close_connections(app)


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A browser that has not signed in, speaking https to the installation's host."""
    return Visitor(app)


@pytest.fixture
def town(app: Flask, reference_data: None) -> Town:
    """One person of each office, in Taounate province and its region, and their like elsewhere."""
    return settle(app)


@pytest.fixture
def db_session(app: Flask) -> Iterator[scoped_session[Session]]:
    """The session, inside an application context that lasts as long as the test."""
    with app.app_context():
        session: scoped_session[Session] = app.extensions["sqlalchemy"].session
        yield session
        session.remove()


def close_connections(app: Flask) -> None:
    """Close every pooled connection, so that a database can be copied or dropped."""
    with app.app_context():
        app.extensions["sqlalchemy"].session.remove()
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
