"""Browsers that cost little: a request is made ready before the clock starts, and read after it has stopped."""

import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

HOST = "127.0.0.1"
HIDDEN = re.compile(r'name="(csrf_token|version|idempotency_key|next)"[^>]*? value="([^"]*)"')
COOKIE = re.compile(rb"^Set-Cookie: ([^=]+)=([^;\r]*)", re.MULTILINE | re.IGNORECASE)
LOCATION = re.compile(rb"^Location: (\S+)", re.MULTILINE | re.IGNORECASE)
AS_BROWSERS_DO, PLAINLY = "gzip, deflate, br, zstd", "identity"
TIMEOUT_S = 60


class Refused(RuntimeError):
    """A server answered something else than what is being timed."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str:
        """Return where the answer leads."""
        found = LOCATION.search(self.head)
        return found.group(1).decode() if found else ""


@dataclass
class Browser:
    """One person's browser at one server: it keeps cookies, and opens a connection for each request."""

    port: int
    cookies: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, path: str) -> "Request":
        """Return a request for a page."""
        return Request(self, self._content("GET", path, AS_BROWSERS_DO))

    def post(self, path: str, fields: dict[str, str], leads_to: str = "") -> "Request":
        """Return a form as it is sent, which must lead somewhere else."""
        content = self._content("POST", path, AS_BROWSERS_DO, urlencode(fields).encode())
        return Request(self, content, 303, leads_to)

    def open(self, path: str) -> str:
        """Return a page, untimed and uncompressed."""
        _, answer = Request(self, self._content("GET", path, PLAINLY)).send()
        return answer.body.decode()

    def hidden_fields(self, path: str) -> dict[str, str]:
        """Return what the form of a page carries unseen: its token, the version it was made for, its own key."""
        return dict(HIDDEN.findall(self.open(path)))

    def _content(self, method: str, path: str, encodings: str, body: bytes = b"") -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", "Sec-Fetch-Site: same-origin"]
        lines += [f"Accept-Encoding: {encodings}"]
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if self.cookies:
            lines += ["Cookie: " + "; ".join(f"{k.decode()}={v.decode()}" for k, v in self.cookies.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Request:
    """What a browser sends, byte for byte, and the answer it must have: its status, and the end of where it leads."""

    browser: Browser
    content: bytes
    status: int = 200
    leads_to: str = ""

    def send(self) -> tuple[float, Answer]:
        """Return how long the answer took, whole, and the answer. Units: seconds. Raises: Refused."""
        started = time.perf_counter()
        with socket.create_connection((HOST, self.browser.port), TIMEOUT_S) as connection:
            connection.sendall(self.content)
            received = []
            while part := connection.recv(65536):
                received.append(part)
        took_s = time.perf_counter() - started
        return took_s, self._read(b"".join(received))

    def _read(self, received: bytes) -> Answer:
        wanted = self.content.split(b"\r\n", 1)[0].decode()
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1."):
            raise Refused(f"{wanted}: no answer")
        answer = Answer(int(head.split(b" ", 2)[1]), head, body)
        if answer.status != self.status or not answer.location.endswith(self.leads_to):
            raise Refused(f"{wanted}: {answer.status} {answer.location}, not {self.status} {self.leads_to}")
        self.browser.cookies |= dict(COOKIE.findall(head))
        return answer
