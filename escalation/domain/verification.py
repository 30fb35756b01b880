"""How a link of the journal is proven: what is wrong with an event, a text or a seal, as a code; reads no row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from escalation.domain.journal import canonical_text, instant, link_hash, text_digest


class Fault(StrEnum):
    """What is wrong with a link."""

    MISSING = "missing"
    OUT_OF_CHAIN = "out_of_chain"
    ALTERED = "altered"
    NOT_CANONICAL = "not_canonical"
    COLUMNS_DIFFER = "columns_differ"
    TEXT_ALTERED = "text_altered"
    TEXT_UNKNOWN = "text_unknown"
    HEAD_DIFFERS = "head_differs"
    STATE_DIFFERS = "state_differs"
    ANSWERS_DIFFER = "answers_differ"
    SEALED_DIFFERS = "sealed_differs"
    OBSTACLE_MISSING = "obstacle_missing"
    NEVER_SEALED = "never_sealed"


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain as it is stored: an event's, or a seal's."""

    seq: int
    canonical: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class EventColumns:
    """What the columns of an event's row say beside its canonical text."""

    obstacle_id: int
    seq: int
    event: str
    occurred_at: datetime
    person_id: int | None
    mandate_id: int | None
    acting_for_id: int | None

    def facts(self) -> dict[str, Any]:
        """Return these columns by their names in the canonical text."""
        return {
            "obstacle": self.obstacle_id,
            "seq": self.seq,
            "event": self.event,
            "at": instant(self.occurred_at),
            "person": self.person_id,
            "mandate": self.mandate_id,
            "acting_for": self.acting_for_id,
        }


def link_fault(link: Link, expected_seq: int, previous_hash: str) -> Fault | None:
    """Return what is wrong with a link that should be the next after ``previous_hash``, or None."""
    if link.seq != expected_seq:
        return Fault.MISSING
    if link.previous_hash != previous_hash:
        return Fault.OUT_OF_CHAIN
    if not link.canonical.isascii() or link.hash != link_hash(link.previous_hash, link.canonical):
        return Fault.ALTERED
    return None


def read_facts(canonical: str) -> dict[str, Any] | None:
    """Return the facts of a canonical text; None when it is not the one text that stands for them."""
    try:
        facts = json.loads(canonical)
        return facts if isinstance(facts, dict) and canonical_text(facts) == canonical else None
    except ValueError:
        return None


def columns_fault(facts: Mapping[str, Any], columns: EventColumns) -> Fault | None:
    """Return a fault when the row's own columns say something else than its canonical text."""
    told = columns.facts()
    same = all(name in facts and type(facts[name]) is type(told[name]) and facts[name] == told[name] for name in told)
    return None if same else Fault.COLUMNS_DIFFER


def texts_fault(digests: Mapping[str, str], kept: Mapping[str, tuple[str, str]]) -> Fault | None:
    """Return what is wrong with the texts (kind: salt and text) kept beside an event.

    A text that is gone was erased by law: that breaks nothing.
    """
    if not kept.keys() <= digests.keys():
        return Fault.TEXT_UNKNOWN
    altered = any(text_digest(salt, text) != digests[kind] for kind, (salt, text) in kept.items())
    return Fault.TEXT_ALTERED if altered else None


def seal_fault(seal: Link, sealed_at: datetime, facts: Mapping[str, Any]) -> Fault | None:
    """Return a fault when a seal's own columns say something else than its canonical text."""
    same = facts.get("seq") == seal.seq and facts.get("at") == instant(sealed_at) and _are_heads(facts.get("heads"))
    return None if same else Fault.COLUMNS_DIFFER


def _are_heads(heads: Any) -> bool:
    return isinstance(heads, Sequence) and all(
        isinstance(head, list) and [type(part) for part in head] == [int, int, str] for head in heads
    )
