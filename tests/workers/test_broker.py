"""The broker's client, when Redis goes away at the worst moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as Lost

from config import Config, Redis
from tests.workers.redis_server import RedisServer
from workers.broker import build_celery


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_redis_that_is_lost_with_a_wake_up_in_hand_ends_no_worker(config: Config, tmp_path: Path) -> None:
    in_hand: list[object] = []
    home = tmp_path / "redis"
    home.mkdir()
    server = RedisServer(home)
    celery = build_celery(replace(config, redis=Redis(url=server.url)))
    connection = celery.connection_for_read()
    try:
        celery.send_task("outbox.deliver")
        consumer = celery.amqp.TaskConsumer(connection.default_channel, on_message=in_hand.append)
        consumer.consume()
        while not in_hand:
            connection.drain_events(timeout=30)
        # It asks for the next one, and waits.
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.5)
    finally:
        server.stop()
    # A worker that has lost its connection closes it twice, the second time without knowing where Redis was: the first
    # closing breaks off in the middle, and an error of the second that is none of connections would be its end.
    with pytest.raises(Lost):
        connection.default_channel.close()
    connection._do_close_transport()
    connection.maybe_close_channel(connection._default_channel)
