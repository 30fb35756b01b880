"""The breaker of each way out: a failure that every message would meet opens it, and one letter at a time finds out.

While it is open nothing is claimed for its channel, so that no message uses up its patience for what is not its fault.
"""

import logging
import random
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.domain.codes import MessageChannel
from escalation.domain.delivery import BreakerState, probe_delay_ms
from escalation.models.outbox import Breaker
from escalation.queries.messages.outbox import db_now_ms
from escalation.services.transaction import insert_or, transaction

logger = logging.getLogger(__name__)

NOT_CLOSED = Breaker.state != BreakerState.CLOSED


def list_shut(session: Session) -> list[Breaker]:
    """Return the breakers that let nothing, or one letter only, pass."""
    return list(session.scalars(select(Breaker).where(NOT_CLOSED).order_by(Breaker.channel)))


def begin_probe(session: Session, breaker: Breaker, now_ms: int, within_ms: int) -> bool:
    """Take it upon the caller to try one letter; False when another sender came first, or it is not time.

    A prober that dies leaves the next one free after ``within_ms``.
    """
    mine = update(Breaker).where(Breaker.channel == breaker.channel, NOT_CLOSED, Breaker.probe_at_ms <= now_ms)
    taken = mine.values(state=BreakerState.HALF_OPEN, probe_at_ms=now_ms + within_ms).returning(Breaker.channel)
    return session.scalar(taken, execution_options={"synchronize_session": False}) is not None


def open_breaker(channel: MessageChannel, cause: str, *, was_probe: bool) -> None:
    """Let nothing leave by this way until a letter has found out; what fails beside the first says nothing new."""
    with transaction() as session:
        now_ms = int(session.execute(select(db_now_ms())).scalar_one())
        new = {
            "channel": channel.value, "state": BreakerState.CLOSED, "since_ms": now_ms, "cause": "",
            "probes": 0, "probe_at_ms": now_ms,
        }  # fmt: skip
        session.execute(insert_or(session, Breaker).values(new).on_conflict_do_nothing())
        row = session.scalars(select(Breaker).where(Breaker.channel == channel.value).with_for_update()).one()
        if row.state is BreakerState.CLOSED:
            row.since_ms, row.probes = now_ms, 0
            logger.error("nothing leaves by %s (%s): its messages wait, and one letter at a time tries", channel, cause)
        elif not was_probe:
            return
        else:
            row.probes += 1
        row.state, row.cause = BreakerState.OPEN, cause[:80]
        row.probe_at_ms = now_ms + probe_delay_ms(row.probes, random.uniform(-1, 1))  # noqa: S311 - no secret


def close_breaker(channel: MessageChannel) -> None:
    """Let everything leave by this way again."""
    with transaction() as session:
        shut = update(Breaker).where(Breaker.channel == channel.value, NOT_CLOSED)
        closed = shut.values(state=BreakerState.CLOSED, since_ms=db_now_ms(), cause="", probes=0)
        if session.scalar(closed.returning(Breaker.channel)) is not None:
            logger.warning("messages leave by %s again", channel)


def give_probe_back(session: Session, channel: str) -> None:
    """Leave the probe to whoever comes next: the letter that was to try could not."""
    mine = update(Breaker).where(Breaker.channel == channel, Breaker.state == BreakerState.HALF_OPEN)
    session.execute(mine.values(state=BreakerState.OPEN, probe_at_ms=db_now_ms()))


def give_probes_back(channels: Collection[MessageChannel]) -> None:
    """Leave the probes of these channels to whoever comes next."""
    if channels:
        with transaction() as session:
            for channel in channels:
                give_probe_back(session, channel.value)
