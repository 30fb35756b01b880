"""Counting the statements a block sends to the database, to show that a page does not grow with its rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.event import listen, remove


def engine_of(app: Flask) -> Engine:
    """Return the engine an application uses."""
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
        return engine


@contextmanager
def counting_queries(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that fills with the statements sent while the block runs."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        remove(engine, "before_cursor_execute", note)
