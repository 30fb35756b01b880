"""How migrations run: on the application's own engine and its models' metadata, all in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.engine import Connection

from escalation.extensions import db
from escalation.models import (
    clock,
    competence,
    doors,
    factors,
    files,
    imports,
    journal,
    notes,
    obstacles,
    offices,
    outbox,
    people,
    places,
    privacy,
    rehearsals,
    settings,
    taxonomy,
    unfinished,
    webhooks,
    wordings,
)

MODELS = (
    clock,
    competence,
    doors,
    factors,
    files,
    imports,
    journal,
    notes,
    obstacles,
    offices,
    outbox,
    people,
    places,
    privacy,
    rehearsals,
    settings,
    taxonomy,
    unfinished,
    webhooks,
    wordings,
)
"""Every module of models: importing them is what makes the metadata whole."""

ONE_AT_A_TIME = 7205_3311_0001
"""The key of PostgreSQL's advisory lock under which migrations run: two machines that upgrade take turns."""


def run_offline() -> None:
    """Write the SQL of the migrations instead of running it."""
    context.configure(
        url=current_app.config["SQLALCHEMY_DATABASE_URI"],
        target_metadata=db.metadata,
        literal_binds=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the migrations on the database of the settings."""
    with db.engine.connect() as connection, _foreign_keys_off(connection):
        connection.execution_options(begin_immediate=True)
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transactional_ddl=True,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            context.run_migrations()
            _check_foreign_keys(connection)


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table that others refer to; the switch has no effect inside a transaction."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    """Refuse to commit what was broken while SQLite looked away."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
        if broken:
            raise RuntimeError(f"the migration would leave rows that refer to nothing: {broken}")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
