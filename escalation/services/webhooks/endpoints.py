"""Endpoints of webhooks: added, tried, paused, given another secret, removed; who did so is written down."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import MessageStatus
from escalation.domain.errors import NotFound
from escalation.domain.webhooks import (
    EVENTS,
    NAME_CHARS,
    OLD_SECRET_HOLDS,
    EndpointState,
    UrlFault,
    WrongUrl,
    read_url,
)
from escalation.models.outbox import OutboxMessage
from escalation.models.webhooks import WebhookEndpoint
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.reference import Endpoint
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.people.sealing import seal, unseal
from escalation.services.people.security import note_security
from escalation.services.transaction import owes_messages, transaction
from escalation.services.webhooks.rows import PAUSED, write_test

SECRET_BYTES: Final = 32
MOST_ENDPOINTS: Final = 20
"""Of one region: each is told of every event."""
REMOVED: Final = "removed"


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """What an administrator says of an endpoint."""

    name: str
    url: str
    region_code: str
    events: Sequence[str] = ()


def add_endpoint(new: NewEndpoint, by: Administrator) -> tuple[int, str]:
    """Let another system hear of a region's cases from now on; return its number and its secret.

    The secret is shown this once: nobody can read it again.

    Raises: WrongField.
    """
    _check(new, by)
    with transaction() as session:
        held = select(WebhookEndpoint.id).where(
            WebhookEndpoint.region_code == new.region_code, WebhookEndpoint.state != EndpointState.REMOVED
        )
        if len(session.scalars(held).all()) >= MOST_ENDPOINTS:
            raise WrongField("url", "too_many")
        row = WebhookEndpoint(
            name=new.name, url=new.url, region_code=new.region_code, events=[*new.events],
            added_by_id=by.person_id, created_at=by.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        secret = _new_secret()
        row.secret_sealed = seal(secret, _purpose(row.id))
        _note(session, SecurityEventKind.WEBHOOK_ADDED, row, by)
        return row.id, secret


def renew_secret(endpoint_id: int, by: Administrator) -> str:
    """Give an endpoint another secret and return it; the old one signs as well for a day. Raises: NotFound."""
    with transaction() as session:
        row = _locked(session, endpoint_id, by)
        secret = _new_secret()
        row.previous_sealed, row.previous_until = row.secret_sealed, by.now + OLD_SECRET_HOLDS
        row.secret_sealed = seal(secret, _purpose(row.id))
        _note(session, SecurityEventKind.WEBHOOK_SECRET_RENEWED, row, by)
        return secret


def try_endpoint(endpoint_id: int, by: Administrator) -> None:
    """Let an endpoint hear something that is about no case. Raises: NotFound."""
    with transaction() as session:
        row = _locked(session, endpoint_id, by)
        write_test(session, Endpoint(row.id, row.region_code, row.url, (), is_paused=False), by.now)


def pause_endpoint(endpoint_id: int, by: Administrator) -> None:
    """Tell an endpoint nothing for now: what is owed to it, and what happens meanwhile, is skipped and says so.

    Raises: NotFound.
    """
    with transaction() as session:
        row = _locked(session, endpoint_id, by)
        if row.state is EndpointState.PAUSED:
            return
        row.state = EndpointState.PAUSED
        _skip_owed(session, row.id, PAUSED)
        _note(session, SecurityEventKind.WEBHOOK_PAUSED, row, by)


def resume_endpoint(endpoint_id: int, by: Administrator, *, with_skipped: bool) -> None:
    """Tell an endpoint again what happens; `with_skipped`, also what was skipped meanwhile, in its order.

    Raises: NotFound.
    """
    with transaction() as session:
        row = _locked(session, endpoint_id, by)
        row.state = EndpointState.ACTIVE
        if with_skipped:
            missed = (
                OutboxMessage.endpoint_id == row.id,
                OutboxMessage.status == MessageStatus.SKIPPED,
                OutboxMessage.status_reason == PAUSED,
            )
            anew = {"status": MessageStatus.QUEUED, "status_reason": "", "not_before_ms": get_now_ms()}
            session.execute(update(OutboxMessage).where(*missed).values(attempts=0, first_tried_ms=None, **anew))
            owes_messages(session)
        _note(session, SecurityEventKind.WEBHOOK_RESUMED, row, by)


def remove_endpoint(endpoint_id: int, by: Administrator) -> None:
    """Tell an endpoint nothing more, for good; its secrets go, what it was told stays written. Raises: NotFound."""
    with transaction() as session:
        row = _locked(session, endpoint_id, by)
        row.state, row.secret_sealed, row.previous_sealed = EndpointState.REMOVED, "", ""
        _skip_owed(session, row.id, REMOVED)
        _note(session, SecurityEventKind.WEBHOOK_REMOVED, row, by)


def secrets_of(row: WebhookEndpoint, now: datetime) -> list[str]:
    """Return the secrets that sign for an endpoint now, the newest first. Raises: Unsealable."""
    sealed = [row.secret_sealed]
    if row.previous_sealed and row.previous_until is not None and now < row.previous_until:
        sealed.append(row.previous_sealed)
    return [unseal(one, _purpose(row.id)) for one in sealed]


def _check(new: NewEndpoint, by: Administrator) -> None:
    if not new.name or len(new.name) > NAME_CHARS:
        raise WrongField("name", "missing")
    if new.region_code not in by.regions:
        raise WrongField("region", "unknown")
    if not set(new.events) <= set(EVENTS):
        raise WrongField("events", "unknown")
    try:
        read_url(new.url, allow_private=current_app.extensions["config"].webhooks.allow_private)
    except WrongUrl as wrong:
        raise WrongField("url", UrlFault(wrong.fault).value) from wrong


def _locked(session: Session, endpoint_id: int, by: Administrator) -> WebhookEndpoint:
    row = session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
    if row is None or row.state is EndpointState.REMOVED or row.region_code not in by.regions:
        raise NotFound("webhook endpoint")
    return row


def _skip_owed(session: Session, endpoint_id: int, reason: str) -> None:
    """Skip what waits; what is on its way just now ends as it ends."""
    owed = (OutboxMessage.endpoint_id == endpoint_id, OutboxMessage.status == MessageStatus.QUEUED)
    skipped = {"status": MessageStatus.SKIPPED, "status_reason": reason}
    session.execute(update(OutboxMessage).where(*owed).values(**skipped))


def _note(session: Session, kind: SecurityEventKind, row: WebhookEndpoint, by: Administrator) -> None:
    note_security(session, kind, now=by.now, person_id=by.person_id, by_id=by.person_id, endpoint=row.id)


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(SECRET_BYTES)}"


def _purpose(endpoint_id: int) -> str:
    return f"webhook {endpoint_id}"
