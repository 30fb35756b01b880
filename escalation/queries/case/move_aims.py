"""Reading what a move may be aimed at: colleagues with what they have in hand, and the other desks of the region."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from escalation.domain.codes import Level
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier
from escalation.queries.people.people import list_desk_members


@dataclass(frozen=True)
class OtherDesk:
    """A desk to which a case may be transferred, and whether anybody is there to receive it."""

    place: Place
    is_staffed: bool


def count_in_hand(person_ids: Collection[int]) -> dict[int, int]:
    """Count the open cases that each of these people has in charge, in one query; who has none is left out."""
    in_hand = (OPEN_AT_A_DESK, Obstacle.assignee_id.in_(person_ids))
    rows = db.session.execute(
        select(Obstacle.assignee_id, func.count()).where(*in_hand).group_by(Obstacle.assignee_id)
    ).all()
    return {person_id: count for person_id, count in rows if person_id is not None}


def list_other_desks(dossier: Dossier) -> list[OtherDesk]:
    """Return the desks of the region that the table lets a case be transferred to, the region's first; in two queries.

    From the region's desk the province's own is left out: to go back there is another move.
    """
    obstacle = dossier.obstacle
    desks = (Place.region_code == obstacle.region_code, Place.level.in_([Level.PROVINCE, Level.REGION]))
    places = db.session.scalars(
        select(Place).where(*desks, Place.retired.is_(False)).order_by(Place.level.desc(), Place.name_fr, Place.code)
    ).all()
    own = {obstacle.desk_code, obstacle.province_code if obstacle.level is Level.REGION else None}
    others = [place for place in places if place.code not in own]
    codes = {place.code for place in others}
    members = list_desk_members(codes, obstacle.commune_code, dossier.case.filed_on, dossier.today)
    staffed = {member.place_code for member in members}
    return [OtherDesk(place, place.code in staffed) for place in others]
