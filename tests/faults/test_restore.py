"""Row 30: a backup brought back; what had left stays silent, what was on its way leaves, what is lost is known."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from escalation.app import create_app
from escalation.queries.messages.outbox_audit import list_violations
from tests.conftest import close_connections
from tests.databases import Databases
from tests.faults.history import read_history
from tests.faults.oracle import Allowed, judge
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.servers import postgres_binaries


def back_up(stage: Stage, place: Path) -> None:
    """Copy the database as the manual says, while it is in use."""
    url = make_url(stage.app.extensions["config"].database.url)
    if stage.is_embedded:
        with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(place)) as target:
            source.backup(target)
        return
    dump = next(postgres_binaries()).parent / "pg_dump"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([dump, "--format=custom", "--file", place, plain], check=True)


def bring_back(url: str, place: Path) -> None:
    """Fill an empty database from a copy."""
    address = make_url(url)
    if url.startswith("sqlite"):
        Path(str(address.database)).write_bytes(place.read_bytes())
        return
    restore = next(postgres_binaries()).parent / "pg_restore"
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([restore, "--no-owner", "--exit-on-error", "--dbname", plain, place], check=True)


@pytest.mark.whole_matrix
@pytest.mark.fault(30)
def test_row_30_a_backup_brought_back(
    stage: Stage, databases: dict[str, Databases], database_kind: str, tmp_path: Path
) -> None:
    if not stage.is_embedded and not (next(postgres_binaries()).parent / "pg_dump").exists():
        pytest.skip("this PostgreSQL came without pg_dump")
    stage.start()
    clients = stage.clients()
    clients.follow_roads(cases=2, clients=2, steps=1)
    stage.settle()
    # One mail waits when the copy is made, and leaves after it.
    stage.sink.script(Rule("rcpt", "say", "451 4.7.1 Come back later", to="coordinator@"))
    clients.file()
    place = tmp_path / "copy"
    back_up(stage, place)
    stage.sink.script()
    stage.settle()
    clients.follow_roads(cases=1, steps=1)
    stage.settle()
    stage.prove()
    stage.stop()
    before = {kept.message_id for kept in stage.sink.journal()}
    with databases[database_kind].empty() as url:
        bring_back(url, place)
        config = replace(stage.app.extensions["config"], database=replace(stage.config.database, url=url))
        app: Flask = create_app(config)
        stage.town = replace(stage.town, app=app)
        stage.config = replace(stage.config, database=config.database)
        stage.start()
        stage.let_leases_run_out()
        stage.settle()
        again = [kept.message_id for kept in stage.sink.journal()][len(before) :]
        assert len(again) <= 3, "what had left at the time of the copy was sent again"
        assert set(again) <= before, "what is sent again is known by its name"
        with app.app_context():
            assert list_violations(datetime.now(UTC)) == []
        # Held against what people were told and what has left, the gap is seen.
        sent, kept = stage.log.read(), stage.sink.journal()
        faults = judge(read_history(app, sent, kept, datetime.now(UTC)), Allowed(crashes=3)).faults
        assert any("answered with success and is not stored" in fault for fault in faults)
        assert any("belongs to nothing that is stored" in fault for fault in faults)
        stage.stop()
        close_connections(app)
