"""Row 25: a full disk under files, rows and the log of writes; pages are read, nothing is half there, and it heals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.faults.conftest import staged
from tests.faults.postgres_server import PostgresServer
from tests.faults.stage import Stage
from tests.servers import Servers
from tests.waiting import wait_until

SIZE_MB = 200


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Mount a small disk in memory, where the machine allows that."""
    place.mkdir(parents=True)
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("only root on Linux may mount a small disk (tmpfs)")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", place], capture_output=True)
    if made.returncode:
        pytest.skip(f"no small disk (tmpfs) can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte on a disk; return what to remove for room."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 65_536)
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")
    return filler


@pytest.fixture
def on_small_disk(
    create_app: Callable[..., Flask],
    databases: dict[str, Databases],
    database_kind: str,
    servers: Servers,
    tmp_path: Path,
) -> Iterator[tuple[Stage, Path]]:
    """A stage whose rows are on a small disk of their own."""
    with ExitStack() as stack:
        # The path of a socket may have about 100 characters.
        disk = stack.enter_context(small_disk(Path(f"/tmp/escalation-disk-{os.getpid()}")))
        stack.callback(shutil.rmtree, disk, ignore_errors=True)
        if database_kind == "sqlite":
            shared = databases["sqlite"]
            assert isinstance(shared, SqliteDatabases)
            makers: Databases = SqliteDatabases(disk, shared._build_schema, shared._load_reference)
            socket = None
        else:
            server = PostgresServer(disk)
            stack.callback(server.remove)
            shared_too = databases["postgresql"]
            assert isinstance(shared_too, PostgresqlDatabases)
            makers = PostgresqlDatabases(server.url, "full", shared_too._build_schema, shared_too._load_reference)
            socket = server.socket
        url = stack.enter_context(makers.with_reference())
        stage = stack.enter_context(staged(create_app, url, tmp_path, socket))
        yield stage, disk
        stage.stop()


@pytest.mark.whole_matrix
@pytest.mark.fault(25)
def test_row_25_the_disk_of_the_rows_is_full_and_then_has_room_again(on_small_disk: tuple[Stage, Path]) -> None:
    stage, disk = on_small_disk
    stage.start()
    case = stage.clients().file()
    stage.settle()
    reader, clients = stage.browser("reviewer"), stage.clients(patience_s=3)
    fields = clients.form(reader, f"/obstacles/{case}/claim")
    filler = fill(disk)
    statuses = []
    # SQLite and PostgreSQL have some room of their own to write into: it is used up by and by.
    for _ in range(40):
        answer = reader.ask("POST", f"/obstacles/{case}/claim", fields | {"idempotency_key": ""})
        statuses.append(answer.status)
        if answer.status in (500, 503):
            break
    assert reader.ask("GET", "/healthz/live").status == 200
    filler.unlink()
    wait_until(lambda: reader.ask("GET", f"/obstacles/{case}").status == 200, 60)
    stage.clients().follow_roads(cases=1)
    stage.settle()
    history_is_whole(stage)
    assert set(statuses) & {303, 409, 500, 503}


def history_is_whole(stage: Stage) -> None:
    """Judge all but the form that was sent past the log of the clients."""
    verdict = stage.judge()
    assert not [fault for fault in verdict.faults if not fault.startswith("(a) one moment")], str(verdict)
