"""Rows 4 to 8: Redis away, hung, emptied, full and unreachable again and again; no person notices, no mail is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import redis

from tests.faults.proxy import resetting
from tests.faults.stage import Stage
from tests.waiting import wait_until
from tests.workers.redis_server import RedisServer

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
FULL = 2_500_000
"""A little more than an empty server needs for itself. Units: bytes."""


@pytest.fixture
def broker(stage: Stage) -> Iterator[redis.Redis]:
    """The stage's Redis, seen past its proxy."""
    assert stage.redis is not None
    with redis.Redis.from_url(stage.redis.url) as client:
        yield client


def server_of(stage: Stage) -> RedisServer:
    """Return the stage's Redis."""
    assert stage.redis is not None
    return stage.redis


def work_through(stage: Stage) -> None:
    """Let cases be filed and moved; every form must be answered the first time it is sent."""
    stage.clients().follow_roads(cases=3, clients=3, steps=2)
    assert stage.is_ready(), "without its broker an installation is still fit to serve"
    stage.settle()
    verdict = stage.prove()
    assert (verdict.unknown, verdict.duplicates) == (0, 0)


@pytest.mark.whole_matrix
@pytest.mark.fault(4)
def test_row_4_redis_stopped(stage: Stage) -> None:
    stage.start()
    server_of(stage).stop()
    work_through(stage)


@pytest.mark.fault(5)
def test_row_5_redis_hung(stage: Stage) -> None:
    stage.start()
    server_of(stage).hang()
    work_through(stage)


@pytest.mark.whole_matrix
@pytest.mark.fault(6)
def test_row_6_redis_emptied_and_restarted_without_its_memory(stage: Stage, broker: redis.Redis) -> None:
    stage.start()
    done = threading.Event()

    def empty() -> None:
        while not done.wait(0.05):
            broker.flushall()

    emptying = threading.Thread(target=empty)
    emptying.start()
    try:
        work_through(stage)
    finally:
        done.set()
        emptying.join()
    server_of(stage).stop()
    server_of(stage).start()
    work_through(stage)


def fill(broker: redis.Redis, policy: str) -> None:
    """Leave no room."""
    broker.config_set("maxmemory-policy", policy)
    broker.config_set("maxmemory", FULL)
    with suppress(redis.ResponseError):
        for number in range(200):
            broker.set(f"filler-{number}", b"x" * 20_000)


@pytest.mark.whole_matrix
@pytest.mark.fault(7)
@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
def test_row_7_redis_full(stage: Stage, broker: redis.Redis, policy: str) -> None:
    stage.start()
    fill(broker, policy)
    work_through(stage)


@pytest.mark.whole_matrix
@pytest.mark.fault(8)
def test_row_8_connections_to_redis_reset_again_and_again(stage: Stage, broker: redis.Redis) -> None:
    assert stage.redis_proxy is not None
    stage.start()
    storm = threading.Thread(target=resetting(stage.redis_proxy, times=20, every_s=0.5))
    storm.start()
    work_through(stage)
    storm.join()
    # Wake-ups are consumed again without anybody's help.
    taken_before = taken(broker)
    stage.clients().file()
    wait_until(lambda: taken(broker) > taken_before and not broker.llen("celery"), 90)
    stage.settle()
    stage.prove()


def taken(broker: redis.Redis) -> int:
    """Return how many wake-ups the workers have taken from the broker."""
    stats = broker.info("commandstats")
    assert isinstance(stats, dict)
    return int(stats.get("cmdstat_zadd", {}).get("calls", 0))
