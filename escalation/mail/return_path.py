"""The addresses by which letters come back: one for reports of failure, one for answers, made for one letter each.

An address holds the number of its letter and a signature over all that the letter is: which, to whom, at which address.
Nobody makes one without the installation's key, and none serves for another letter, another purpose or another person.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

ID_BYTES: Final = 6
SIGNATURE_BYTES: Final = 16
VALID_FOR: Final = timedelta(days=120)
"""How long after its event a letter may be answered, or said to have failed."""
LOCAL_PART: Final = re.compile(r"(bounce|reply)\+([a-z2-7]{36})")


class Purpose(StrEnum):
    """What comes to an address."""

    BOUNCE = "bounce"
    REPLY = "reply"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """What of a letter its addresses are signed over."""

    id: int
    message_id: str
    recipient_id: int
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """What an address of ours says before it is believed."""

    purpose: Purpose
    letter_id: int
    signature: bytes


def return_address(purpose: Purpose, letter: Signed, domain: str, key: str) -> str:
    """Return the address of one letter for one purpose; equal letters give equal addresses."""
    return f"{purpose}+{_token(letter.id.to_bytes(ID_BYTES) + _sign(purpose, letter, key))}@{domain}"


def read_address(address: str, domain: str) -> Found | None:
    """Return what an address says, if it is one of ours; a relay may have changed the case of its letters."""
    local, _at, host = address.strip().lower().rpartition("@")
    match = LOCAL_PART.fullmatch(local)
    if match is None or not domain or host != domain:
        return None
    token = match.group(2)
    try:
        packed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    if _token(packed) != token:
        return None
    return Found(Purpose(match.group(1)), int.from_bytes(packed[:ID_BYTES]), packed[ID_BYTES:])


def is_genuine(found: Found, letter: Signed, keys: Sequence[str]) -> bool:
    """Say whether one of the installation's keys made this address for this letter."""
    signatures = (_sign(found.purpose, letter, key) for key in keys)
    return found.letter_id == letter.id and any(hmac.compare_digest(found.signature, one) for one in signatures)


def is_expired(event_at: datetime, now: datetime) -> bool:
    """Say whether a letter is too old to come back."""
    return now - event_at > VALID_FOR


def name_of_key(key: str) -> str:
    """Return a short name of a key that does not give it away: a letter keeps which one made its address."""
    return sha256(f"name of a key for return addresses:{key}".encode()).hexdigest()[:8]


def _token(packed: bytes) -> str:
    return base64.b32encode(packed).decode().rstrip("=").lower()


def _sign(purpose: Purpose, letter: Signed, key: str) -> bytes:
    said = f"return-path:{purpose}:{letter.id}:{letter.message_id}:{letter.recipient_id}:{letter.address.lower()}"
    return hmac.digest(key.encode(), said.encode(), "sha256")[:SIGNATURE_BYTES]
