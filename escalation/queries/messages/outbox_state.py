"""How the outbox fares, as whoever looks after it asks: what is owed, since when, what waits, what was put aside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from escalation.domain.codes import Lane, MessageStatus
from escalation.domain.delivery import BreakerState
from escalation.extensions import db
from escalation.models.outbox import NOT_SENT, OWED, TO_PEOPLE, OutboxMessage
from escalation.queries.messages.digests import find_oldest_due
from escalation.queries.messages.outbox import counts_by_status, db_now_ms, list_breakers, oldest_due

LATE_AFTER_S = 300
DIGEST_LATE_AFTER_S = 900
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the outbox is, in seconds; None where nothing is owed or due."""

    oldest_unsent_s: int | None
    oldest_digest_s: int | None
    set_aside: int
    """How many messages only a person can take on, up to a hundred."""

    @property
    def is_late(self) -> bool:
        """Say whether messages are so late that somebody must look."""
        return (self.oldest_unsent_s or 0) > LATE_AFTER_S or (self.oldest_digest_s or 0) > DIGEST_LATE_AFTER_S

    @property
    def word(self) -> str:
        """Return how it fares in one word."""
        return "late" if self.is_late else "set_aside" if self.set_aside else "ok"


def get_lateness() -> Lateness:
    """Return how late the outbox is, by indexes of what has not left: fit for a page, in two questions."""
    aside = select(OutboxMessage.id).where(NOT_SENT, OutboxMessage.status == MessageStatus.QUARANTINED)
    counted = select(func.count()).select_from(aside.limit(MOST_COUNTED).subquery()).scalar_subquery()
    now_ms, owed_ms, set_aside = db.session.execute(select(db_now_ms(), oldest_due(), counted)).one()
    digest_at = find_oldest_due(datetime.fromtimestamp(now_ms / 1000, UTC))
    return Lateness(
        oldest_unsent_s=_age_s(now_ms, owed_ms),
        oldest_digest_s=_age_s(now_ms, None if digest_at is None else digest_at.timestamp() * 1000),
        set_aside=int(set_aside),
    )


def _age_s(now_ms: int, since_ms: float | None) -> int | None:
    return None if since_ms is None else max(0, int(now_ms - since_ms) // 1000)


def count_owed() -> Mapping[Lane, int]:
    """Return how many messages to people are owed in each lane."""
    lanes = select(OutboxMessage.lane, func.count()).where(OWED, TO_PEOPLE).group_by(OutboxMessage.lane)
    found = {lane: int(count) for lane, count in db.session.execute(lanes)}
    return {lane: found.get(lane, 0) for lane in Lane}


def read_metrics() -> dict[str, Any]:
    """Return every number of the outbox by its name, for the command line: it reads the whole table."""
    late = get_lateness()
    return {
        "state": late.word,
        "oldest_unsent_s": late.oldest_unsent_s,
        "oldest_digest_s": late.oldest_digest_s,
        "mails": {str(status): count for status, count in counts_by_status().items()},
        "owed": {str(lane): count for lane, count in count_owed().items()},
        "shut": {one.channel: one.state is not BreakerState.CLOSED for one in list_breakers()},
    }
