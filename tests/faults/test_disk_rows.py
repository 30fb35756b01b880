"""Row 25: a full disk under files, rows and the log of writes; pages are read, nothing is half there, and it heals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.faults.conftest import staged
from tests.faults.load import FILING, Browser, OutOfTime
from tests.faults.postgres_server import PostgresServer
from tests.faults.stage import Stage
from tests.servers import Servers

SIZE_MB = 200
OnSmallDisk = tuple[Stage, Path, PostgresServer | None]


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a small disk in memory, where the machine allows that."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("only root on Linux may mount a small disk (tmpfs)")
    # The path of a socket may have about 100 characters.
    place = Path(tempfile.mkdtemp(prefix="escalation-disk-", dir="/tmp"))
    made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", place], capture_output=True)
    if made.returncode:
        place.rmdir()
        pytest.skip(f"no small disk (tmpfs) can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


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


def begin_again(server: PostgresServer | None) -> None:
    """Start a server that could not go on, as its supervisor does."""
    if server is not None and not server.answers():
        server.stop()
        server.start()


@pytest.fixture
def on_small_disk(
    create_app: Callable[..., Flask],
    databases: dict[str, Databases],
    database_kind: str,
    servers: Servers,
    tmp_path: Path,
) -> Iterator[OnSmallDisk]:
    """A stage whose rows are on a small disk of their own."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk())
        if database_kind == "sqlite":
            shared = databases["sqlite"]
            assert isinstance(shared, SqliteDatabases)
            makers: Databases = SqliteDatabases(disk, shared._build_schema, shared._load_reference)
            server, socket = None, None
        else:
            server = PostgresServer(disk)
            stack.callback(server.remove)
            shared_too = databases["postgresql"]
            assert isinstance(shared_too, PostgresqlDatabases)
            makers = PostgresqlDatabases(server.url, "full", shared_too._build_schema, shared_too._load_reference)
            socket = server.socket
        url = stack.enter_context(makers.with_reference())
        stage = stack.enter_context(staged(create_app, url, tmp_path, socket))
        yield stage, disk, server
        stage.stop()
        (disk / "filler").unlink(missing_ok=True)
        begin_again(server)


@pytest.mark.whole_matrix
@pytest.mark.fault(25)
def test_row_25_the_disk_of_the_rows_is_full_and_then_has_room_again(on_small_disk: OnSmallDisk) -> None:
    stage, disk, server = on_small_disk
    stage.start()
    case = stage.clients().file()
    stage.settle()
    reader, filer, clients = stage.browser("reviewer"), stage.browser("president"), stage.clients(patience_s=0)
    form = clients.form(filer, "/obstacles/new") | FILING
    filler = fill(disk)
    assert reader.ask("GET", f"/obstacles/{case}").status == 200, "a page is read while the disk is full"
    if server is not None:
        use_up_the_log(server)
    with pytest.raises(OutOfTime):
        clients.send(filer, "file", "", "/obstacles/new", form)
    assert stage.log.read()[-1].status == 503
    assert Browser(stage.config.port, "", {}).ask("GET", "/healthz/live").status == 200
    filler.unlink()
    begin_again(server)
    assert stage.clients().send(filer, "file", "", "/obstacles/new", form).status == 303
    stage.clients().follow_roads(cases=1)
    stage.settle()
    stage.prove()


def use_up_the_log(server: PostgresServer) -> None:
    """Write into the log of writes until no room is left in it either: the server can't go on, and says so."""
    with suppress(psycopg.OperationalError), psycopg.connect(server.url, autocommit=True) as writer:
        for _ in range(64):
            writer.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))")
