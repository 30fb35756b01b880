"""Writing to the outbox what other systems are to be told, in the transaction of what it tells of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import insert
from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Lane, Language, MessageChannel, MessageSource, MessageStatus
from escalation.domain.webhooks import TEST, wants
from escalation.queries.case.cases import Dossier
from escalation.queries.messages.outbox import MESSAGES, get_now_ms
from escalation.queries.reference import Endpoint
from escalation.queries.webhooks import list_told
from escalation.services.messages.message_ids import new_message_id
from escalation.services.messages.notify import Source
from escalation.services.transaction import owes_messages

PAUSED = "paused"


def write_webhooks(session: Session, dossier: Dossier, source: Source, not_before_ms: int | None) -> None:
    """Write one message for each endpoint that is to hear of an event; to one that is paused, it is not owed.

    None leaves before ``not_before_ms`` on the database's clock.
    """
    obstacle = dossier.obstacle
    told = [one for one in list_told(obstacle.region_code) if wants(one.events, source.event)]
    if not told:
        return
    facts = _facts(dossier, source)
    due_ms = get_now_ms() if not_before_ms is None else not_before_ms
    rows = [_row(one, source, facts, due_ms) | {"obstacle_id": obstacle.id} for one in told]
    session.execute(insert(MESSAGES), rows)
    owes_messages(session)


def write_test(session: Session, endpoint: Endpoint, now: datetime) -> None:
    """Let an endpoint hear something that is about no case."""
    now_ms = get_now_ms()
    source = Source(MessageSource.TEST, now_ms, TEST, now, 0)
    session.execute(insert(MESSAGES), [_row(endpoint, source, {"event": TEST, "occurred_at": _iso(now)}, now_ms)])
    owes_messages(session)


def _row(endpoint: Endpoint, source: Source, facts: Mapping[str, Any], due_ms: int) -> dict[str, Any]:
    return {
        "source_kind": source.kind,
        "source_id": source.id,
        "event": source.event,
        "audience": Audience.ENDPOINT,
        "obstacle_id": None,
        "recipient_id": None,
        "endpoint_id": endpoint.id,
        "address": endpoint.url,
        "channel": MessageChannel.WEBHOOK,
        "language": Language.EN,
        "facts": {**facts, "endpoint": endpoint.id},
        "message_id": new_message_id(),
        "event_at": source.at,
        "lane": Lane.BULK,
        "order_seq": source.seq,
        "not_before_ms": due_ms,
        "status": MessageStatus.SKIPPED if endpoint.is_paused else MessageStatus.QUEUED,
        "status_reason": PAUSED if endpoint.is_paused else "",
    }


def _facts(dossier: Dossier, source: Source) -> dict[str, Any]:
    """Return what is told of a case: identifiers, codes and times as they are at the event; nothing anybody wrote."""
    obstacle, referral = dossier.obstacle, dossier.referral
    base_url = current_app.extensions["config"].installation.base_url.rstrip("/")
    return {
        "event": source.event,
        "sequence": source.seq,
        "occurred_at": _iso(source.at),
        "case": {
            "reference": obstacle.reference,
            "status": obstacle.status,
            "level": obstacle.level,
            "desk": obstacle.desk_code,
            "commune": obstacle.commune_code,
            "province": obstacle.province_code,
            "region": obstacle.region_code,
            "due_on": referral.due_on.isoformat() if referral and referral.due_on else None,
            "url": f"{base_url}/obstacles/{obstacle.reference}",
        },
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
