"""Counting the statements a block sends to the database, to show that a page does not grow with its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.event import listen, remove


def engine_of(app: Flask) -> Engine:
    """Return the engine an application uses."""
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
        return engine


Sent = list[tuple[str, Any]]
"""Statements, each with its parameters."""


@contextmanager
def counting_queries(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that fills with the statements sent while the block runs."""
    statements: list[str] = []

    def note(statement: str, _parameters: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with _listening(engine, note):
        yield statements


@contextmanager
def watching(engine: Engine, table: str) -> Iterator[Sent]:
    """Yield a list that fills with what the block asks of a table."""
    sent: Sent = []

    def note(statement: str, parameters: object) -> None:
        if table in statement:
            sent.append((statement, parameters))

    with _listening(engine, note):
        yield sent


@contextmanager
def _listening(engine: Engine, tell: Callable[[str, object], None]) -> Iterator[None]:
    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        tell(statement, parameters)

    listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        remove(engine, "before_cursor_execute", note)
