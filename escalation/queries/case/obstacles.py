"""Reading obstacles, always inside what the actor may see.

``visible_to`` is the twin in SQL of ``escalation.domain.policy.may_see``; a property test keeps them equal.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select

from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, Office, Status
from escalation.domain.content import Content
from escalation.domain.errors import NotFound
from escalation.domain.policy import Actor, MandateHeld
from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Referral

KEPT_QUERIES = 128
"""For how many readers the query of what they may see stays built."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an obstacle is inside this actor's territory."""
    return or_(false(), *(_visible_by(mandate, actor.person_id) for mandate in actor.mandates))


def _visible_by(mandate: MandateHeld, person_id: int | None) -> ColumnElement[bool]:
    place, filed = mandate.place_code, Obstacle.status != Status.DRAFT
    if mandate.office in COMMUNE_OFFICES:
        return Obstacle.commune_code == place
    if mandate.office is Office.SECRETARIAT_STAFF:
        return and_(Obstacle.region_code == place, Obstacle.author_id == person_id)
    if mandate.office in MEMBER_OFFICES:
        stayed = exists().where(Referral.desk_code == place, Referral.obstacle_id == Obstacle.id)
        return and_(filed, stayed)
    if mandate.office is Office.PROVINCIAL_SECRETARY:
        return and_(filed, Obstacle.province_code == place)
    if mandate.office is Office.REGIONAL_SECRETARY:
        return and_(filed, Obstacle.region_code == place)
    return false()


def get_obstacle(actor: Actor, reference: str) -> Obstacle:
    """Return the filed obstacle of a reference. Raises: NotFound, also when it is outside the actor's territory."""
    return _one(_by_reference(actor), {"reference": reference})


def get_draft(actor: Actor, draft_id: int) -> Obstacle:
    """Return a draft, or what became of it once filed. Raises: NotFound, also when it is not the actor's to see."""
    return _one(_by_id(actor), {"id": draft_id})


@lru_cache(maxsize=KEPT_QUERIES)
def _by_reference(actor: Actor) -> Select[Obstacle]:
    return select(Obstacle).where(Obstacle.reference == bindparam("reference"), visible_to(actor))


@lru_cache(maxsize=KEPT_QUERIES)
def _by_id(actor: Actor) -> Select[Obstacle]:
    return select(Obstacle).where(Obstacle.id == bindparam("id"), visible_to(actor))


def _one(query: Select[Obstacle], given: Mapping[str, Any]) -> Obstacle:
    found = db.session.scalars(query, given).first()
    if found is None:
        raise NotFound("obstacle")
    return found


def content_of(obstacle: Any) -> Content:
    """Return what an obstacle's row, whole or only these columns of it, holds of what the commune said."""
    answers = {field.name: getattr(obstacle, field.name) for field in fields(Content)}
    return Content(**answers | {"asked_of": tuple(obstacle.asked_of or ())})


def list_referrals(obstacle_id: int) -> list[Referral]:
    """Return the whole path of an obstacle: its stays at desks, in order."""
    return list(db.session.scalars(_PATH, {"obstacle_id": obstacle_id}))


_PATH = select(Referral).where(Referral.obstacle_id == bindparam("obstacle_id")).order_by(Referral.seq)
