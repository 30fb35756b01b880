"""The one place where a write begins and commits; the lock it takes, and the wake-up it may cause."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from flask import current_app, g
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import Session

from escalation.extensions import db
from escalation.failpoints import reach

_OPEN = "escalation.transaction_open"
_OWES_MESSAGES = "escalation.owes_messages"
_SQLITE_WRITERS = Lock()
_TURN_WITHIN_S = 30
_KEPT = "escalation.kept_writer"


class NestedTransaction(RuntimeError):
    """A use case was called inside another: each is one transaction, so neither may hold the other."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a block as one write transaction: commit once at its end, or leave nothing behind.

    Any read transaction of the request is ended first, and on SQLite the write lock is taken from the
    start, so that what is read inside cannot change before it is written.
    Raises: NestedTransaction.
    """
    session = db.session()
    if session.info.get(_OPEN):
        raise NestedTransaction("a service was called inside another service's transaction")
    session.rollback()
    session.info[_OPEN] = True
    session.info.pop(_OWES_MESSAGES, None)
    try:
        with _turn_to_write(session.get_bind().dialect.name):
            yield from _write(session)
    finally:
        session.info[_OPEN] = False
    if session.info.pop(_OWES_MESSAGES, False):
        current_app.extensions["wake"]()


def _write(session: Session) -> Iterator[Session]:
    try:
        session.connection(execution_options={"begin_immediate": True})
        yield session
        if session.info.get(_OWES_MESSAGES):
            reach("before_commit")
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def _turn_to_write(kind: str) -> Iterator[None]:
    """Let the threads of this process write to SQLite one after the other.

    SQLite has one writer, and those who wait for it poll: under load one of them may never find it free.
    """
    if kind != "sqlite":
        yield
        return
    has_turn = _SQLITE_WRITERS.acquire(timeout=_TURN_WITHIN_S)
    try:
        yield
    finally:
        if has_turn:
            _SQLITE_WRITERS.release()


class KeptWriter:
    """A connection for writes of one statement each, which many short transactions in a row would cost much more."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def write(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Run the statement as a transaction of its own, and return its rows when they are durable."""
        kind = db.engine.dialect.name
        if self._connection is None:
            by_itself = {"begins_by_itself": True} if kind == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
            self._connection = db.engine.connect().execution_options(**by_itself)
        try:
            with _turn_to_write(kind):
                return self._connection.execute(statement, given).all()
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Give the connection back; the next write takes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def kept_writer() -> Iterator[KeptWriter]:
    """Let this context write single statements through one connection, which is the caller's to let go when idle."""
    writer = KeptWriter()
    setattr(g, _KEPT, writer)
    try:
        yield writer
    finally:
        g.pop(_KEPT)
        writer.let_go()


def write_at_once(statement: Executable, given: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Run one statement as a write transaction, and return its rows."""
    kept: KeptWriter | None = g.get(_KEPT)
    if kept is not None:
        return kept.write(statement, given)
    with transaction() as session:
        return session.connection().execute(statement, given).all()


def owes_messages(session: Session) -> None:
    """Note that this transaction wrote to the outbox, so that a worker is woken once it has committed."""
    session.info[_OWES_MESSAGES] = True


def insert_or(session: Session, model: type[Any]) -> Any:
    """Return an insert, in the words of this database, to which one adds what is done when the row is already there."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(model)
