"""The program's own processes, started as an installation starts them, on the database and relay of a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import Config
from escalation.failpoints import VARIABLE
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent
WORKER = ("-m", "celery", "--app", "workers.celery_app", "worker", "--pool", "threads", "--concurrency", "2")
EMBEDDED = ("-m", "workers.embedded")


def environment_of(config: Config, fail_at: str = "") -> dict[str, str]:
    """Return the environment that describes these settings, and names a point at which to be killed."""
    ours = {
        "ESCALATION_ENV": "test",
        "ESCALATION_BASE_URL": config.installation.base_url,
        "ESCALATION_NAME": config.installation.name,
        "ESCALATION_SECRET_KEY": config.security.secret_key,
        "ESCALATION_TRUSTED_HOSTS": "localhost",
        "ESCALATION_DATABASE_URL": config.database.url,
        "ESCALATION_ALLOW_SQLITE": "1",
        "ESCALATION_REDIS_URL": config.redis.url or "",
        "ESCALATION_MAIL_HOST": config.mail.host,
        "ESCALATION_MAIL_PORT": str(config.mail.port),
        "ESCALATION_MAIL_STARTTLS": "0",
        "ESCALATION_MAIL_CONNECTIONS": str(config.mail.connections),
        "ESCALATION_MAIL_PER_SECOND": str(config.mail.limits.per_second),
        "ESCALATION_MAIL_DOMAIN_PER_SECOND": str(config.mail.limits.per_domain),
        "ESCALATION_MAIL_SENDER": config.mail.sender,
        "ESCALATION_VAR": str(config.var_dir),
        "PORT": str(config.port),
        VARIABLE: fail_at,
    }
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATION_")}
    return theirs | {"PYTHONWARNINGS": "default", "PYTHONUNBUFFERED": "1"} | ours


@contextmanager
def running(words: tuple[str, ...], config: Config, fail_at: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run one process of the program; whatever is left of it at the end is killed."""
    log = config.var_dir / f"process-{len(list(config.var_dir.glob('process-*')))}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environment_of(config, fail_at), text=True,
            stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def was_killed(process: subprocess.Popen[str], timeout_s: float = PATIENCE_S) -> bool:
    """Wait for the end of a process, and return whether it was a kill -9."""
    return process.wait(timeout_s) == -signal.SIGKILL


@contextmanager
def running_demo(var_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run the demonstration as `make run` does, kept in this directory; at the end it is killed."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATION_")}
    command = (sys.executable, "-c", "from escalation.cli.main import main; main()", "demo", "--port", str(port))
    ours = {"ESCALATION_VAR": str(var_dir), "PYTHONUNBUFFERED": "1"}
    with (var_dir / "demo.log").open("w") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=theirs | ours, text=True, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def bring_mail(var_dir: Path) -> None:
    """Bring a demonstration a mail that answers nothing, and let it be read: it waits for an administrator."""
    words = "السلام عليكم،\n\nBonjour, voici la convention signée.\n"
    head = "From: inconnu@example.org\nSubject: الاتفاقية OBS-2026-00042\nContent-Type: text/plain; charset=utf-8\n\n"
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("ESCALATION_")}
    for act in ("pipe", "read"):
        command = (sys.executable, "-c", "from escalation.cli.main import main; main()", "intake", act)
        ours = {"ESCALATION_ENV": "demo", "ESCALATION_VAR": str(var_dir)}
        subprocess.run(command, cwd=ROOT, env=theirs | ours, input=f"{head}{words}".encode(), check=True, timeout=120)
