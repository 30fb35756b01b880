"""A receiver of webhooks on loopback for tests: it keeps what it gets, and answers, or does not, as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CUT = b""
"""Take the whole request, and break off before any answer."""
SILENT = b"silent"
DRIP = b"drip "
"""Before the beginning of an answer that never ends: a byte follows the other, for as long as somebody listens."""
REFUSE = b"refuse"
"""Break off in the middle of the request."""


@dataclass
class Got:
    """One request as it came."""

    head: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """Answers each request with the next of its answers, and with yes when there are no more."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.answers: list[bytes] = []
        self.failures: list[Exception] = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http{'s' if self._context else ''}://127.0.0.1:{self.port}/hook?of=tests"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._ending.set()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError as gone:
            self.failures.append(gone)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            peer, _address = self._listener.accept()
            if self._ending.is_set():
                peer.close()
                return
            threading.Thread(target=self._meet, args=(peer,), daemon=True).start()

    def _meet(self, peer: socket.socket) -> None:
        try:
            with self._context.wrap_socket(peer, server_side=True) if self._context else peer as held:
                self._answer(held)
        except OSError as broken:
            self.failures.append(broken)

    def _answer(self, peer: socket.socket) -> None:
        peer.settimeout(10)
        answer = self.answers.pop(0) if self.answers else OK
        if answer == REFUSE:
            peer.recv(10)
            return
        got = _read(peer)
        if got is None:
            return
        self.got.append(got)
        if answer == SILENT:
            self._ending.wait(10)
        elif answer.startswith(DRIP):
            self._drip(peer, answer.removeprefix(DRIP))
        else:
            peer.sendall(answer)

    def _drip(self, peer: socket.socket, beginning: bytes) -> None:
        peer.sendall(beginning)
        while not self._ending.is_set():
            peer.sendall(b"x")
            time.sleep(0.02)


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Let a receiver listen meanwhile."""
    made = Receiver(context)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def _read(peer: socket.socket) -> Got | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(4096)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        more = peer.recv(4096)
        if not more:
            return None
        body += more
    return Got(first, body, headers)
