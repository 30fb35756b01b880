"""A real Postfix on loopback hands over an answer and a report of its own, and keeps what we cannot take."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import smtplib
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from shlex import quote

import pytest
from flask import Flask

from escalation.domain.codes import Event, Status
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from escalation.services.messages.intake import read_new_mail
from tests.conftest import close_connections
from tests.databases import Databases
from tests.factories import Town, obstacle_row, settle
from tests.processes import ROOT, environment_of
from tests.servers import free_port
from tests.services.mailing import DOMAIN, answer_mail, asked_case, letter_to, outcomes, question, taking_mail
from tests.settings import settings_for
from tests.waiting import wait_until

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/bin:/sbin")
HAS_USERS = {"postfix", "nobody"} <= {one.pw_name for one in pwd.getpwall()}
WHY_NOT = "Postfix, root and its users are needed, so no real relay took a mail"
pytestmark = [
    pytest.mark.skipif(POSTFIX is None or os.geteuid() != 0 or not HAS_USERS, reason=WHY_NOT),
    pytest.mark.timeout(180),
]
WAIT_S = 60

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = mx.example.net
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
relay_domains = {domain}, example.test
relay_recipient_maps =
transport_maps = inline:{{ {{ {domain} = intake: }}, {{ example.test = nowhere: }} }}
intake_destination_recipient_limit = 1
recipient_delimiter = +
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_client_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
intake unix - n n - 2 pipe
  flags=q null_sender= user=nobody argv={command} --sender ${{sender}} --recipient ${{original_recipient}}
nowhere unix - n n - 1 pipe
  flags=q user=nobody argv=/bin/sh -c {{exit {no_such_user}}}
"""


@dataclass(frozen=True)
class Relay:
    """A running Postfix, the installation behind it, and how to take that away."""

    town: Town
    port: int
    away: Path
    """While this file is there, the command finds no database."""
    queue: Path

    @property
    def app(self) -> Flask:
        """The application."""
        return self.town.app

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        """Hand a mail to Postfix."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as smtp:
            smtp.sendmail(sender, [recipient], raw)

    def came(self, count: int) -> bool:
        """Say whether so many mails are kept."""
        with self.app.app_context():
            db.session.rollback()
            return db.session.query(IncomingMail).count() == count

    def read(self) -> list[str]:
        """Let what came be read, and return what became of all."""
        with self.app.app_context():
            read_new_mail(lambda: datetime.now(UTC))
            return outcomes()


@pytest.fixture
def relay(create_app: Callable[..., Flask], databases: dict[str, Databases]) -> Iterator[Relay]:
    """A Postfix of this test's own, in a directory of its own."""
    home = Path(tempfile.mkdtemp(prefix="escalation-postfix-"))
    home.chmod(0o755)
    with databases["sqlite"].with_reference() as url:
        shutil.copy(url.removeprefix("sqlite:///"), home / "app.db")
    app = create_app(settings_for(f"sqlite:///{home / 'app.db'}", home))
    town, port = settle(app), free_port()
    taking_mail(app)
    _configure(home, port, _command(home, app))
    try:
        _postfix(home, "start")
        yield Relay(town, port, home / "away", home / "queue")
    finally:
        _postfix(home, "abort")
        close_connections(app)
        shutil.rmtree(home)


def _python() -> str:
    """Return a Python like this one that a user who is not root may run."""
    version = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if subprocess.run([python, "-c", version], user="nobody", check=False, cwd="/").returncode == 0:
                return python
    pytest.skip("no Python like this one may be run by the user of a relay, so no real relay took a mail")


def _may_read(path: Path) -> bool:
    """Say whether a user who is not root may read what lies there."""
    done = subprocess.run(["/bin/ls", str(path)], user="nobody", cwd="/", capture_output=True, check=False)
    return done.returncode == 0


