"""A PostgreSQL of a test's own, which may be stopped, killed, hung and filled up without disturbing other tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.servers import (
    _die_with_parent,
    _reachable,
    _unprivileged_account,
    postgres_binaries,
)
from tests.waiting import wait_until

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
SOCKET = ".s.PGSQL.5432"


class PostgresServer:
    """One cluster, durable as in production; it keeps its address and its rows when started again."""

    def __init__(self, home: Path | None = None) -> None:
        binary = next(postgres_binaries(), None)
        if binary is None:
            pytest.skip("no PostgreSQL program on this machine")
        # A socket's path may have about 100 characters.
        self.home = home or Path(tempfile.mkdtemp(prefix="escalation-", dir="/tmp"))
        self.url = f"postgresql://postgres@/postgres?host={self.home}"
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = _unprivileged_account()
            self._identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            binary = _reachable(binary, self.home)
            os.chown(self.home, account.pw_uid, account.pw_gid)
        self.binary = binary
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        self._places: dict[str, Any] = {"cwd": self.home, "env": environ | {"HOME": str(self.home), "LC_ALL": "C"}}
        words: list[str | Path] = [
            binary.parent / "initdb",
            "-N",
            "-D",
            self.home / "pg",
            "-U",
            "postgres",
            "-A",
            "trust",
        ]
        subprocess.run(
            [*words, "-E", "UTF8", "--locale=C"], check=True, capture_output=True, **self._places, **self._identity
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def socket(self) -> Path:
        """Return where it listens."""
        return self.home / SOCKET

    @property
    def pid(self) -> int:
        """Return the number of its first process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Answer, once whatever a crash left behind is recovered."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.home),
            "max_connections": "60",
            "shared_buffers": "32MB",
            "max_wal_size": "64MB",
            "min_wal_size": "32MB",
            "wal_recycle": "off",
        }
        words = [
            str(self.binary),
            "-D",
            str(self.home / "pg"),
            *(f"--{name}={value}" for name, value in options.items()),
        ]
        with (self.home / "postgres.log").open("a") as log:
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, preexec_fn=_die_with_parent(FAST), **self._places, **self._identity
            )
        wait_until(self.answers)

    def stop(self, how: signal.Signals = FAST) -> None:
        """End it: fast and orderly, immediate, or by a kill, after which its children find out by themselves."""
        process, self._process = self._process, None
        if process is None:
            return
        children = _children_of(process.pid)
        process.send_signal(how)
        process.wait(60)
        # A killed postmaster leaves children that hold shared memory until they notice; a new one waits for them.
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))

    def answers(self) -> bool:
        """Say whether it takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def backends(self) -> list[int]:
        """Return the processes that serve connections now."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return [int(row[0]) for row in found]

    def remove(self) -> None:
        """Leave nothing behind."""
        self.stop(IMMEDIATE)
        shutil.rmtree(self.home, ignore_errors=True)


def _children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
