"""A Postfix of a test's own on loopback: it takes what we send, keeps it on its disk, and carries it to the sink."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.servers import free_port
from tests.waiting import wait_until

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
daemon_directory = {daemons}
command_directory = {commands}
meta_directory = {meta}
shlib_directory = {shared}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = relay.example.test
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{next_port}
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
alias_maps =
local_recipient_maps =
smtputf8_enable = no
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixServer:
    """One instance with its own directories; it keeps its port and its queue when started again."""

    def __init__(self, next_port: int) -> None:
        program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("there is no Postfix on this machine (Debian: apt install postfix)")
        if os.geteuid() != 0:
            pytest.skip("only root may start a Postfix")
        self._program, self.port = program, free_port()
        self.home = Path(tempfile.mkdtemp(prefix="escalation-postfix-", dir="/tmp"))
        self.home.chmod(0o755)
        (self.home / "etc").mkdir()
        for name in ("queue", "data"):
            (self.home / name).mkdir()
        shutil.chown(self.home / "data", "postfix")
        (self.home / "etc" / "main.cf").write_text(MAIN.format(home=self.home, next_port=next_port, **self._places()))
        (self.home / "etc" / "master.cf").write_text(MASTER.format(port=self.port))
        self.start()

    def start(self) -> None:
        """Take mail."""
        made = self._run("start")
        assert made.returncode == 0, made.stderr + self.log()
        wait_until(lambda: self.is_running)

    def stop(self) -> None:
        """Refuse connections; what is in the queue stays."""
        self._run("stop")
        wait_until(lambda: not self.is_running)

    def kill(self) -> None:
        """End its first process without a farewell; the others find out and end too."""
        first = int((self.home / "queue" / "pid" / "master.pid").read_text())
        children = [int(child) for child in Path(f"/proc/{first}/task/{first}/children").read_text().split()]
        for pid in (first, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.is_running)

    def remove(self) -> None:
        """Leave nothing behind."""
        if self.is_running:
            self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def is_running(self) -> bool:
        """Say whether it takes mail."""
        return self._run("status").returncode == 0

    def log(self) -> str:
        """Return what it has logged."""
        path = self.home / "postfix.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def queued(self) -> int:
        """Return how many mails wait in its queue."""
        names = ("incoming", "active", "deferred", "maildrop")
        return sum(path.is_file() for name in names for path in (self.home / "queue" / name).rglob("*"))

    def _run(self, word: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, "-c", str(self.home / "etc"), word], capture_output=True, text=True, check=False
        )

    def _places(self) -> dict[str, str]:
        names = {"daemons": "daemon_directory", "commands": "command_directory", "meta": "meta_directory",
                 "shared": "shlib_directory"}  # fmt: skip
        told = subprocess.run(
            [str(Path(self._program).with_name("postconf")), "-d", *names.values()],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        found = dict(line.split(" = ", 1) for line in told.splitlines() if " = " in line)
        return {ours: found[theirs] for ours, theirs in names.items()}
