"""The cases at an actor's desks that are in charge of somebody who sits there no more."""

from datetime import date

from sqlalchemy import and_

from escalation.domain.codes import MEMBER_OFFICES
from escalation.domain.policy import Actor
from escalation.models.obstacles import Obstacle
from escalation.queries.lists.case_rows import Page, list_by_deadline
from escalation.queries.lists.territory import places_of
from escalation.queries.people.watched import is_left_behind


def list_left_behind(actor: Actor, today: date) -> Page:
    """Return the first of these cases, the nearest deadline first."""
    return list_by_deadline(and_(Obstacle.desk_code.in_(places_of(actor, MEMBER_OFFICES)), is_left_behind(today)))