def _source(home: Path) -> Path:
    """Return the program where the user of a relay may read it: where it is, or a twin within this home."""
    if _may_read(ROOT / "escalation"):
        return ROOT
    for name in ("escalation", "workers", "templates"):
        shutil.copytree(ROOT / name, home / "program" / name)
    shutil.copy(ROOT / "config.py", home / "program")
    return home / "program"


def _packages(home: Path) -> Path:
    """Return the locked packages where the user of a relay may read them, in the same way."""
    here = Path(sysconfig.get_path("purelib"))
    if _may_read(here):
        return here
    lines = (ROOT / "requirements.txt").read_text()
    locked = {_plain(name) for name in re.findall(r"^([\w.-]+)(?:\[\S+\])?==", lines, re.MULTILINE)}
    for package in {_plain(one.name): one for one in distributions() if _plain(one.name) in locked}.values():
        for file in (file for file in package.files or () if ".." not in file.parts):
            _put(Path(str(file.locate())), home / "packages" / file)
    return home / "packages"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _put(file: Path, twin: Path) -> None:
    """Give a file a second name, or where that is another disk, a copy."""
    twin.parent.mkdir(parents=True, exist_ok=True)
    try:
        twin.hardlink_to(file)
    except OSError:
        shutil.copy(file, twin)


def _command(home: Path, app: Flask) -> Path:
    """Return the command as a relay calls it: with its settings, and as a user that is not root."""
    names = (f"export {name}={quote(value)}" for name, value in environment_of(app.extensions["config"]).items()
             if name.startswith("ESCALATION_") or name == "PATH")  # fmt: skip
    source = _source(home)
    paths = f"export PYTHONPATH={source}:{_packages(home)} PYTHONDONTWRITEBYTECODE=1"
    program = f"exec {_python()} -c 'from escalation.cli.main import main; main()' intake pipe \"$@\""
    away = f"[ -e {home}/away ] && export ESCALATION_DATABASE_URL=sqlite:////dev/null/none.db"
    root = f"cd {source}"
    command = home / "intake"
    command.write_text("\n".join(("#!/bin/sh", *names, paths, root, away, program)) + "\n")
    command.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    for path in (home, *home.glob("app.db*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return command


def _configure(home: Path, port: int, command: Path) -> None:
    settings = home / "etc"
    for folder in (settings, home / "queue", home / "data"):
        folder.mkdir()
    shutil.chown(home / "data", "postfix")
    (settings / "main.cf").write_text(MAIN.format(home=home, domain=DOMAIN))
    (settings / "master.cf").write_text(MASTER.format(port=port, command=command, no_such_user=os.EX_NOUSER))


def _postfix(home: Path, act: str) -> None:
    done = subprocess.run(
        [str(POSTFIX), "-c", str(home / "etc"), act], check=False, capture_output=True, text=True, timeout=60
    )
    if act == "start" and done.returncode:
        pytest.fail(f"Postfix did not start:\n{done.stdout}{done.stderr}")


def test_postfix_hands_over_an_answer_and_its_own_report_and_keeps_what_we_cannot_take(relay: Relay) -> None:
    case = asked_case(relay.town)
    letter, other = question(relay.town), letter_to(relay.app, relay.town.president.id, Event.OBSTACLE_CLAIMED)

    relay.away.touch()
    relay.send(letter.to, letter.reply_to, answer_mail(letter))
    wait_until(lambda: any((relay.queue / "deferred").rglob("[0-9A-F]*[0-9A-F][0-9A-F]")), WAIT_S)
    assert relay.came(0)
    relay.away.unlink()
    wait_until(lambda: relay.came(1), WAIT_S)
    assert relay.read() == ["done:answer"]
    assert obstacle_row(relay.app, case)["status"] == Status.IN_REVIEW

    relay.send(other.bounce_to, other.to, b"From: no-reply@example.test\r\nSubject: x\r\n\r\nx\r\n")
    wait_until(lambda: relay.came(2), WAIT_S)
    assert relay.read() == ["done:answer", "done:hard_bounce"]
