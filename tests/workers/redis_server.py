"""A Redis of a test's own, which may be hung, stopped and emptied without disturbing other tests."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
import redis

from tests.servers import free_port, redis_binaries
from tests.waiting import wait_until


class RedisServer:
    """One server process on a port of its own; it keeps its port when started again, and nothing else."""

    def __init__(self, home: Path) -> None:
        binary = next(redis_binaries(), None)
        if binary is None:
            pytest.skip("no Redis program on this machine")
        self._binary, self._home, self.port = binary, home, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Answer, with an empty memory."""
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "appendonly": "no", "dir": str(self._home)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen([str(self._binary), *words], stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def hang(self) -> None:
        """Keep connections open and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """Refuse connections, hung or not."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
