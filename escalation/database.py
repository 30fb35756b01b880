"""How database connections are prepared: SQLite's pragmas and its BEGIN, PostgreSQL's limits on waiting."""

import logging
from pathlib import Path

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
    """Make SQLite begin transactions itself: plainly for reads, IMMEDIATE for what will write.

    Left to its driver, SQLite takes the write lock at the first write, and a read that then turns into a
    write fails at once when another writer came between.
    """
    if engine.dialect.name == "sqlite":
        listen(engine, "connect", _on_sqlite_connect)
        listen(engine, "begin", _on_sqlite_begin)


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


def let_go_of_session(_error: BaseException | None) -> None:
    """End the session of a context; a database that breaks off now must not take back an answer that is made."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        logger.warning("the database broke off when all was read and written (%s)", type(error).__name__)
        db.session.registry.clear()
