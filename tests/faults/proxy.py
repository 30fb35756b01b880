"""A small TCP proxy that can be told to misbehave while others talk through it: what a network does at its worst.

It runs in a thread of the test. It passes, refuses, accepts and stalls, delays with jitter, narrows the bandwidth,
resets after so many bytes, and lets one direction fall silent once a pattern was seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.servers import free_port

CHUNK = 65_536
HOST = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a reset."""

T = TypeVar("T")


class Mode(StrEnum):
    """What happens to a new connection."""

    PASS = "pass"
    REFUSE = "refuse"
    STALL = "stall"


class Way(StrEnum):
    """A direction, as seen by who connects."""

    OUT = "to the server"
    BACK = "to the client"


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How the proxy behaves; times in seconds, bandwidth in bytes a second, 0 for none of it."""

    mode: Mode = Mode.PASS
    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: int = 0
    reset_after: int = 0
    """Reset a connection once so many bytes passed in `reset_way`."""
    reset_way: Way = Way.OUT
    silent_after: re.Pattern[bytes] | None = None
    """Once this was seen on its way out, nothing comes back any more; the server's words are lost."""
    cuts: bool = False
    """The silence of `silent_after` is a reset, which the client sees at once."""
    cut_times: int = -1
    """How many connections are reset or silenced before the weather is fair again; -1: all of them."""


FAIR = Weather()


@dataclass(eq=False)
class _Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))
    is_silent: bool = False

    def reset(self) -> None:
        """Break both halves as a crash would."""
        for writer in (self.client, self.server):
            if writer is not None:
                sock: socket.socket | None = writer.get_extra_info("socket")
                if sock is not None and sock.family != socket.AF_UNIX:
                    with contextlib.suppress(OSError):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


class FaultProxy:
    """A port of loopback that leads to another, or to a UNIX socket, through the weather it was given."""

    def __init__(self, target: int | Path, seed: int = 0, port: int | None = None) -> None:
        self.target, self.port = target, port or free_port()
        self.connections = 0
        self._weather, self._random = FAIR, random.Random(seed)
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None
        self._moves = asyncio.Event()
        self._moves.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ask(self._listen())
        return self

    def __exit__(self, *_failure: object) -> None:
        self._ask(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def be(self, weather: Weather) -> None:
        """Behave so from now on, connections that are open already included."""
        self._ask(self._set(weather))

    def reset_all(self) -> int:
        """Reset every open connection, and return how many there were."""
        return self._ask(self._reset_all())

    @property
    def open_links(self) -> int:
        """Return how many connections are open now."""
        return len(self._links)

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _set(self, weather: Weather) -> None:
        was, self._weather = self._weather, weather
        if weather.mode is Mode.STALL:
            self._moves.clear()
        else:
            self._moves.set()
        if weather.mode is Mode.REFUSE and was.mode is not Mode.REFUSE:
            await self._stop_listening()
        elif weather.mode is not Mode.REFUSE and was.mode is Mode.REFUSE:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._on_connection, HOST, self.port, limit=CHUNK)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset_all()

    async def _close(self) -> None:
        await self._stop_listening()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _reset_all(self) -> int:
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        self.connections += 1
        try:
            await self._moves.wait()
            server_reader, link.server = await self._connect()
            await asyncio.gather(
                self._pump(link, Way.OUT, reader, link.server), self._pump(link, Way.BACK, server_reader, writer)
            )
        except (OSError, asyncio.CancelledError):
            link.reset()
        finally:
            self._links.discard(link)
            for one in (link.client, link.server):
                if one is not None:
                    one.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection(HOST, self.target)

    async def _pump(self, link: _Link, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tail = b""
        while data := await reader.read(CHUNK):
            weather = self._weather
            await self._wait(weather, len(data))
            await self._moves.wait()
            if link.is_silent and way is Way.BACK:
                continue
            tail = (tail + data)[-512 - len(data) :]
            if self._cuts_here(link, way, weather, data, writer):
                return
            await self._write(link, way, data, writer)
            self._hear(link, way, weather, tail)
        with contextlib.suppress(OSError):
            if writer.can_write_eof() and not link.is_silent:
                writer.write_eof()

    async def _wait(self, weather: Weather, size: int) -> None:
        delay = weather.latency_s + self._random.uniform(0, weather.jitter_s)
        if weather.bytes_per_s:
            delay += size / weather.bytes_per_s
        if delay:
            await asyncio.sleep(delay)

    async def _write(self, link: _Link, way: Way, data: bytes, writer: asyncio.StreamWriter) -> None:
        link.passed[way] += len(data)
        writer.write(data)
        await writer.drain()

    def _cuts_here(self, link: _Link, way: Way, weather: Weather, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Let through what still may pass, and reset, when the limit of bytes lies in this piece."""
        if not weather.reset_after or weather.reset_way is not way:
            return False
        left = weather.reset_after - link.passed[way]
        if len(data) < left or not self._takes_a_cut():
            return False
        writer.write(data[: max(left, 0)])
        link.reset()
        return True

    def _hear(self, link: _Link, way: Way, weather: Weather, tail: bytes) -> None:
        """Fall silent, or reset, once the pattern went out."""
        pattern = weather.silent_after
        if pattern is None or way is not Way.OUT or link.is_silent or not pattern.search(tail):
            return
        if self._takes_a_cut():
            link.is_silent = True
            if weather.cuts:
                self._loop.call_later(0.2, link.reset)

    def _takes_a_cut(self) -> bool:
        times = self._weather.cut_times
        if times == 0:
            return False
        if times > 0:
            self._weather = replace(self._weather, cut_times=times - 1)
        return True


def resetting(proxy: FaultProxy, times: int, every_s: float) -> Callable[[], None]:
    """Return what resets every connection so many times, one storm."""

    def storm() -> None:
        pause = threading.Event()
        for _ in range(times):
            proxy.reset_all()
            pause.wait(every_s)

    return storm
