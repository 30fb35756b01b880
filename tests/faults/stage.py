"""The stage of a fault test: the program's real processes, each of their ways through a proxy, and how a run ends.

With Redis and PostgreSQL there are a web server of two processes and workers; without, one process does everything.
Each process keeps its log beside the others in the stage's own directory.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, make_url, select, update

from config import Config
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.outbox import Breaker, OutboxMessage
from escalation.services.transaction import transaction
from tests.factories import Town
from tests.faults.history import read_history
from tests.faults.load import Browser, ClientLog, Clients, NoAnswer, browsers_of
from tests.faults.oracle import NOTHING, Allowed, Verdict, judge
from tests.faults.proxy import FaultProxy
from tests.faults.sink_process import SinkProcess
from tests.processes import ROOT, environment_of
from tests.waiting import PATIENCE_S, wait_until
from tests.workers.redis_server import RedisServer

PLANTED = Path(__file__).parent / "planted"
COMMAND = "from escalation.cli.main import main; main()"
END_TIMEOUT_S = 300
"""Within how long every mail has come to its end once the faults are over, as is promised."""
OWED = (MessageStatus.QUEUED, MessageStatus.SENDING)


@dataclass
class Child:
    """One process of the program, and what it started."""

    name: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.words],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        """Say whether its first process runs."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End all its processes without a farewell."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self, timeout_s: float = 60) -> int:
        """Ask it to end, and return how it did; it finishes the letter in hand."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)


@dataclass
class Stage:
    """One installation, whole, in the hands of a test."""

    town: Town
    config: Config
    home: Path
    sink: SinkProcess
    web_proxy: FaultProxy
    relay_proxy: FaultProxy
    database_proxy: FaultProxy | None
    redis: RedisServer | None
    redis_proxy: FaultProxy | None
    log: ClientLog
    connections: int = 1
    """How many letters that can wait one process sends at once; one more is kept for what cannot."""
    environ: dict[str, str] = field(default_factory=dict)
    """What every process is given besides its settings."""
    children: list[Child] = field(default_factory=list)

    @property
    def app(self) -> Flask:
        """Return the application through which the test itself reads rows, past every proxy."""
        return self.town.app

    @property
    def is_embedded(self) -> bool:
        """Say whether one process does everything."""
        return self.redis is None

    def start(self, workers: int = 1, planted: str = "") -> None:
        """Start web and workers, and wait until a page is served."""
        self.start_web(planted=planted)
        for _ in range(0 if self.is_embedded else workers):
            self.start_worker(planted=planted)

    def start_web(self, port: int | None = None, planted: str = "") -> Child:
        """Start the web server; without Redis, the whole program."""
        settings = replace(self.config, port=port or self.config.port)
        web = self._start("web", ("serve",), settings, planted)
        wait_until(lambda: self._answers(settings.port), PATIENCE_S)
        return web

    def start_worker(self, *words: str, planted: str = "", environ: Mapping[str, str] | None = None) -> Child:
        """Start one worker, which knocks for the periodic work too."""
        return self._start("worker", ("worker", "--beat", *words), self.config, planted, environ or {})

    @property
    def web(self) -> Child:
        """Return the last web server that was started."""
        return next(child for child in reversed(self.children) if child.name == "web")

    @property
    def workers(self) -> list[Child]:
        """Return the processes that send: the workers, or the one that does everything."""
        name = "web" if self.is_embedded else "worker"
        return [child for child in self.children if child.name == name and child.is_alive]

    @property
    def sender(self) -> Child:
        """Return the process that sends, where there is one."""
        (only,) = self.workers
        return only

    def restart(self, child: Child) -> None:
        """Start a process again after its end, as a supervisor does: nothing of the former one is left."""
        child.kill()
        child.start()
        if child.name == "web":
            wait_until(lambda: self._answers(self.config.port), PATIENCE_S)

    def arm(self, point: str, order: str = "SIGKILL") -> None:
        """Let the first process that comes to this point receive a signal."""
        armed = self.home / "armed"
        for left in armed.glob(f"{point}.*"):
            left.unlink()
        whole = armed / f".{point}"
        whole.write_text(order)
        whole.rename(armed / point)

    def was_reached(self, point: str) -> bool:
        """Say whether an armed point was come to."""
        return (self.home / "armed" / f"{point}.pid").exists()

    def clients(self, patience_s: float = 120.0) -> Clients:
        """Return people at work, who reach the web by its proxy."""
        return Clients(self.town, self.web_proxy.port, self.log, patience_s)

    def browser(self, name: str, timeout_s: float = 30) -> Browser:
        """Return one person's browser; it needs the database, to be signed in."""
        browser = browsers_of(self.town, self.web_proxy.port, (name,))[name]
        browser.timeout_s = timeout_s
        return browser

    def is_ready(self) -> bool:
        """Say whether the installation calls itself fit to serve."""
        try:
            return Browser(self.config.port, "", {}).ask("GET", "/healthz/ready").status == 200
        except NoAnswer:
            return False

    def mails(self) -> list[OutboxMessage]:
        """Return the mails of the outbox, oldest first."""
        with self.app.app_context():
            mailed = select(OutboxMessage).where(OutboxMessage.channel == MessageChannel.EMAIL)
            rows = list(db.session.scalars(mailed.order_by(OutboxMessage.id)))
            db.session.expunge_all()
            db.session.rollback()
            return rows

    def count_owed(self) -> int:
        """Return how many mails have not come to their end."""
        with self.app.app_context():
            owed = select(func.count()).where(
                OutboxMessage.status.in_(OWED), OutboxMessage.channel == MessageChannel.EMAIL
            )
            found = db.session.scalar(owed) or 0
            db.session.rollback()
            return int(found)

    def let_leases_run_out(self) -> None:
        """Two minutes pass for whoever holds a message now."""
        self._change(OutboxMessage.status == MessageStatus.SENDING, lease_until_ms=1)

    def let_pauses_pass(self) -> None:
        """The time comes for everything that waits for its next try."""
        self._change(OutboxMessage.status == MessageStatus.QUEUED, not_before_ms=1)
        with self.app.app_context(), transaction() as session:
            session.execute(update(Breaker).values(probe_at_ms=1), execution_options={"synchronize_session": False})

    def settle(self, timeout_s: float = END_TIMEOUT_S) -> None:
        """Wait until every mail has come to its end; the pauses between tries pass at once."""

        def is_settled() -> bool:
            self.let_pauses_pass()
            return not self.count_owed()

        wait_until(is_settled, timeout_s, every_s=0.5)

    def calm(self) -> None:
        """Let the senders end in good order and begin again; what the dead still held becomes free."""
        senders = self.workers
        for sender in senders:
            sender.stop()
        self.let_leases_run_out()
        for sender in senders:
            self.restart(sender)

    def judge(self, allowed: Allowed = NOTHING) -> Verdict:
        """Hold what the clients were told, the rows and the relay's journal against each other."""
        history = read_history(self.app, self.log.read(), self.sink.journal(), datetime.now(UTC))
        return judge(history, allowed)

    def prove(self, allowed: Allowed = NOTHING) -> Verdict:
        """Judge, and fail with every fault in words."""
        verdict = self.judge(allowed)
        sys.stdout.write(f"{verdict}\n")
        assert not verdict.faults, str(verdict)
        return verdict

    def words_of(self, name: str) -> str:
        """Return what the processes of this name have logged."""
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in self.home.glob(f"{name}-*.log"))

    def stop(self) -> None:
        """Leave no process behind."""
        for child in self.children:
            child.kill()

    def _start(
        self, name: str, words: tuple[str, ...], settings: Config, planted: str, more: Mapping[str, str] | None = None
    ) -> Child:
        environ = environment_of(settings) | {
            "PYTHONPATH": os.pathsep.join((str(PLANTED), str(ROOT))),
            "ESCALATION_TEST_ARMED": str(self.home / "armed"),
            "ESCALATION_TEST_PLANTED": planted,
            "ESCALATION_MAIL_MESSAGE_ID_DOMAIN": settings.mail.message_id_domain,
            "ESCALATION_MAIL_TIMEOUT_S": str(int(settings.mail.timeout_s)),
            "ESCALATION_MAIL_STARTTLS": str(int(settings.mail.starttls)),
            "ESCALATION_MAIL_USERNAME": settings.mail.username or "",
            "ESCALATION_MAIL_PASSWORD": settings.mail.password or "",
            "ESCALATION_MAIL_CONNECTIONS": str(self.connections),
            "WEB_CONCURRENCY": "1" if self.is_embedded else "2",
        }
        log = self.home / f"{name}-{len(self.children)}.log"
        child = Child(name, ("-c", COMMAND, *words), environ | self.environ | dict(more or {}), log)
        self.children.append(child)
        child.start()
        return child

    def _answers(self, port: int) -> bool:
        try:
            return Browser(port, "", {}, timeout_s=5).ask("GET", "/healthz/live").status == 200
        except NoAnswer:
            return False

    def _change(self, which: Any, **values: int) -> None:
        with self.app.app_context(), transaction() as session:
            session.execute(
                update(OutboxMessage).where(which).values(**values), execution_options={"synchronize_session": False}
            )


