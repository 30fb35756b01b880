"""The pace kept in the database, so that it holds for all workers together: who claims takes the turns first."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.codes import Lane, MessageChannel
from escalation.domain.paces import Limits, domain_of, take_turns, turns_free
from escalation.models.outbox import Pace
from escalation.services.transaction import insert_or

Row = Any
"""What a claim reads of a message: its id, channel and address among the rest."""


def admit(session: Session, rows: Sequence[Row], lane: Lane, limits: Limits, now_ms: int) -> list[Row]:
    """Return those of the messages that may leave now, in their order, and take their turns."""
    if not rows or not (limits.per_second or limits.per_domain):
        return list(rows)
    paces = _locked_paces(session, {key for row in rows for key in _keys(row, limits)}, now_ms)
    left = {key: turns_free(pace.free_at_us, now_ms * 1000, _rate(key, limits), lane) for key, pace in paces.items()}
    taken: Counter[str] = Counter()
    admitted = []
    for row in rows:
        keys = _keys(row, limits)
        if all(taken[key] < left[key] for key in keys):
            taken.update(keys)
            admitted.append(row)
    for key, count in taken.items():
        paces[key].free_at_us = take_turns(paces[key].free_at_us, now_ms * 1000, _rate(key, limits), count)
    return admitted


def list_spent_domains(session: Session, lane: Lane, limits: Limits, now_ms: int) -> list[str]:
    """Return the domains to which no message of a lane may leave now."""
    if not limits.per_domain:
        return []
    prefix = _domain_key(MessageChannel.EMAIL, "")
    ahead = select(Pace).where(Pace.key.startswith(prefix), Pace.free_at_us > now_ms * 1000)
    return [
        pace.key.removeprefix(prefix)
        for pace in session.scalars(ahead)
        if not turns_free(pace.free_at_us, now_ms * 1000, limits.per_domain, lane)
    ]


def _keys(row: Row, limits: Limits) -> list[str]:
    keys = [row.channel.value] if limits.per_second else []
    return [*keys, _domain_key(row.channel, row.address)] if limits.per_domain else keys


def _domain_key(channel: MessageChannel, address: str) -> str:
    return f"{channel}@{domain_of(address)}"


def _rate(key: str, limits: Limits) -> int:
    return limits.per_domain if "@" in key else limits.per_second


def _locked_paces(session: Session, keys: set[str], now_ms: int) -> dict[str, Pace]:
    """Lock these paces, always in the same order, and make those that are not there."""
    new = [{"key": key, "free_at_us": now_ms * 1000} for key in sorted(keys)]
    session.execute(insert_or(session, Pace).values(new).on_conflict_do_nothing())
    wanted = select(Pace).where(Pace.key.in_(keys)).order_by(Pace.key).with_for_update()
    return {pace.key: pace for pace in session.scalars(wanted)}
