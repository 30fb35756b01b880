"""What another system is told over HTTP: which events, in which words, under which signature, at which addresses.

The words are identifiers, codes and times. No title, text, amount or name of a person is among them.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from escalation.domain.codes import Event
from escalation.domain.notices import NOTICES

EVENTS: Final = tuple(NOTICES)
"""What can be told: every event of which people are told."""
TEST: Final = "webhook_test"
"""What is told to try an endpoint out: it is about no case."""

TIMESTAMP_HEADER: Final = "X-Escalation-Timestamp"
SIGNATURE_HEADER: Final = "X-Escalation-Signature"
EVENT_HEADER: Final = "X-Escalation-Event"
DELIVERY_HEADER: Final = "X-Escalation-Delivery"
SCHEME: Final = "v1"
TOLERANCE: Final = timedelta(minutes=5)
"""How far the timestamp may lie from the receiver's clock; what is older is a replay."""
OLD_SECRET_HOLDS: Final = timedelta(hours=24)
"""For so long after a new secret the old one signs as well."""

URL_CHARS: Final = 250
NAME_CHARS: Final = 80

_NAT64: Final = ip_network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """How other systems are told."""

    allow_private: bool = False
    """For development only: plain HTTP, and addresses of one's own machine and network."""

    def production_fault(self) -> str | None:
        """Return why these settings must not face the world, or None."""
        fault = "is for development only: it would let webhooks reach this machine and its network."
        return fault if self.allow_private else None


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class UrlFault(StrEnum):
    """Why nothing is sent to an address."""

    NOT_AN_ADDRESS = "not_an_address"
    NOT_HTTPS = "not_https"
    HAS_ACCOUNT = "has_account"
    NOT_PUBLIC = "not_public"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is reached, taken apart."""

    is_secure: bool
    host: str
    port: int
    path: str


class WrongUrl(ValueError):
    """Nothing is sent there."""

    def __init__(self, fault: UrlFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_url(url: str, *, allow_private: bool) -> Address:
    """Return where an address leads; one written as a number is held to be public. Raises: WrongUrl."""
    if len(url) > URL_CHARS:
        raise WrongUrl(UrlFault.TOO_LONG)
    if not url.isascii() or any(char.isspace() or ord(char) < 33 or char in '\\"<>^`{|}' for char in url):
        raise WrongUrl(UrlFault.NOT_AN_ADDRESS)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as unreadable:
        raise WrongUrl(UrlFault.NOT_AN_ADDRESS) from unreadable
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise WrongUrl(UrlFault.NOT_AN_ADDRESS)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WrongUrl(UrlFault.HAS_ACCOUNT)
    if parts.scheme != "https" and not allow_private:
        raise WrongUrl(UrlFault.NOT_HTTPS)
    if not allow_private and _is_local_name(parts.hostname):
        raise WrongUrl(UrlFault.NOT_PUBLIC)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_secure = parts.scheme == "https"
    return Address(is_secure, parts.hostname, port or (443 if is_secure else 80), path)


def is_public(number: str) -> bool:
    """Say whether an IP address is out in the open: not private, shared, loopback, link-local, multicast or reserved.

    An IPv6 address that carries an IPv4 one is what that one is.
    """
    try:
        address: IPv4Address | IPv6Address = ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(str(inner))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def body_of(message_id: str, facts: Mapping[str, Any]) -> bytes:
    """Return what is sent: the same bytes at every attempt."""
    told = {key: value for key, value in facts.items() if key != "endpoint"}
    words = {"version": 1, "id": delivery_of(message_id), **told}
    return json.dumps(words, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def delivery_of(message_id: str) -> str:
    """Return what tells one delivery from another, for a receiver that got it twice."""
    return message_id.strip("<>").partition("@")[0].removeprefix("ntf.")


def sign(secrets: Sequence[str], timestamp: int, body: bytes) -> str:
    """Return the header that proves who sent a body and when: one signature for each secret, the newest first.

    Source: RFC 2104; what is signed is the timestamp, a full stop and the body.
    """
    signed = str(timestamp).encode() + b"." + body
    made = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join(f"{SCHEME}={one}" for one in made)


def is_signed(header: str, secret: str, timestamp: int, body: bytes, now: int) -> bool:
    """Say whether a body is what the holder of the secret sent, and recently: what a receiver asks."""
    if abs(now - timestamp) > TOLERANCE.total_seconds():
        return False
    wanted = sign([secret], timestamp, body)
    return any(hmac.compare_digest(one.strip(), wanted) for one in header.split(","))


def wants(events: Sequence[str], event: Event | str) -> bool:
    """Say whether an endpoint that chose these events is told of one; who chose none is told of all."""
    return (not events and event in EVENTS) or event in events


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _is_local_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        name = host.rstrip(".").lower()
        # A name without a dot is one of this network; some resolvers read digits as a number.
        is_number = name.rpartition(".")[2].isdigit() or name.rpartition(".")[2].startswith("0x")
        return "." not in name or is_number or name.endswith((".localhost", ".local", ".internal", ".home.arpa"))
    return not is_public(host)