@contextlib.contextmanager
def on_stage(
    town: Town, config: Config, home: Path, *, redis: RedisServer | None, database: Path | None = None
) -> Iterator[Stage]:
    """Build a stage around a town, its processes not started yet.

    ``database``: the socket of its PostgreSQL, to be reached by a proxy.
    """
    (home / "armed").mkdir(parents=True)
    with ExitStack() as stack:
        sink = SinkProcess(home / "sink")
        sink.start()
        stack.callback(sink.stop)
        web = stack.enter_context(FaultProxy(config.port))
        relay = stack.enter_context(FaultProxy(sink.port))
        wakes = stack.enter_context(FaultProxy(redis.port)) if redis else None
        rows = stack.enter_context(FaultProxy(database)) if database else None
        settings = replace(config, mail=replace(config.mail, port=relay.port))
        if wakes is not None:
            settings = replace(settings, redis=replace(config.redis, url=f"redis://127.0.0.1:{wakes.port}/0"))
        if rows is not None:
            name = make_url(config.database.url).database
            url = f"postgresql+psycopg://postgres@127.0.0.1:{rows.port}/{name}"
            settings = replace(settings, database=replace(config.database, url=url))
        log = ClientLog(home / "clients.jsonl")
        stage = Stage(town, settings, home, sink, web, relay, rows, redis, wakes, log)
        stack.callback(stage.stop)
        yield stage
