"""`escalation serve` and `escalation worker`: each becomes the process it names, and stops when told."""

from __future__ import annotations

import select
import signal
from dataclasses import replace

import pytest
import redis

from config import Config, Redis
from tests.loopback import get
from tests.processes import running
from tests.servers import free_port
from tests.waiting import PATIENCE_S, wait_until

CLI = ("-c", "import sys; from escalation.cli.main import main; main()")
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def is_alive(port: int) -> bool:
    try:
        return get(port, "/healthz/live", "localhost")[0] == 200
    except OSError:
        return False


@SQLITE
def test_with_redis_it_becomes_gunicorn(config: Config, redis_url: str) -> None:
    with_redis = replace(config, redis=Redis(url=redis_url), port=free_port())
    with running((*CLI, "serve"), with_redis) as process:
        wait_until(lambda: is_alive(with_redis.port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


@SQLITE
def test_without_redis_it_becomes_the_one_process(config: Config) -> None:
    alone = replace(config, port=free_port())
    with running((*CLI, "serve"), alone) as process:
        wait_until(lambda: is_alive(alone.port))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


@SQLITE
def test_a_worker_without_redis_says_what_to_do(config: Config) -> None:
    with running((*CLI, "worker"), config) as process:
        assert process.wait(PATIENCE_S) == 1
    assert "escalation serve" in (config.var_dir / "process-0.log").read_text(encoding="utf-8")


@SQLITE
def test_a_worker_with_beat_stops_when_told(config: Config, redis_url: str) -> None:
    with_redis = replace(config, redis=Redis(url=redis_url))
    with redis.Redis.from_url(redis_url) as client, running((*CLI, "worker", "--beat"), with_redis) as process:
        wait_until(lambda: client.exists("_kombu.binding.celery"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


@SQLITE
def test_it_is_ready_whatever_proxy_the_environment_names(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    alone = replace(config, port=free_port())
    with running((*CLI, "serve"), alone) as process:
        wait_until(lambda: is_alive(alone.port))
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], PATIENCE_S)[0]
        assert process.stdout.readline() == f"Ready: http://127.0.0.1:{alone.port}\n"
