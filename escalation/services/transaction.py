"""The one place where a write begins and commits; the lock it takes, and the wake-up it may cause."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy.orm import Session

from escalation.extensions import db

_OPEN = "escalation.transaction_open"
_OWES_MESSAGES = "escalation.owes_messages"


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
        session.connection(execution_options={"begin_immediate": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_OPEN] = False
    if session.info.pop(_OWES_MESSAGES, False):
        current_app.extensions["wake"]()


def owes_messages(session: Session) -> None:
    """Note that this transaction wrote to the outbox, so that a worker is woken once it has committed."""
    session.info[_OWES_MESSAGES] = True
