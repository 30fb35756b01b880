"""Ruling on a type that desks send to and fro: another first desk, proposed to an administrator, or the same."""

from dataclasses import dataclass
from datetime import datetime

from escalation.domain.calendar import local_day
from escalation.domain.codes import Level, Office, RulingState
from escalation.domain.competence import Competence, competence_on
from escalation.domain.errors import NotAllowed
from escalation.domain.policy import Actor
from escalation.models.competence import Ruling
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType
from escalation.queries.competence import default_of, list_said
from escalation.services.people.people import WrongField
from escalation.services.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """Which desk shall have a type first, somewhere in the region, and why, in words."""

    obstacle_type: str
    place_code: str
    first_desk: Level
    words: str


def rule_on(judgment: Judgment, actor: Actor, now: datetime) -> RulingState:
    """Write down what a regional secretary rules; what changes the table waits for an administrator.

    Raises: NotAllowed, WrongField.
    """
    with transaction() as session:
        place = session.get(Place, judgment.place_code)
        if place is None or place.level is Level.COMMUNE:
            raise WrongField("place", "unknown")
        if Office.REGIONAL_SECRETARY not in actor.offices_at(place.region_code) or actor.person_id is None:
            raise NotAllowed("rule_on")
        kind = session.get(ObstacleType, judgment.obstacle_type)
        if kind is None:
            raise WrongField("obstacle_type", "unknown")
        is_same = _holds(kind, place, now).first_desk is judgment.first_desk
        state = RulingState.AS_IT_IS if is_same else RulingState.PROPOSED
        session.add(
            Ruling(
                region_code=place.region_code,
                obstacle_type=kind.code,
                place_code=place.code,
                first_desk=judgment.first_desk,
                words=judgment.words,
                state=state,
                made_by_id=actor.person_id,
                made_at=now,
            )
        )
        return state


def _holds(kind: ObstacleType, place: Place, now: datetime) -> Competence:
    """Return what the table says of a place; of a region, what it says where no province has its own word."""
    said = list_said(kind.code, [place.code, place.region_code])
    return competence_on(local_day(now), default_of(kind), said, place.code, place.region_code)
