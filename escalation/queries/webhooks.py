"""Endpoints of webhooks, and what became of what they were told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import MessageStatus
from escalation.domain.webhooks import EndpointState
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.models.webhooks import WebhookEndpoint
from escalation.queries.messages.outbox import OWED_STATUSES
from escalation.queries.reference import Endpoint, get_reference

PAGE = 50
NOT_TAKEN = (*OWED_STATUSES, MessageStatus.FAILED, MessageStatus.QUARANTINED)


@dataclass(frozen=True)
class Delivery:
    """One thing that an endpoint was told or is to be told; never its words."""

    id: int
    event: str
    reference: str | None
    status: MessageStatus
    reason: str
    attempts: int
    at: datetime
    sent_at: datetime | None
    next_ms: int


@dataclass(frozen=True)
class Untaken:
    """What an endpoint did not take although it was tried, since it last took something."""

    count: int
    oldest_at: datetime


def list_told(region_code: str) -> Sequence[Endpoint]:
    """Return the endpoints that hear of the cases of a region, from what this process keeps."""
    return [one for one in get_reference().endpoints if one.region_code == region_code]


def find_endpoint(endpoint_id: int) -> WebhookEndpoint | None:
    """Return an endpoint, whatever its state; None when there is none."""
    return db.session.get(WebhookEndpoint, endpoint_id)


def list_endpoints(regions: Collection[str]) -> Sequence[WebhookEndpoint]:
    """Return the endpoints of these regions that were not removed, in the order they came."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.region_code.in_(regions), WebhookEndpoint.state != EndpointState.REMOVED)
        .order_by(WebhookEndpoint.region_code, WebhookEndpoint.id)
    )
    return db.session.scalars(query).all()


def find_untaken(endpoints: Collection[int]) -> dict[int, Untaken]:
    """Return what these endpoints do not take, by their numbers; who takes all that it is told is left out."""
    taken = aliased(OutboxMessage)
    last_taken = (
        select(func.max(taken.id))
        .where(taken.endpoint_id == OutboxMessage.endpoint_id, taken.status == MessageStatus.SENT)
        .scalar_subquery()
    )
    query = (
        select(OutboxMessage.endpoint_id, func.count(), func.min(OutboxMessage.event_at))
        .where(
            OutboxMessage.endpoint_id.in_(endpoints),
            OutboxMessage.status.in_(NOT_TAKEN),
            OutboxMessage.attempts > 0,
            OutboxMessage.id > func.coalesce(last_taken, 0),
        )
        .group_by(OutboxMessage.endpoint_id)
    )
    found = db.session.execute(query).all()
    return {number: Untaken(count, oldest_at) for number, count, oldest_at in found if number is not None}


def list_deliveries(endpoint_id: int, before: int | None) -> Sequence[Delivery]:
    """Return what an endpoint was told, newest first, from one on; one more than a page, if there is more."""
    query = (
        select(
            OutboxMessage.id,
            OutboxMessage.event,
            Obstacle.reference,
            OutboxMessage.status,
            OutboxMessage.status_reason,
            OutboxMessage.attempts,
            OutboxMessage.event_at,
            OutboxMessage.sent_at,
            OutboxMessage.not_before_ms,
        )
        .outerjoin(Obstacle, Obstacle.id == OutboxMessage.obstacle_id)
        .where(OutboxMessage.endpoint_id == endpoint_id)
        .order_by(OutboxMessage.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    return [Delivery(*row) for row in db.session.execute(query)]
