"""The migrations make the schema the models describe, and can be taken back, on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, scoped_session

from tests.conftest import MIGRATIONS, close_connections
from tests.settings import settings_for


@pytest.fixture
def empty_app(create_app: Callable[..., Flask], empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a schema."""
    app = create_app(settings_for(empty_database_url, tmp_path))
    yield app
    close_connections(app)


def alembic_config(app: Flask) -> alembic.config.Config:
    """Return Alembic's settings as the application gives them."""
    made: alembic.config.Config = app.extensions["migrate"].migrate.get_config(str(MIGRATIONS))
    return made


def tables(app: Flask) -> set[str]:
    """Return the names of the tables, Alembic's own aside."""
    engine = app.extensions["sqlalchemy"].engine
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


# SQLite does not tell of indexes on expressions; tests/queries/test_plans.py shows that they are there and used.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_newest_migration_is_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        alembic.command.check(alembic_config(app))


def checks(app: Flask) -> dict[str, set[str]]:
    """Return the names of the CHECKs that the live schema has, by table."""
    found = inspect(app.extensions["sqlalchemy"].engine)
    return {name: {str(check["name"]) for check in found.get_check_constraints(name)} for name in tables(app)}


def test_the_models_checks_are_all_there(app: Flask, empty_app: Flask) -> None:
    with empty_app.app_context():
        empty_app.extensions["sqlalchemy"].create_all()
        wanted = checks(empty_app)
    with app.app_context():
        assert checks(app) == wanted
    assert "ck_obstacles_status" in wanted["obstacles"]


def test_what_is_up_to_date_stays_as_it_is(app: Flask) -> None:
    with app.app_context():
        before = tables(app)
        alembic.command.upgrade(alembic_config(app), "head")
        assert tables(app) == before


def test_a_code_outside_its_list_is_refused(db_session: scoped_session[Session]) -> None:
    statement = text(
        "INSERT INTO people (email, name_ar, name_fr, language, password_hash, created_at)"
        " VALUES ('a@example.test', 'أ', 'A', :language, '', '2026-01-01 00:00:00')"
    )
    db_session.execute(statement, {"language": "ar"})
    with pytest.raises(DatabaseError):
        db_session.execute(statement, {"language": "de"})
    db_session.rollback()


def test_up_down_and_up_again(empty_app: Flask) -> None:
    with empty_app.app_context():
        config = alembic_config(empty_app)
        alembic.command.upgrade(config, "head")
        made = tables(empty_app)
        alembic.command.downgrade(config, "base")
        assert tables(empty_app) == set()
        alembic.command.upgrade(config, "head")
        assert tables(empty_app) == made


def test_there_is_one_head_and_names_are_numbered() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1, "Two migrations follow the same one: renumber the newer."
    names = [Path(script.path).stem for script in scripts.walk_revisions()]
    assert all(name[:4].isdigit() and name[4] == "_" for name in names), f"Name migrations NNNN_slug: {names}"


JOURNAL_ROWS = {
    "journal_events": (
        "INSERT {verb} INTO journal_events (id, obstacle_id, seq, event, occurred_at, canonical, previous_hash, hash)"
        " VALUES ({id}, 1, {seq}, 'obstacle_filed', '2026-01-01 00:00:00', '{{}}', '0', '1')"
    ),
    "journal_seals": (
        "INSERT {verb} INTO journal_seals (id, seq, sealed_at, canonical, previous_hash, hash)"
        " VALUES ({id}, {seq}, '2026-01-01 00:00:00', '{{}}', '0', '1')"
    ),
}


def journal_connection(app: Flask) -> Connection:
    """Return a connection that may write a journal row without the rows it refers to, as a hostile one would."""
    connection: Connection = app.extensions["sqlalchemy"].engine.connect()
    raw = connection.connection.driver_connection
    assert raw is not None
    if connection.dialect.name == "sqlite":
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("PRAGMA recursive_triggers=OFF")
    else:
        raw.execute("SET session_replication_role = replica")
        raw.commit()
    return connection


@pytest.mark.parametrize("table", JOURNAL_ROWS)
def test_the_database_refuses_to_change_the_journal(app: Flask, database_kind: str, table: str) -> None:
    insert = JOURNAL_ROWS[table]
    attempts = [f"UPDATE {table} SET hash = 'x'", f"UPDATE {table} SET hash = hash", f"DELETE FROM {table}"]
    if database_kind == "sqlite":
        attempts += [insert.format(verb="OR REPLACE", id=id_, seq=seq) for id_, seq in ((1, 1), (1, 9), (9, 1))]
        attempts += [insert.format(verb="OR IGNORE", id=1, seq=1), f"UPDATE OR REPLACE {table} SET seq = 9"]
    else:
        clash = insert.format(verb="", id=1, seq=1) + " ON CONFLICT (id) DO UPDATE SET hash = 'x'"
        attempts += [clash, f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"]
    with app.app_context(), journal_connection(app) as connection:
        connection.execute(text(insert.format(verb="", id=1, seq=1)))
        connection.commit()
        for attempt in attempts:
            with pytest.raises(DatabaseError, match="the journal is never"):
                connection.execute(text(attempt))
            connection.rollback()
        connection.execute(text(insert.format(verb="", id=2, seq=2)))
        connection.commit()
        left = connection.execute(text(f"SELECT id, seq, hash FROM {table} ORDER BY id")).all()
    assert left == [(1, 1, "1"), (2, 2, "1")]
