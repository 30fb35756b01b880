"""The enemy: a schedule of faults drawn from a seed, thrown at a stage under load; the same seed is the same schedule.

Each fault is named, lasts a while and is healed before the next one of its own kind. What a fault may cost is counted
as it is thrown, so that the judge knows how many doubles a run accounts for.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import redis

from tests.faults.oracle import Allowed, Verdict
from tests.faults.postgres_server import FAST, IMMEDIATE, PostgresServer
from tests.faults.proxy import FAIR, Mode, Way, Weather
from tests.faults.sink import Rule
from tests.faults.stage import Stage

CONNECTIONS = 4
IN_HAND = CONNECTIONS + 1
"""How many letters one sender's process may have in hand at once, with the one that cannot wait."""


@dataclass(frozen=True)
class Blow:
    """One fault of a schedule: when it begins, how long it lasts, and which it is. Units: seconds from the start."""

    at: float
    lasts: float
    name: str


@dataclass
class Field:
    """What the enemy fights on, and what its blows may have cost."""

    stage: Stage
    postgres: PostgresServer | None = None
    crashes: int = 0
    thrown: list[str] = field(default_factory=list)


Throw = Callable[[Field, threading.Event, float], None]


def draw(seed: int, names: Sequence[str], lasts_s: float, every_s: float = 4.0) -> list[Blow]:
    """Return the schedule of a seed: blows from these names, for so long."""
    chance = random.Random(seed)
    blows, at = [], chance.uniform(0.5, every_s)
    while at < lasts_s:
        blows.append(Blow(round(at, 2), round(chance.uniform(0.5, every_s), 2), chance.choice(sorted(names))))
        at += chance.uniform(0.5, every_s) + blows[-1].lasts
    return blows


def _sender_killed(field: Field, over: threading.Event, lasts: float) -> None:
    child = field.stage.sender if len(field.stage.workers) == 1 else field.stage.workers[0]
    field.crashes += IN_HAND
    child.kill()
    over.wait(lasts)
    field.stage.restart(child)


def _sender_asleep(field: Field, over: threading.Event, lasts: float) -> None:
    child = field.stage.workers[-1]
    child.signal(signal.SIGSTOP)
    over.wait(lasts)
    child.signal(signal.SIGCONT)


def _web_killed(field: Field, over: threading.Event, lasts: float) -> None:
    web = field.stage.web
    field.crashes += IN_HAND if field.stage.is_embedded else 0
    web.kill()
    over.wait(lasts)
    field.stage.restart(web)


def _web_answers_lost(field: Field, over: threading.Event, lasts: float) -> None:
    field.stage.web_proxy.be(Weather(reset_after=1, reset_way=Way.BACK))
    over.wait(lasts)
    field.stage.web_proxy.be(FAIR)


def _web_slow(field: Field, over: threading.Event, lasts: float) -> None:
    field.stage.web_proxy.be(Weather(latency_s=0.2, jitter_s=0.5, bytes_per_s=200_000))
    over.wait(lasts)
    field.stage.web_proxy.be(FAIR)


def _relay_scripted(*rules: Rule) -> Throw:
    def throw(field: Field, over: threading.Event, lasts: float) -> None:
        field.stage.sink.script(*rules)
        over.wait(lasts)
        field.stage.sink.script()

    return throw


def _relay_killed(field: Field, over: threading.Event, lasts: float) -> None:
    field.stage.sink.stop()
    over.wait(lasts)
    field.stage.sink.start()


def _relay_cut(field: Field, over: threading.Event, lasts: float) -> None:
    field.stage.relay_proxy.be(Weather(reset_after=3_000, reset_way=Way.OUT))
    over.wait(lasts)
    field.stage.relay_proxy.be(FAIR)


def _relay_silent(field: Field, over: threading.Event, lasts: float) -> None:
    field.stage.relay_proxy.be(Weather(mode=Mode.STALL))
    over.wait(lasts)
    field.stage.relay_proxy.be(FAIR)
    field.stage.relay_proxy.reset_all()


def _redis_stopped(field: Field, over: threading.Event, lasts: float) -> None:
    assert field.stage.redis is not None
    field.stage.redis.stop()
    over.wait(lasts)
    field.stage.redis.start()


