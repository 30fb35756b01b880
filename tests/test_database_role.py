"""The program serves under a role that may do what its manual says and no more: the database refuses the rest."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import func, select, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from config import Config
from escalation.app import create_app
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OutboxMessage
from escalation.services.case import moves
from escalation.services.journal import seal_journal
from escalation.services.messages.claims import claim_due
from tests.conftest import close_connections
from tests.factories import Town, file_obstacle, move, settle
from tests.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE ON journal_events FROM {role}",
    "REVOKE DELETE ON journal_seals FROM {role}",
)
"""What docs/operations.md asks for."""
FORBIDDEN = (
    "CREATE TABLE more (id int)",
    "ALTER TABLE people ADD COLUMN more int",
    "DROP TABLE sessions",
    "ALTER TABLE journal_events DISABLE TRIGGER ALL",
    "UPDATE journal_events SET seq = seq",
    "DELETE FROM journal_events",
    "DELETE FROM journal_seals",
    "TRUNCATE journal_events",
)


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """A role of the lesser rights, in the database of this test."""
    address = database_url.replace("+psycopg", "", 1)
    name = f"serves_{address.rpartition('/')[2].partition('?')[0]}"
    known = sql.Identifier(name)
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(known))
        try:
            owner.execute(sql.SQL("CREATE ROLE {}").format(known))
        except psycopg.errors.InsufficientPrivilege:
            pytest.skip("the user of this server may create no role")
        for grant in GRANTS:
            owner.execute(sql.SQL(grant).format(role=known))
        yield name
        owner.execute(sql.SQL("DROP OWNED BY {}").format(known))
        owner.execute(sql.SQL("DROP ROLE {}").format(known))


@pytest.fixture
def served(config: Config, role: str) -> Iterator[Flask]:
    """The application as that role."""

    def become(raw: psycopg.Connection[object], _record: object) -> None:
        raw.autocommit = True
        raw.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        raw.autocommit = False

    app = create_app(config)
    with app.app_context():
        listen(db.engine, "connect", become)
    yield app
    close_connections(app)


def test_it_serves_under_the_role_that_the_manual_asks_for(reference_data: None, served: Flask, role: str) -> None:
    town: Town = settle(served)
    assert Visitor(served).submit("/sign-in", _wrong()).status_code == 422
    case = file_obstacle(served, town.president)
    move(served, moves.claim, case, town.reviewer)
    with served.app_context():
        assert db.session.scalar(text("SELECT current_user")) == role
        assert db.session.scalar(select(func.count()).select_from(JournalEvent)) == 2
        assert db.session.scalar(select(func.count()).select_from(OutboxMessage))
        assert seal_journal(datetime.now(UTC)) == 1
        assert claim_due(50)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_that_role_may_change_neither_tables_nor_the_journal(served: Flask, statement: str) -> None:
    with served.app_context(), pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        db.session.execute(text(statement))


def _wrong() -> dict[str, str]:
    return {"email": "nobody@example.test", "password": "not the right one"}
