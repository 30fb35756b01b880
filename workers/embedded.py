"""The whole installation in one process: web server, worker, beat and, in the demo, a catcher of mail.

``python -m workers.embedded``, settings from the environment. The broker is this process's own memory, and a crash
loses nothing, since the outbox is the truth; more than one web process is refused, since they would share no memory.
"""

import fcntl
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import waitress
from celery import Celery
from celery.beat import EmbeddedService, Scheduler
from celery.worker import state
from flask import Flask

from config import Config, ConfigError
from escalation.app import create_app
from escalation.demo.prepare import discard_unfinished, prepare_demo
from escalation.mail.catcher import start_catcher
from escalation.services.messages.outbox import free_leases_of_earlier_boot
from workers.broker import build_celery, run_tasks_in
from workers.intake import IntakeStep
from workers.logs import begin_logs
from workers.outbox import PollerStep
from workers.ready import announce
from workers.stopping import STOPPING
from workers.wake import wake_through

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
WEB_THREADS = 8
STOP_TIMEOUT_S = 45
WORKER_IS_GONE = threading.Event()
IS_LEAVING = threading.Event()
"""Somebody asked the whole program to end. A worker that ends by a fault of its own asks its senders to stop, too."""


def main() -> None:
    """Serve until told to stop; then finish the letter in hand."""
    begin_logs()
    config = _read_config()
    with _alone_in(config.var_dir), ExitStack() as at_the_end:
        celery = build_celery(config)
        app = create_app(config, wake=wake_through(celery))
        run_tasks_in(celery, app)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        server = _listen(app, config)
        at_the_end.callback(server.close)
        if config.demo:
            discard_unfinished(app)
            at_the_end.callback(start_catcher(config).stop)
            prepare_demo(app, _say)
        _serve(app, config, server, celery)
    if WORKER_IS_GONE.is_set():
        # The server of pages takes the exit for its own, and ends well.
        sys.exit(1)


def _read_config() -> Config:
    if os.environ.get("ESCALATION_ENV") == "demo":
        # The demo's own relay: any free port will do, so that two demos do not meet.
        os.environ.setdefault("ESCALATION_MAIL_PORT", str(_free_port()))
    try:
        config = Config.from_env(os.environ)
    except ConfigError as error:
        sys.exit(str(error))
    if not config.redis.is_embedded or config.web_processes != 1:
        sys.exit("This is one process without Redis: unset ESCALATION_REDIS_URL and WEB_CONCURRENCY.")
    return config


@contextmanager
def _alone_in(var_dir: Path) -> Iterator[None]:
    """Refuse to start beside another such process: each would take the other for dead."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (var_dir / "embedded.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"Another process serves from {var_dir} already; stop it, or name another ESCALATION_VAR.")
        yield


def _listen(app: Flask, config: Config) -> Any:
    # What the proxy says of its visitors is read by the program itself, as far as it was told to believe one.
    believes = {"clear_untrusted_proxy_headers": not config.security.proxy_hops}
    try:
        # No answer says which program serves it.
        return waitress.create_server(app, host=HOST, port=config.port, threads=WEB_THREADS, ident=None, **believes)
    except OSError:
        sys.exit(f"Port {config.port} is taken; choose another, as in: make run PORT=8001")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _serve(app: Flask, config: Config, server: Any, celery: Celery) -> None:
    with app.app_context():
        free_leases_of_earlier_boot()
    worker, beat = _start_worker(celery), EmbeddedService(celery, thread=True, scheduler_cls=Scheduler)
    beat.start()
    host = next(iter(config.security.trusted_hosts), HOST)
    threading.Thread(target=announce, args=(HOST, config.port, host, _say), daemon=True).start()
    try:
        server.run()
    finally:
        IS_LEAVING.set()
        STOPPING.set()
        state.should_stop = 0
        beat.service.stop()
        app.extensions["wake"]()  # the worker looks up from its wait, and sees that it is to stop
        worker.join(STOP_TIMEOUT_S)


def _start_worker(celery: Celery) -> threading.Thread:
    celery.steps["worker"].add(PollerStep)
    celery.steps["worker"].add(IntakeStep)
    quiet = {"without_heartbeat": True, "without_mingle": True, "without_gossip": True, "quiet": True}
    controller = celery.WorkController(pool="solo", concurrency=1, **quiet)
    thread = threading.Thread(target=_work, args=(controller,), name="worker", daemon=True)
    thread.start()
    return thread


def _work(controller: Any) -> None:
    """Work until told to stop; a worker that ends otherwise ends the program, so that a supervisor starts it again."""
    try:
        controller.start()
    finally:
        if not IS_LEAVING.is_set():
            logger.critical("the worker has ended, and nothing would be sent any more: the program ends with it")
            WORKER_IS_GONE.set()
            os.kill(os.getpid(), signal.SIGTERM)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _leave(_number: int, _frame: FrameType | None) -> None:
    # Raised once only: a second signal must not break the letter in hand.
    if not IS_LEAVING.is_set():
        IS_LEAVING.set()
        STOPPING.set()
        raise SystemExit(1 if WORKER_IS_GONE.is_set() else 0)


if __name__ == "__main__":
    main()
