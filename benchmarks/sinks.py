"""The relays that mail is sent to: one in C, if this machine has Postfix's, and one in Python; both take everything.

`python -m benchmarks.sinks PORT` is the one in Python.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from benchmarks.clients import HOST
from tests.processes import ROOT
from tests.servers import free_port

IN_C, IN_PYTHON = "smtp-sink", "aiosmtpd"
BACKLOG = "200"
PLACES = "/usr/sbin:/usr/libexec/postfix:/usr/lib/postfix/sbin"
START_TIMEOUT_S = 20


class Discarding:
    """Takes every message and keeps none."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """Take one."""
        return "250 OK"


@dataclass
class Arrivals:
    """A relay of this process that knows when each message came."""

    port: int = field(default_factory=free_port)
    at: dict[str, float] = field(default_factory=dict)
    _came: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def running(self) -> Iterator["Arrivals"]:
        """Take mail meanwhile."""
        controller = Controller(self, hostname=HOST, port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Note when it came, by its reader."""
        with self._came:
            self.at[envelope.rcpt_tos[0]] = time.time()
            self._came.notify_all()
        return "250 OK"

    def wait_for(self, address: str, timeout_s: float = 120) -> float:
        """Return when the message to this address came. Units: seconds since the epoch. Raises: RuntimeError."""
        with self._came:
            if not self._came.wait_for(lambda: address in self.at, timeout_s):
                raise RuntimeError(f"no message came to {address}")
            return self.at.pop(address)


def why_absent(sink: str) -> str:
    """Return why there is no such relay here, or nothing."""
    is_missing = sink == IN_C and shutil.which(IN_C, path=PLACES) is None
    return f"there is no {IN_C} of Postfix on this machine" if is_missing else ""


@contextmanager
def taking_mail(sink: str) -> Iterator[int]:
    """Run a relay, and give its port."""
    port = free_port()
    if sink == IN_C:
        words: tuple[str, ...] = (shutil.which(IN_C, path=PLACES) or IN_C, "-u", "nobody", f"{HOST}:{port}", BACKLOG)
    else:
        words = (sys.executable, "-m", "benchmarks.sinks", str(port))
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up_at:
        try:
            socket.create_connection((HOST, port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("no relay came up")


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Discarding()), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
