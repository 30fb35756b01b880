"""The commands that start processes: each becomes the process it names, so that signals reach it."""

import os
import sys
from pathlib import Path

import click

from escalation.cli.settings import read_config

CELERY = ("-m", "celery", "--app", "workers.celery_app")
WEB_THREADS = 8
REQUEST_TIMEOUT_S = 60
# Gunicorn opens and unlinks its files there.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108


@click.command()
@click.option("--bind", default="127.0.0.1", show_default=True, help="The address to listen on, behind a proxy.")
def serve(bind: str) -> None:
    """Serve the pages; without Redis, in one process that also sends the mail."""
    config = read_config()
    if config.redis.is_embedded:
        _become("-m", "workers.embedded")
    _become(
        "-m", "gunicorn", "workers.wsgi:app",
        "--worker-class", "gthread", "--threads", str(WEB_THREADS), "--workers", str(config.web_processes),
        "--bind", f"{bind}:{config.port}", "--timeout", str(REQUEST_TIMEOUT_S), "--no-control-socket", *_in_memory(),
    )  # fmt: skip


@click.command()
@click.option("--concurrency", default=2, show_default=True, help="How many relays' answers may be waited for at once.")
@click.option("--beat", is_flag=True, help="Knock for the periodic work too; more than one such worker does no harm.")
def worker(concurrency: int, beat: bool) -> None:
    """Send the mail and do the periodic work."""
    if read_config().redis.is_embedded:
        raise click.ClickException("Without ESCALATION_REDIS_URL, `escalation serve` does everything in one process.")
    # Threads, not forks: the work is waiting for a relay, and every wait has its own end.
    words = ("worker", "--pool", "threads", "--concurrency", str(concurrency), "--loglevel", "WARNING")
    _become(*CELERY, *words, *(("--beat",) if beat else ()))


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where it is seen; PORT of the environment, or 8000.")
def demo(port: int | None) -> None:
    """Run the demonstration on this machine: everything in one process, with cases, people and a mailbox."""
    os.environ["ESCALATION_ENV"] = "demo"
    if port is not None:
        os.environ["PORT"] = str(port)
    _become("-m", "workers.embedded")


def _in_memory() -> tuple[str, ...]:
    """Keep the workers' signs of life off the disk, where the machine has a place for that."""
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK | os.X_OK):
        return ("--worker-tmp-dir", str(SHARED_MEMORY))
    return ()


def _become(*words: str) -> None:
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - no shell, our own words
