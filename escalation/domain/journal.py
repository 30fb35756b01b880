"""How the journal is chained: the canonical text of an event or a seal, and the hash of a link."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first link of every chain says came before it."""


def canonical_text(facts: Mapping[str, Any]) -> str:
    """Return the one text that stands for these facts: sorted keys, no needless space, plain JSON values."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def link_hash(previous_hash: str, canonical: str) -> str:
    """Return the SHA-256 of a link: the hash before it and its own canonical text."""
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode("ascii")).hexdigest()


def text_digest(salt: str, text: str) -> str:
    """Return the digest that stands in the journal for a text kept elsewhere; without the salt it says nothing."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def instant(moment: datetime) -> str:
    """Return an instant as the journal writes it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
