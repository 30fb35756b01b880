"""How database connections are prepared: SQLite's pragmas and its BEGIN, PostgreSQL's limits on waiting."""

import logging
from pathlib import Path
from typing import Any

import psycopg
from flask import has_request_context
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listen
from sqlalchemy.exc import SQLAlchemyError

from escalation.extensions import db

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

SQLITE_PRAGMAS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
)

POSTGRESQL_OPTIONS = "-c timezone=UTC -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
REQUEST_STATEMENT_MS = 5_000
"""How long one statement of a person's request may take; work that nobody waits for at a screen may take longer."""
REQUEST_SILENCE_S = 8
"""How long a request waits for a server that says nothing at all, not even that a statement took too long."""
_STATEMENT_MS = "escalation.statement_ms"


def engine_options(url: str) -> dict[str, object]:
    """Return what SQLAlchemy's engine needs for this kind of database; no error of it names what people wrote."""
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 5}}
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "connect_args": {"options": POSTGRESQL_OPTIONS, "connect_timeout": 5},
    }


def prepare_engine(engine: Engine) -> None:
    """Make SQLite begin transactions itself, IMMEDIATE for what will write; let no request wait long for PostgreSQL.

    Left to its driver, SQLite takes the write lock at the first write, and a read that then turns into a
    write fails at once when another writer came between.
    """
    if engine.dialect.name == "sqlite":
        listen(engine, "connect", _on_sqlite_connect)
        listen(engine, "begin", _on_sqlite_begin)
        return
    listen(engine, "do_connect", _connect_with_patience)
    listen(engine, "checkout", _on_postgresql_checkout)


def _on_sqlite_connect(raw: object, _record: object) -> None:
    raw.isolation_level = None  # type: ignore[attr-defined]
    cursor = raw.cursor()  # type: ignore[attr-defined]
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("begins_by_itself"):
        return
    immediate = options.get("begin_immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class _Patience(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no request waits without end, though the server is hung and cannot end the wait itself."""

    def wait(self, gen: Any, *more: Any, **named: Any) -> Any:
        if has_request_context():
            named.setdefault("timeout", REQUEST_SILENCE_S)
        try:
            return super().wait(gen, *more, **named)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                # What the server may still say belongs to a question that nobody asks any more.
                self.pgconn.finish()
            raise


def _connect_with_patience(_dialect: object, _record: object, words: tuple[Any, ...], named: dict[str, Any]) -> object:
    return _Patience.connect(*words, **named)


def _on_postgresql_checkout(raw: Any, record: Any, _proxy: object) -> None:
    """Set the limit of whoever takes the connection: in one process, requests and senders share what there is."""
    wanted = REQUEST_STATEMENT_MS if has_request_context() else 0
    if record.info.get(_STATEMENT_MS, 0) != wanted:
        raw.execute(f"SET statement_timeout = {wanted}")
        raw.commit()
        record.info[_STATEMENT_MS] = wanted


def let_go_of_session(_error: BaseException | None) -> None:
    """End the session of a context; a database that breaks off now must not take back an answer that is made."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        logger.warning("the database broke off when all was read and written (%s)", type(error).__name__)
        db.session.registry.clear()
