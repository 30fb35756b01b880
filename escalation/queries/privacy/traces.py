"""Where in the whole database some words stand: every column that holds text, of every table."""

from collections.abc import Collection

from sqlalchemy import JSON, ColumnElement, String, Table, Text, cast, func, or_, select

from escalation.extensions import db
from escalation.models.base import Base


def find_traces(words: Collection[str]) -> dict[str, int]:
    """Return in how many rows of which column some of these words stand, by ``table.column``; it reads everything."""
    wanted = [word for word in words if word]
    return {
        f"{table.name}.{column.name}": count
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON) and (count := _count(table, column, wanted))
    }


def _count(table: Table, column: ColumnElement[object], words: Collection[str]) -> int:
    text = cast(column, Text)
    small = func.lower(text)
    forms: list[tuple[ColumnElement[str], str]] = [(text, form) for word in words for form in _forms(word)]
    forms += [(small, form) for word in words for form in _forms(word.lower())]
    holds = or_(*(where.contains(form, autoescape=True) for where, form in forms))
    return db.session.scalar(select(func.count()).select_from(table).where(holds)) or 0


def _forms(word: str) -> set[str]:
    """Return a word as text holds it, and as SQLite keeps it in JSON, where letters beyond ASCII are numbers."""
    return {word, "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in word)}
