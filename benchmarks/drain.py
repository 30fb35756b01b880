"""The outbox drained: ours, against bare connections that send ready bytes, and against one Celery task a message.

All send to the same relay, one after the other, several times over. Ours is two workers as they are run, or one on
SQLite, on a database in which every message is durable before it leaves and after.
"""

import multiprocessing
import os
import smtplib
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import flask_migrate
from celery import Celery
from flask import Flask
from redis import Redis
from sqlalchemy import func, insert, select

from benchmarks import naive
from benchmarks.clients import HOST
from benchmarks.sinks import IN_C, IN_PYTHON, Arrivals, taking_mail, why_absent
from config import Redis as Broker
from escalation.app import create_app
from escalation.database import MIGRATIONS
from escalation.domain.codes import MessageStatus
from escalation.extensions import db
from escalation.mail.letter import Facts, Letter, Letterhead
from escalation.mail.mime import compose
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import MESSAGES, get_now_ms
from escalation.services.transaction import owes_messages, transaction
from tests.outbox_rows import EVENT_AT, FACTS, a_person, an_obstacle, owe
from tests.processes import ROOT, WORKER, environment_of
from tests.settings import settings_for
from workers.wake import build_wake

SINKS = (IN_C, IN_PYTHON)
PROCESSES, CONNECTIONS = 2, 4
OUR_CONNECTIONS = 8
"""Of each of our workers, as the settings have it."""
PEOPLE, CASES = 200, 300
LEAVES_IN_MS = 4_000
NAIVE_WORKER = ("-m", "celery", "--app", "benchmarks.naive", "worker", "--concurrency", "2", "--loglevel", "error")
WARM_UP = 5
HELD_MS = 300
TIMEOUT_S = 300

Rates = dict[str, list[float]]
"""Of each side, how many messages a second in each round."""


