"""The relay of the fault tests as its tests hold it: started, scripted, stopped, killed, and its journal read."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from email import policy
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from tests.faults.sink import HOST, Rule
from tests.processes import ROOT
from tests.servers import free_port
from tests.waiting import wait_until


@dataclass(frozen=True)
class Kept:
    """One message that the relay has kept: it will carry it, whether or not its answer arrived."""

    at: float
    sender: str
    recipient: str
    message_id: str
    sha256: str
    size: int
    end: str
    head: str = ""
    """Its headers, as they came."""

    def header(self, name: str) -> str:
        """Return one of its headers; nothing where it has none."""
        found: str = HeaderParser(policy=policy.default).parsestr(self.head).get(name, "")
        return str(found)


@dataclass
class SinkProcess:
    """A relay on a port of its own, which it keeps when started again; its journal outlives it."""

    home: Path
    port: int = field(default_factory=free_port)
    _control_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _orders: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        """Take mail, by the script it has."""
        self.home.mkdir(exist_ok=True)
        words = (sys.executable, "-m", "tests.faults.sink", str(self.home), str(self.port), str(self._control_port))
        with (self.home / "sink.log").open("a") as log:
            self._process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log)
        wait_until(lambda: _listens(self._control_port) and _listens(self.port))
        self._tell(self._orders)

    def stop(self) -> None:
        """Refuse connections, at once and without a farewell."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def script(self, *rules: Rule, **settings: Any) -> None:
        """Answer by these rules from now on, the first that holds; none: take everything."""
        self._orders |= {"rules": [asdict(rule) for rule in rules], **settings}
        self._tell(self._orders)

    def seen(self) -> dict[str, int]:
        """Return how often each thing was said to the relay, and each rule held."""
        found: dict[str, int] = self._tell({})["seen"]
        return found

    def journal(self) -> list[Kept]:
        """Return everything it has kept, oldest first."""
        path = self.home / "journal.jsonl"
        # A line that a kill cut short was never answered for.
        whole = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return [Kept(**json.loads(line)) for line in whole]

    def to(self, address: str) -> list[Kept]:
        """Return what it has kept for one recipient."""
        return [kept for kept in self.journal() if kept.recipient == address]

    def _tell(self, orders: dict[str, Any]) -> dict[str, Any]:
        with socket.create_connection((HOST, self._control_port), 10) as connection:
            connection.sendall(json.dumps(orders).encode() + b"\n")
            with connection.makefile("rb") as answers:
                found: dict[str, Any] = json.loads(answers.readline())
                return found


@contextlib.contextmanager
def running_sink(home: Path) -> Iterator[SinkProcess]:
    """Run a relay, and kill it at the end."""
    sink = SinkProcess(home)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False
