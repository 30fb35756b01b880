"""`python -m benchmarks`: fill the databases, serve both applications, measure in turn, print the ratios.

`make bench` adds `--write`, which brings the tables of the README and of `docs/performance.md` up to date.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.drain import Delays, Rates
from benchmarks.drain import measure as measure_mail
from benchmarks.figures import FIGURES, Pair, measure
from benchmarks.serve import standing
from benchmarks.tables import delayed, drained, growth, ratios, summary, write_between
from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.processes import ROOT
from tests.servers import Servers, start_servers

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Found = dict[tuple[str, str], dict[int, Pair]]


def main() -> None:
    """Measure everything that is asked for."""
    asked, started = _read_arguments(), time.monotonic()
    load = os.getloadavg()[0]
    servers = start_servers(durable=True)
    try:
        found = {} if asked.mail_only else _measure_all(asked, servers)
        mail = _measure_mail(asked, servers)
    finally:
        servers.stop()
    head = _circumstances(asked, servers, load, time.monotonic() - started)
    pages = [ratios(found), growth(found)] if found else []
    text = "\n\n".join([head, *pages, *([drained(mail), delayed(mail)] if mail else [])])
    print(f"\n{text}")
    if asked.write and not asked.quick and found:
        write_between(ROOT / "docs" / "performance.md", text)
        write_between(ROOT / "README.md", summary(found))


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look in two minutes: few rounds, small databases")
    parser.add_argument("--write", action="store_true", help="bring the tables of the pages up to date")
    parser.add_argument("--databases", nargs="+", choices=KINDS, help="all that can be found, if none is named")
    parser.add_argument("--sizes", nargs=2, type=int, help="how many obstacles, less and more")
    parser.add_argument("--rounds", type=int, help="how many times each side has its turn")
    parser.add_argument("--each", type=int, help="how many requests are timed in a turn")
    parser.add_argument("--mail-only", action="store_true", help="the outbox alone; nothing is written into the pages")
    asked = parser.parse_args()
    asked.sizes = asked.sizes or ([1_000, 5_000] if asked.quick else [1_000, 100_000])
    asked.rounds = asked.rounds or (3 if asked.quick else 15)
    asked.each = asked.each or (10 if asked.quick else 20)
    return asked


def _measure_all(asked: argparse.Namespace, servers: Servers) -> Found:
    found: Found = {}
    for kind in asked.databases or [kind for kind in KINDS if kind == "sqlite" or servers.postgresql_url]:
        with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
            databases = _databases(kind, Path(home), servers)
            stands = {}
            for size in asked.sizes:
                _say(f"{KINDS[kind]}: filling a database with {size:,} obstacles")
                stands[size] = stack.enter_context(standing(databases, Path(home), size, servers.redis_url))
            for figure in FIGURES:
                _say(f"{KINDS[kind]}: {figure.TITLE}")
                found[figure.TITLE, KINDS[kind]] = measure(figure, stands, asked.rounds, asked.each)
    return found


def _measure_mail(asked: argparse.Namespace, servers: Servers) -> dict[str, tuple[dict[str, Rates], Delays]]:
    found: dict[str, tuple[dict[str, Rates], Delays]] = {}
    if servers.redis_url is None:
        _say("not measured: there is no Redis here, through which workers are woken")
        return found
    rounds, each = (2, 2_000) if asked.quick else (7, 8_000)
    for kind in asked.databases or [kind for kind in KINDS if kind == "sqlite" or servers.postgresql_url]:
        _say(f"{KINDS[kind]}: the outbox drained")
        with tempfile.TemporaryDirectory() as home, _databases(kind, Path(home), servers).empty() as url:
            found[KINDS[kind]] = measure_mail(url, Path(home), servers.redis_url, rounds, each)
    return found


def _databases(kind: str, home: Path, servers: Servers) -> Databases:
    if kind == "sqlite":
        return SqliteDatabases(home, _leave_empty, _leave_empty)
    if servers.postgresql_url is None:
        sys.exit("There is no PostgreSQL here: name other databases.")
    return PostgresqlDatabases(servers.postgresql_url, f"bench_{os.getpid()}", _leave_empty, _leave_empty)


def _circumstances(asked: argparse.Namespace, servers: Servers, load: float, took_s: float) -> str:
    rounds = f"{asked.rounds} rounds of {asked.each} requests a side, in turn; {took_s / 60:.0f} minutes"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {load:.1f} before the run"
    lines = [f"{datetime.now(UTC).date()}", machine, f"Python {platform.python_version()}", *servers.lines, rounds]
    return ". ".join(lines) + "."


def _leave_empty(_url: str) -> None:
    """Stand for a template: each database is filled by itself."""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
