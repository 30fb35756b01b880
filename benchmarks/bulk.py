"""Writing many rows at once: by COPY where the database has it, by one prepared statement where it does not."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

Cells = dict[str, Any]
Encode = Callable[[Any], Any]


def write_rows(connection: Connection, table: Table, rows: Sequence[Cells]) -> None:
    """Add complete rows to a table, in the transaction of this connection."""
    if not rows:
        return
    names = list(rows[0])
    encoders = [_encoder(connection, table, name) for name in names]
    values = ([encode(cell) for encode, cell in zip(encoders, row.values(), strict=True)] for row in rows)
    # The driver's own cursor, inside SQLAlchemy's transaction.
    cursor: Any = connection.connection.cursor()
    columns = ", ".join(names)
    if connection.dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(names))})", values)
        return
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def last_id(connection: Connection, table: Table) -> int:
    """Return the greatest id of a table; 0 when it is empty."""
    found: int | None = connection.scalar(select(func.max(table.c.id)))
    return found or 0


def continue_ids(connection: Connection, table: Table) -> None:
    """Let the next row that is added without an id follow those that were added with one."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
            {"name": table.name, "last": last_id(connection, table)},
        )


def _encoder(connection: Connection, table: Table, name: str) -> Encode:
    """Return how a column's type gives its values to the driver."""
    dialect = connection.dialect
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
