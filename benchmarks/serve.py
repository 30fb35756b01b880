"""Both applications as they are served: gunicorn with two synchronous workers each, on free ports of loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import corpus
from benchmarks.clients import HOST, Browser
from benchmarks.ref_rows import Rows
from escalation.demo.residents import PASSWORD
from tests.databases import Databases
from tests.processes import ROOT, environment_of
from tests.servers import free_port
from tests.settings import settings_for

SERVER = ("--workers", "2", "--worker-class", "sync", "--log-level", "warning")
START_TIMEOUT_S = 30


@dataclass(frozen=True)
class Stand:
    """Our application and the yardstick side by side, each on its own database with the same cases."""

    ours: int
    """The port of our application."""
    ref: int
    """The port of the yardstick."""
    url: str
    """Our database."""

    def signed_in(self, name: str) -> Browser:
        """Return the browser of one of the demonstration's people, signed in with their pass-phrase."""
        browser = Browser(self.ours)
        fields = browser.hidden_fields("/sign-in") | {"email": f"{name}@demo.test", "password": PASSWORD}
        browser.post("/sign-in", fields).send()
        return browser

    def at_ref(self) -> Browser:
        """Return a browser that the yardstick knows."""
        browser = Browser(self.ref)
        browser.post("/sign-in", {"who": "member"}).send()
        return browser


@contextmanager
def standing(databases: Databases, home: Path, size: int, redis_url: str | None) -> Iterator[Stand]:
    """Fill two new databases with this many cases, and serve both applications on them."""
    with ExitStack() as stack:
        ours_url, ref_url = (stack.enter_context(databases.empty()) for _ in ("ours", "ref"))
        corpus.fill(ours_url, home, size)
        rows = Rows(ref_url)
        rows.fill(ours_url)
        rows.close()
        of_ref = {**os.environ, "REF_DATABASE_URL": ref_url, "REF_BROKER_URL": redis_url or "memory://"}
        settings = environment_of(settings_for(ours_url, home, redis_url=redis_url))
        ours = stack.enter_context(_serving("workers.wsgi:app", settings, home))
        ref = stack.enter_context(_serving("benchmarks.ref:app", of_ref, home))
        yield Stand(ours, ref, ours_url)


@contextmanager
def _serving(target: str, environ: Mapping[str, str], home: Path) -> Iterator[int]:
    """Serve an application; at the end it is stopped. What it had to say is kept beside its database."""
    port = free_port()
    words = ("-m", "gunicorn", target, *SERVER, "--bind", f"{HOST}:{port}")
    with (home / f"{target.partition(':')[0]}-{port}.log").open("w") as log:
        process = subprocess.Popen((sys.executable, *words), cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            _wait_for(port, process, Path(log.name))
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            socket.create_connection((HOST, port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no server came up:\n{log.read_text(encoding='utf-8')}")
