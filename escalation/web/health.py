"""What supervisors and proxies ask: does the process live, and is the installation fit to serve."""

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.codes import MessageStatus
from escalation.domain.delivery import BreakerState
from escalation.extensions import db
from escalation.queries.case.due import get_clock_state
from escalation.queries.messages.outbox import count_stopped, get_now_ms, list_breakers
from escalation.queries.messages.outbox_state import get_lateness
from escalation.queries.present import get_present
from escalation.queries.ticks import find_last_tick
from escalation.web.access import public

bp = Blueprint("health", __name__, url_prefix="/healthz")

NEVER_STORED = {"Cache-Control": "no-store"}


@bp.get("/live")
@public
def live() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}, 200, NEVER_STORED


@bp.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """The database answers; the rest is told for whoever watches. Redis down is not unready: mail leaves without it."""
    try:
        facts = _facts()
    except SQLAlchemyError:
        return {"status": "unavailable", "database": "unreachable"}, 503, NEVER_STORED
    return {"status": "ok", "database": "ok"} | facts, 200, NEVER_STORED


def _facts() -> dict[str, Any]:
    db.session.execute(text("SELECT 1"))
    config = current_app.extensions["config"]
    return {
        **_mail_facts(),
        **_outbox_facts(),
        "dispatcher_seen_s_ago": _age_s(find_last_tick("dispatcher")),
        "journal_sealed_s_ago": _age_s(find_last_tick("journal.seal")),
        **_clock_facts(),
        "redis": "embedded" if config.redis.is_embedded else "configured",
    }


def _mail_facts() -> dict[str, Any]:
    shut = [breaker for breaker in list_breakers() if breaker.state is not BreakerState.CLOSED]
    stopped, now_ms = count_stopped(), get_now_ms() if shut else 0
    return {
        "mail": "shut" if shut else "ok",
        "mail_shut": {
            breaker.channel: {"cause": breaker.cause, "since_s": max(0, now_ms - breaker.since_ms) // 1000}
            for breaker in shut
        },
        "mail_given_up": stopped[MessageStatus.FAILED],
        "mail_quarantined": stopped[MessageStatus.QUARANTINED],
    }


def _outbox_facts() -> dict[str, Any]:
    """What the outbox says of itself: ``late`` when a message has been due for more than five minutes."""
    late = get_lateness()
    return {
        "outbox": late.word,
        "oldest_unsent_age_s": late.oldest_unsent_s,
        "digest_due_since_s": late.oldest_digest_s,
        "outbox_set_aside": late.set_aside,
    }


def _clock_facts() -> dict[str, Any]:
    now = get_present()
    state = get_clock_state(now)
    alarms = {"silent": state.is_silent(now), "cut": state.was_cut, "set_aside": state.set_aside > 0}
    return {
        "clock": next((word for word, is_so in alarms.items() if is_so), "ok"),
        "clock_ran_s_ago": _age_s(state.ran_at),
        "clock_due": state.due,
        "clock_due_since_s": _age_s(state.due_since),
        "clock_set_aside": state.set_aside,
    }


def _age_s(instant: datetime | None) -> int | None:
    return None if instant is None else max(0, int((get_present() - instant).total_seconds()))
