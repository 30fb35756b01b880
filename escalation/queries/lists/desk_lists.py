"""What each list beside the queue holds for an actor: what waits for them, their commune's own, what they may read."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, Office, Status
from escalation.domain.policy import Actor
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.queries.case.obstacles import visible_to
from escalation.queries.lists.case_rows import Cursor, Page, list_by_age, list_by_change, list_by_deadline
from escalation.queries.lists.territory import places_of

OWN_OFFICES = COMMUNE_OFFICES | {Office.SECRETARIAT_STAFF}
SOON = timedelta(days=5)


def list_own(actor: Actor, status: Status | None = None, after: Cursor | None = None) -> Page:
    """Return a page of the obstacles of an actor's communes, or of those they filed as staff: drafts first."""
    return list_by_change(and_(_own(actor), *_of_status(status)), after)


def list_readable(actor: Actor, status: Status | None = None, after: Cursor | None = None) -> Page:
    """Return a page of all filed obstacles an actor may read, the newest first."""
    return list_by_age(and_(visible_to(actor), Obstacle.status != Status.DRAFT, *_of_status(status)), after)


def list_own_waiting(actor: Actor, statuses: Collection[Status], limit: int) -> Page:
    """Return the first of an actor's own obstacles that stand at one of these statuses."""
    return list_by_change(and_(_own(actor), Obstacle.status.in_(statuses)), limit=limit)


def list_my_cases_soon_due(actor: Actor, now: datetime, limit: int) -> Page:
    """Return the first of the cases an actor, or who they act for, has in charge that are late or soon due."""
    desks = places_of(actor, MEMBER_OFFICES)
    hands = {actor.person_id, *(mandate.for_person_id for mandate in actor.mandates if mandate.for_person_id)}
    mine = and_(OPEN_AT_A_DESK, Obstacle.desk_code.in_(desks), Obstacle.assignee_id.in_(hands))
    return list_by_deadline(and_(mine, Obstacle.due_at < now + SOON), limit=limit)


def list_unclaimed(actor: Actor, limit: int) -> Page:
    """Return the first of the cases at an actor's desks that nobody has in charge."""
    desks = places_of(actor, MEMBER_OFFICES)
    free = and_(OPEN_AT_A_DESK, Obstacle.desk_code.in_(desks), Obstacle.status == Status.FILED)
    return list_by_deadline(free, limit=limit)


def _of_status(status: Status | None) -> list[ColumnElement[bool]]:
    return [] if status is None else [Obstacle.status == status]


def _own(actor: Actor) -> ColumnElement[bool]:
    communes = places_of(actor, COMMUNE_OFFICES)
    filed_by_me = and_(
        Obstacle.region_code.in_(places_of(actor, {Office.SECRETARIAT_STAFF})), Obstacle.author_id == actor.person_id
    )
    return or_(Obstacle.commune_code.in_(communes), filed_by_me)