@dataclass
class Outbox:
    """One database with people and cases to tell of, and how to owe messages in it."""

    app: Flask
    config: Any
    redis_url: str
    workers: int
    owed: int = 0
    people: list[tuple[int, str]] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        """Write the people and the cases."""
        with self.app.app_context():
            flask_migrate.upgrade(directory=str(MIGRATIONS))
            with transaction() as session:
                people = [a_person(session) for _ in range(PEOPLE)]
                self.cases = [an_obstacle(session, people[0]).id for _ in range(CASES)]
                self.people = [(person.id, person.email) for person in people]

    def owe_many(self, count: int) -> int:
        """Owe so many messages that all leave at one instant, and return it. Units: milliseconds since the epoch."""
        with self.app.app_context(), transaction() as session:
            at_ms = get_now_ms() + LEAVES_IN_MS
            first = owe(session, a_person(session), not_before_ms=at_ms)
            names = [column.name for column in MESSAGES.columns if column.name != "id"]
            alike = {name: getattr(first, name) for name in names}
            rows = [alike | self._differs(self.owed + number, language) for number, language in _in_turn(count - 1)]
            session.execute(insert(OutboxMessage), rows)
            self.owed += count
            return at_ms

    def wait_until_left(self, at_ms: int) -> float:
        """Return how long all took, by the moments that the database noted. Units: seconds."""
        owed = select(func.count()).where(OutboxMessage.status != MessageStatus.SENT)
        give_up_at = time.monotonic() + TIMEOUT_S
        with self.app.app_context():
            while db.session.scalar(owed):
                db.session.rollback()
                if time.monotonic() > give_up_at:
                    raise RuntimeError("the messages do not leave")
                time.sleep(0.2)
            last = db.session.scalar(select(func.max(OutboxMessage.sent_at)))
            db.session.rollback()
        assert last is not None
        return last.timestamp() - at_ms / 1000

    def _differs(self, number: int, language: str) -> dict[str, Any]:
        person_id, address = self.people[number // CASES % PEOPLE]
        return {
            "source_id": 1_000_000 + number,
            "order_seq": number,
            "obstacle_id": self.cases[number % CASES],
            "recipient_id": person_id,
            "address": address,
            "language": language,
            "message_id": f"<ntf.{uuid.uuid4()}@example.test>",
            "facts": FACTS | {"reference": f"OBS-2026-{number % 100_000:05d}", "project": f"Piste {number}"},
        }


def _in_turn(count: int) -> Iterator[tuple[int, str]]:
    return ((number, ("ar", "fr")[number % 2]) for number in range(count))


def drain(outbox: Outbox, sink: str, rounds: int, each: int) -> Rates:
    """Return how fast each side sends, round by round."""
    found: Rates = {"ours": [], "bare": [], "naive": []}
    with taking_mail(sink) as port, _working(outbox, port):
        for _ in range(rounds):
            found["ours"].append(each / outbox.wait_until_left(outbox.owe_many(each)))
            found["bare"].append(_send_bare(port, each))
            found["naive"].append(_send_naively(port, max(100, each // 10), outbox.redis_url))
    return found


@contextmanager
def _working(outbox: Outbox, port: int) -> Iterator[None]:
    """Run our workers, with the connections that each has by default."""
    mail = replace(outbox.config.mail, port=port, connections=OUR_CONNECTIONS)
    config = replace(outbox.config, mail=mail)
    with ExitStack() as workers:
        for number in range(outbox.workers):
            workers.enter_context(_running((*WORKER, "--hostname", f"bench{number}"), environment_of(config)))
        yield


@contextmanager
def _running(words: tuple[str, ...], environ: Mapping[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen((sys.executable, *words), cwd=ROOT, env=environ, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _send_bare(port: int, count: int) -> float:
    """Return how many ready letters a second leave by eight connections of two processes."""
    content, share = _ready_letters(), count // (PROCESSES * CONNECTIONS)
    spawn = multiprocessing.get_context("spawn")
    start, end = spawn.Barrier(PROCESSES + 1), spawn.Barrier(PROCESSES + 1)
    processes = [spawn.Process(target=_bare_process, args=(port, content, share, start, end)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    start.wait()
    began = time.perf_counter()
    end.wait()
    took_s = time.perf_counter() - began
    for process in processes:
        process.join()
    return share * PROCESSES * CONNECTIONS / took_s


def _bare_process(port: int, contents: Sequence[bytes], share: int, start: Barrier, end: Barrier) -> None:
    connections = [smtplib.SMTP(HOST, port) for _ in range(CONNECTIONS)]
    threads = [threading.Thread(target=_bare_connection, args=(one, contents, share)) for one in connections]
    start.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end.wait()
    for connection in connections:
        connection.quit()


def _bare_connection(connection: smtplib.SMTP, contents: Sequence[bytes], share: int) -> None:
    for number in range(share):
        connection.sendmail("no-reply@example.test", f"person{number}@example.test", contents[number % len(contents)])


def _ready_letters() -> list[bytes]:
    """Return two of our letters as they cross the wire."""
    letterhead = Letterhead(name="عوائق", sender="no-reply@example.test", base_url="https://localhost")
    return [
        compose(
            Letter(
                event="obstacle_filed", audience="commune", language=language, address="person@example.test",
                message_id=f"<ntf.{uuid.uuid4()}@example.test>", event_at=EVENT_AT, facts=Facts.from_json(FACTS),
            ),
            letterhead,
        )
        for language in ("ar", "fr")
    ]  # fmt: skip


def _send_naively(port: int, count: int, redis_url: str) -> float:
    """Return how many messages a second leave by a task each; all tasks are there before the worker starts."""
    counts = Redis.from_url(redis_url)
    counts.delete(naive.BEGAN, naive.ENDED, naive.COUNT)
    tasks = _naive_tasks(redis_url)
    for number in range(count):
        tasks.send_task("naive.send", (f"person{number}@example.test", port))
    with _running(NAIVE_WORKER, {**os.environ, "NAIVE_BROKER_URL": redis_url}):
        _wait(lambda: int(counts.get(naive.COUNT) or 0) == count)
    return (count - 1) / (float(counts.get(naive.ENDED) or 0) - float(counts.get(naive.BEGAN) or 0))


def _naive_tasks(redis_url: str) -> Celery:
    tasks = Celery("naive", broker=redis_url, set_as_current=False)
    tasks.conf.task_default_queue = naive.QUEUE
    return tasks


def _wait(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + TIMEOUT_S
    while not holds():
        if time.monotonic() > give_up_at:
            raise RuntimeError("the messages do not leave")
        time.sleep(0.05)


Delays = dict[str, list[float]]
"""Of each way, how long after its time a message was in the relay. Units: seconds."""


def delays(outbox: Outbox, count: int) -> Delays:
    """Return how long single messages take while nothing else is to do, one of each way in turn."""
    found: Delays = {"ours": [], "ours, held": [], "naive": []}
    wake = build_wake(replace(outbox.config, redis=Broker(url=outbox.redis_url)))
    outbox.app.extensions["wake"] = wake
    environ = {**os.environ, "NAIVE_BROKER_URL": outbox.redis_url}
    with Arrivals().running() as sink, _working(outbox, sink.port), _running(NAIVE_WORKER, environ):
        tasks = _naive_tasks(outbox.redis_url)
        for number in range(-WARM_UP, count):
            times = {
                "ours": _delay_of_ours(outbox, sink, 0),
                "ours, held": _delay_of_ours(outbox, sink, HELD_MS),
                "naive": _delay_of_naive(tasks, sink, f"naive{number}@example.test"),
            }
            if number >= 0:
                for way, took_s in times.items():
                    found[way].append(took_s)
    return found


def _delay_of_ours(outbox: Outbox, sink: Arrivals, held_ms: int) -> float:
    with outbox.app.app_context(), transaction() as session:
        at_ms = get_now_ms() + held_ms
        address = owe(session, a_person(session), not_before_ms=at_ms).address
        owes_messages(session)
    return sink.wait_for(address) - at_ms / 1000


def _delay_of_naive(tasks: Celery, sink: Arrivals, address: str) -> float:
    at = time.time()
    tasks.send_task("naive.send", (address, sink.port))
    return sink.wait_for(address) - at


def measure(url: str, home: Path, redis_url: str, rounds: int, each: int) -> tuple[dict[str, Rates], Delays]:
    """Return how fast each side drains into each relay that is here, and how long single messages take."""
    config = settings_for(url, home, redis_url=redis_url)
    # SQLite has one writer, and is meant for one process.
    outbox = Outbox(create_app(config), config, redis_url, 1 if url.startswith("sqlite") else PROCESSES)
    outbox.prepare()
    for sink in SINKS:
        if absent := why_absent(sink):
            print(f"not measured: {absent}", file=sys.stderr)
    rates = {sink: drain(outbox, sink, rounds, each) for sink in SINKS if not why_absent(sink)}
    return rates, delays(outbox, each // 50)
