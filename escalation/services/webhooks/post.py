"""Handing a body to another system over HTTP, in one try: to a checked address, within limits, following nothing.

The name is resolved once and the connection goes to the number that was checked, so that a name which changes its
answer between the two leads nowhere else. The standard library's client is enough for one request: what is read of
the answer is its first line and its headers, and never its body.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from escalation.domain.delivery import Phase, Refused, Result, Sent, Uncertain, Unreachable
from escalation.domain.webhooks import Address, WrongUrl, is_public, read_url

MOST_TRIED: Final = 4
"""Of the addresses of one name."""
SOCKET: Final = socket.IPPROTO_TCP


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How far a try may go."""

    allow_private: bool = False
    """For development: plain HTTP, and addresses of one's own machine and network."""
    step_s: float = 5.0
    """For the connection, and for each silence in the conversation."""
    whole_s: float = 10.0
    """For all of it, however busy the other side is."""
    trusted: ssl.SSLContext | None = None
    """Whose certificates are believed; the system's list unless it is said."""


def post(url: str, headers: Mapping[str, str], body: bytes, limits: Limits) -> Result:
    """Send a body and say what came of it; never raises for what an address, a network or a receiver does."""
    try:
        address = read_url(url, allow_private=limits.allow_private)
        numbers = _resolve(address, limits)
    except WrongUrl as wrong:
        return Unreachable(Phase.HTTP, wrong.fault)
    except OSError:
        return Unreachable(Phase.HTTP, "no_such_name")
    if not numbers:
        return Unreachable(Phase.HTTP, "not_public")
    connection = _Pinned(address, numbers, limits)
    alarm = threading.Timer(limits.whole_s, connection.cut)
    alarm.daemon = True
    alarm.start()
    try:
        return _converse(connection, address.path, headers, body)
    finally:
        alarm.cancel()
        connection.close()


def _converse(connection: "_Pinned", path: str, headers: Mapping[str, str], body: bytes) -> Result:
    try:
        connection.request("POST", path, body, dict(headers))
    except ssl.SSLError:
        return Unreachable(Phase.HTTP, "tls")
    except TimeoutError:
        return Unreachable(Phase.HTTP, "timeout")
    except (OSError, http.client.HTTPException, ValueError):
        return Unreachable(Phase.HTTP, "timeout" if connection.was_cut else "not_connected")
    try:
        code = connection.getresponse().status
    except TimeoutError:
        return Uncertain("no_answer")
    except (OSError, http.client.HTTPException, ValueError):
        return Uncertain("no_answer" if connection.was_cut else "cut")
    # A redirect is an answer like any other that is no yes.
    return Sent() if 200 <= code < 300 else Refused(code, Phase.HTTP)


def _resolve(address: Address, limits: Limits) -> list[Any]:
    """Return where to connect: nothing, when any number of the name is not public."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, proto=SOCKET)
    if not limits.allow_private and not all(is_public(str(one[4][0])) for one in found):
        return []
    return found[:MOST_TRIED]


class _Pinned(http.client.HTTPConnection):
    """A connection to one of these numbers, whatever the name says by now."""

    def __init__(self, address: Address, numbers: list[Any], limits: Limits) -> None:
        super().__init__(address.host, address.port, timeout=limits.step_s)
        self._address, self._numbers, self._limits = address, numbers, limits
        self._raw: socket.socket | None = None
        self.was_cut = False
        if address.is_secure:
            # As an HTTPS connection has it: the port that goes without saying is not said.
            self.default_port = 443

    def connect(self) -> None:
        """Open the connection. Raises: OSError."""
        self._raw = self._open()
        if not self._address.is_secure:
            self.sock = self._raw
            return
        context = self._limits.trusted or ssl.create_default_context()
        self.sock = context.wrap_socket(self._raw, server_hostname=self._address.host)

    def cut(self) -> None:
        """End the conversation although somebody is in the middle of it."""
        self.was_cut = True
        for held in (self._raw, self.sock):
            if held is not None:
                _shut(held)

    def _open(self) -> socket.socket:
        failure: OSError = OSError("nowhere to connect")
        for family, kind, proto, _name, number in self._numbers:
            made = socket.socket(family, kind, proto)
            made.settimeout(self._limits.step_s)
            try:
                if self.was_cut:
                    raise TimeoutError
                made.connect(number)
            except OSError as error:
                made.close()
                failure = error
            else:
                return made
        raise failure


def _shut(held: socket.socket) -> None:
    try:
        held.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
