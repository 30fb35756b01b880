"""The program killed while it brings in a table: what was checked stays, what was not made is made once, later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import Config
from escalation.extensions import db
from escalation.models.imports import BacklogImport, ImportStatus
from escalation.models.obstacles import Obstacle
from escalation.services.backlog.imports import accept_import, receive_table
from escalation.services.backlog.tables import Line, Table
from escalation.services.case.transitions import By
from tests.factories import REGION, Town, actor_of
from tests.processes import EMBEDDED, running, was_killed
from tests.servers import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def status(app: Flask) -> tuple[ImportStatus, int, int]:
    """Return where the import is, how many lines are checked, and how many drafts there are."""
    with app.app_context():
        row = db.session.scalars(select(BacklogImport)).one()
        return row.status, row.checked, db.session.scalar(select(func.count()).select_from(Obstacle)) or 0


def test_an_import_goes_on_after_a_kill_at_each_of_its_steps(town: Town, config: Config) -> None:
    app, embedded = town.app, replace(config, port=free_port())
    lines = [Line(number, {"commune": "بوهودة", "project_name": f"مسلك {number}"}) for number in range(2, 252)]
    with app.app_context():
        by = By(actor=actor_of(app, town.staff), now=datetime.now(UTC))
        import_id = receive_table(Table(lines, []), "backlog.csv", REGION, by)
    with running(EMBEDDED, embedded, fail_at="between_import_steps") as process:
        assert was_killed(process)
    assert status(app) == (ImportStatus.CHECKING, 200, 0)
    with running(EMBEDDED, embedded):
        wait_until(lambda: status(app)[0] is ImportStatus.READY)
    with app.app_context():
        accept_import(import_id, by)
    with running(EMBEDDED, embedded, fail_at="before_import_commit") as process:
        assert was_killed(process)
    assert status(app) == (ImportStatus.ACCEPTED, 250, 0)
    with running(EMBEDDED, embedded):
        wait_until(lambda: status(app)[0] is ImportStatus.DONE)
    assert status(app) == (ImportStatus.DONE, 250, 250)
