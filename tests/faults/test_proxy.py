"""The proxy itself: what it is told to do to a connection is what both ends see."""

from __future__ import annotations

import errno
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import FAIR, HOST, FaultProxy, Mode, Way, Weather
from tests.waiting import wait_until


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says back what it hears."""
    server = socket.create_server((HOST, 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=repeat, args=(connection,), daemon=True).start()

    def repeat(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65_536):
                    connection.sendall(data)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield int(server.getsockname()[1])
    server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[FaultProxy]:
    """A proxy before that server."""
    with FaultProxy(echo) as proxy:
        yield proxy


def said_back(proxy: FaultProxy, words: bytes, timeout_s: float = 10) -> bytes:
    """Return what comes back for some words; a connection that was reset says so when it is read."""
    with socket.create_connection((HOST, proxy.port), timeout_s) as connection:
        connection.sendall(words)
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError as failure:
            if failure.errno != errno.ENOTCONN:  # the reset was quicker than the end of our words
                raise
        found = b""
        while part := connection.recv(65_536):
            found += part
        return found


def test_it_passes_everything(proxy: FaultProxy) -> None:
    words = bytes(range(256)) * 4_000
    assert said_back(proxy, words) == words
    wait_until(lambda: not proxy.open_links)


def test_it_refuses_and_takes_connections_again(proxy: FaultProxy) -> None:
    proxy.be(Weather(mode=Mode.REFUSE))
    with pytest.raises(ConnectionRefusedError):
        said_back(proxy, b"hello")
    proxy.be(FAIR)
    assert said_back(proxy, b"hello") == b"hello"


def test_it_accepts_and_says_nothing_until_the_weather_is_fair(proxy: FaultProxy) -> None:
    proxy.be(Weather(mode=Mode.STALL))
    with socket.create_connection((HOST, proxy.port), 10) as connection:
        connection.sendall(b"hello")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(10)
        proxy.be(FAIR)
        connection.settimeout(10)
        assert connection.recv(10) == b"hello"


def test_it_delays_and_narrows(proxy: FaultProxy) -> None:
    proxy.be(Weather(latency_s=0.2, jitter_s=0.1, bytes_per_s=1_000))
    started = time.monotonic()
    said_back(proxy, b"x" * 200)
    assert time.monotonic() - started > 0.79, "there and back, 0.2 s of delay and 0.2 s for the bytes"


@pytest.mark.parametrize("way", list(Way))
def test_it_resets_after_so_many_bytes_and_so_many_times(proxy: FaultProxy, way: Way) -> None:
    proxy.be(Weather(reset_after=100, reset_way=way, cut_times=1))
    with pytest.raises(ConnectionResetError):
        said_back(proxy, b"x" * 5_000)
    assert said_back(proxy, b"x" * 5_000) == b"x" * 5_000


def test_one_direction_falls_silent_after_a_pattern(proxy: FaultProxy) -> None:
    proxy.be(Weather(silent_after=re.compile(rb"\r\n\.\r\n"), cuts=True, cut_times=1))
    with socket.create_connection((HOST, proxy.port), 10) as connection:
        connection.sendall(b"DATA\r\n")
        assert connection.recv(100) == b"DATA\r\n"
        connection.sendall(b"text\r\n.\r\n")
        with pytest.raises(ConnectionResetError):
            assert b"." not in connection.recv(100)
    assert said_back(proxy, b"\r\n.\r\n") == b"\r\n.\r\n"


def test_it_resets_all_that_is_open(proxy: FaultProxy) -> None:
    with socket.create_connection((HOST, proxy.port), 10) as connection:
        connection.sendall(b"hello")
        assert connection.recv(10) == b"hello"
        assert proxy.reset_all() == 1
        with pytest.raises(ConnectionResetError):
            connection.recv(10)
