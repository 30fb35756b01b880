"""The live schema, not only the migration's text, refuses to change the journal."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, text

TABLES = ("journal_events", "journal_seals")
SQLITE_TRIGGER = re.compile(r"\b(INSERT|UPDATE|DELETE)\b[^;]*?\bON\b", re.IGNORECASE)
# Bits of pg_trigger.tgtype. Source: PostgreSQL's catalog header for pg_trigger.
POSTGRESQL_BITS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def guarded_verbs(engine: Engine, table: str) -> set[str]:
    """Return the verbs for which the live table has an enabled trigger."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            query = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
            found = [SQLITE_TRIGGER.search(sql) for (sql,) in connection.execute(query, {"table": table})]
            return {match.group(1).upper() for match in found if match}
        query = text(
            "SELECT tgtype FROM pg_trigger"
            " WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal AND tgenabled <> 'D'"
        )
        types = [kind for (kind,) in connection.execute(query, {"table": table})]
        return {verb for verb, bit in POSTGRESQL_BITS.items() if any(kind & bit for kind in types)}


@pytest.mark.parametrize("table", TABLES)
def test_the_journal_refuses_to_change(app: Flask, database_kind: str, table: str) -> None:
    with app.app_context():
        guarded = guarded_verbs(app.extensions["sqlalchemy"].engine, table)
    # SQLite's INSERT OR REPLACE deletes without asking, and has no TRUNCATE.
    wanted = {"UPDATE", "DELETE", "INSERT"} if database_kind == "sqlite" else {"UPDATE", "DELETE", "TRUNCATE"}
    assert guarded >= wanted, f"Add the missing triggers on {table} in a new migration: {sorted(wanted - guarded)}"
