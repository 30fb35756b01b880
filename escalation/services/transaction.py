"""The one place where a write begins and commits; the lock it takes, and the wake-up it may cause."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from flask import current_app
from sqlalchemy.orm import Session

from escalation.extensions import db
from escalation.failpoints import reach

_OPEN = "escalation.transaction_open"
_OWES_MESSAGES = "escalation.owes_messages"
_SQLITE_WRITERS = Lock()
_TURN_WITHIN_S = 30


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
        with _turn_to_write(session):
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
def _turn_to_write(session: Session) -> Iterator[None]:
    """Let the threads of this process write to SQLite one after the other.

    SQLite has one writer, and those who wait for it poll: under load one of them may never find it free.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    has_turn = _SQLITE_WRITERS.acquire(timeout=_TURN_WITHIN_S)
    try:
        yield
    finally:
        if has_turn:
            _SQLITE_WRITERS.release()


def owes_messages(session: Session) -> None:
    """Note that this transaction wrote to the outbox, so that a worker is woken once it has committed."""
    session.info[_OWES_MESSAGES] = True
