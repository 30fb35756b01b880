"""Writing the journal: one event at the end of an obstacle's chain, and the hourly seal over all that grew."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.codes import Event
from escalation.domain.journal import GENESIS, canonical_text, instant, link_hash, text_digest
from escalation.domain.policy import Actor
from escalation.models.journal import JournalEvent, JournalSeal
from escalation.models.obstacles import Obstacle, Statement
from escalation.services.transaction import transaction

SEAL_BATCH = 10_000


@dataclass(frozen=True)
class Entry:
    """What is to be journaled: the fact, its codes and dates, and the texts that go with it."""

    event: Event
    codes: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    acting_for_id: int | None = None
    """In whose place the actor acts, where it is not their own."""


def append_event(
    session: Session, obstacle: Obstacle, entry: Entry, *, actor: Actor, mandate_id: int | None, now: datetime
) -> JournalEvent:
    """Add one event to the chain of an obstacle whose row is locked, and keep its texts beside it.

    The event itself holds ids, codes, dates and salted digests, never a name or a text.
    """
    seq = obstacle.journal_seq + 1
    digests = {kind: _keep_text(session, obstacle.id, seq, kind, text) for kind, text in entry.texts.items() if text}
    facts = {
        "obstacle": obstacle.id,
        "seq": seq,
        "event": entry.event,
        "at": instant(now),
        "person": actor.person_id,
        "mandate": mandate_id,
        "acting_for": entry.acting_for_id,
        "codes": dict(entry.codes),
        "texts": digests,
    }
    canonical = canonical_text(facts)
    previous = obstacle.journal_hash or GENESIS
    event = JournalEvent(
        obstacle_id=obstacle.id,
        seq=seq,
        event=entry.event,
        occurred_at=now,
        person_id=actor.person_id,
        mandate_id=mandate_id,
        acting_for_id=entry.acting_for_id,
        canonical=canonical,
        previous_hash=previous,
        hash=link_hash(previous, canonical),
    )
    session.add(event)
    obstacle.journal_seq, obstacle.journal_hash = seq, event.hash
    session.flush()
    return event


def _keep_text(session: Session, obstacle_id: int, seq: int, kind: str, text: str) -> str:
    salt = secrets.token_hex(16)
    session.add(Statement(obstacle_id=obstacle_id, event_seq=seq, kind=kind, text=text, salt=salt))
    return text_digest(salt, text)


def seal_journal(now: datetime) -> int:
    """Add one link to the global chain over every obstacle's chain that grew since the last; return how many did.

    An hour without events adds no link.
    """
    with transaction() as session:
        last = session.scalars(select(JournalSeal).order_by(JournalSeal.seq.desc()).limit(1).with_for_update()).first()
        grown = session.scalars(
            select(Obstacle)
            .where(Obstacle.journal_seq > Obstacle.sealed_seq)
            .order_by(Obstacle.id)
            .limit(SEAL_BATCH)
            .with_for_update()
        ).all()
        if not grown:
            return 0
        heads = [[row.id, row.journal_seq, row.journal_hash] for row in grown]
        seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
        canonical = canonical_text({"seq": seq, "at": instant(now), "heads": heads})
        session.add(
            JournalSeal(
                seq=seq,
                sealed_at=now,
                canonical=canonical,
                previous_hash=previous,
                hash=link_hash(previous, canonical),
            )
        )
        for row in grown:
            row.sealed_seq = row.journal_seq
        return len(grown)