def _redis_emptied(field: Field, over: threading.Event, _lasts: float) -> None:
    assert field.stage.redis is not None
    with redis.Redis.from_url(field.stage.redis.url) as broker:
        broker.flushall()


def _redis_unreachable(field: Field, over: threading.Event, lasts: float) -> None:
    assert field.stage.redis_proxy is not None
    field.stage.redis_proxy.be(Weather(mode=Mode.STALL))
    over.wait(lasts)
    field.stage.redis_proxy.be(FAIR)
    field.stage.redis_proxy.reset_all()


def _database_stopped(how: signal.Signals) -> Throw:
    def throw(field: Field, over: threading.Event, lasts: float) -> None:
        assert field.postgres is not None
        field.crashes += IN_HAND
        field.postgres.stop(how)
        over.wait(lasts)
        field.postgres.start()

    return throw


def _database_cut(field: Field, over: threading.Event, _lasts: float) -> None:
    assert field.stage.database_proxy is not None
    field.crashes += IN_HAND
    field.stage.database_proxy.reset_all()


EVERYWHERE: dict[str, Throw] = {
    "web killed": _web_killed,
    "answers to people lost": _web_answers_lost,
    "people's network slow": _web_slow,
    "relay puts off": _relay_scripted(Rule("rcpt", "say", "451 4.7.1 Come back later")),
    "relay refuses us": _relay_scripted(Rule("mail", "say", "421 4.3.0 Not now")),
    "relay breaks off after the last dot": _relay_scripted(Rule("dot", "drop", times=2)),
    "relay breaks off in the text": _relay_scripted(Rule("body", "drop", times=2)),
    "relay slow": _relay_scripted(Rule("dot", "wait", seconds=0.4)),
    "relay killed": _relay_killed,
    "way to the relay cut": _relay_cut,
    "way to the relay silent": _relay_silent,
}
WITH_SERVERS: dict[str, Throw] = {
    "sender killed": _sender_killed,
    "sender asleep": _sender_asleep,
    "redis stopped": _redis_stopped,
    "redis emptied": _redis_emptied,
    "redis unreachable": _redis_unreachable,
    "database cut off": _database_cut,
}
WITH_OWN_POSTGRESQL: dict[str, Throw] = {
    "database restarted": _database_stopped(FAST),
    "database stopped at once": _database_stopped(IMMEDIATE),
    "database killed": _database_stopped(signal.SIGKILL),
}


def blows_for(stage: Stage, postgres: PostgresServer | None) -> dict[str, Throw]:
    """Return the faults that can be thrown at this stage."""
    found = dict(EVERYWHERE)
    if not stage.is_embedded:
        found |= {name: throw for name, throw in WITH_SERVERS.items() if stage.database_proxy or "database" not in name}
    if postgres is not None:
        found |= WITH_OWN_POSTGRESQL
    return found


def fight(stage: Stage, postgres: PostgresServer | None, seed: int, lasts_s: float, cases: int) -> Verdict:
    """Let people work through a seed's schedule of faults, heal everything, and judge what is left.

    Raises: AssertionError with every fault in words.
    """
    blows, throws = draw(seed, list(blows_for(stage, postgres)), lasts_s), blows_for(stage, postgres)
    ground = Field(stage, postgres)
    stage.connections = CONNECTIONS
    workers = 1 if stage.is_embedded else 2
    stage.start(workers=workers)
    with stage.clients(patience_s=lasts_s + 240).at_work(cases):
        _throw_all(ground, blows, throws)
    stage.calm()
    stage.settle()
    verdict = stage.judge(Allowed(crashes=ground.crashes))
    sys.stdout.write(f"seed {seed}: {len(ground.thrown)} faults thrown ({', '.join(ground.thrown)})\n{verdict}\n")
    assert not verdict.faults, f"seed {seed}:\n{verdict}"
    return verdict


def _throw_all(ground: Field, blows: Sequence[Blow], throws: dict[str, Throw]) -> None:
    started, pause = time.monotonic(), threading.Event()
    for blow in blows:
        pause.wait(max(0.0, blow.at - (time.monotonic() - started)))
        throws[blow.name](ground, pause, blow.lasts)
        ground.thrown.append(f"{blow.name} {blow.lasts:.1f} s")
