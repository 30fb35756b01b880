"""Reading where a draft would go: its desk, why, by when an answer is expected, and what comes after that."""

from dataclasses import dataclass
from datetime import date, datetime

from escalation.domain.routing import Route, first_desk
from escalation.models.obstacles import Obstacle
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.competence import Why, find_competence, read_why
from escalation.queries.places import get_place
from escalation.queries.taxonomy import get_obstacle_type


@dataclass(frozen=True)
class Preview:
    """What the page says before filing."""

    route: Route
    obstacle_type: ObstacleType
    why: Why
    place: Place
    """The prefecture, province or region whose desk it is."""
    answer_by: date


def plan_route(dossier: Dossier, obstacle_type: ObstacleType) -> Route:
    """Return the desk that an obstacle of this type would go to now, as the table of competence says."""
    obstacle = dossier.obstacle
    here = find_competence(obstacle_type, obstacle.province_code, obstacle.region_code, dossier.today)
    return first_desk(
        here.first_desk,
        obstacle.province_code,
        obstacle.region_code,
        lambda desk: bool(dossier.members_of(desk)),
    )


def preview_route(draft: Obstacle, now: datetime) -> Preview | None:
    """Return where a draft would go if it were filed now; None while its type is not chosen."""
    if draft.obstacle_type is None:
        return None
    dossier, obstacle_type = read_dossier(draft, now), get_obstacle_type(draft.obstacle_type)
    route = plan_route(dossier, obstacle_type)
    answer_by = dossier.calendar.add_working_days(dossier.today, dossier.settings.answer_days(route.level))
    return Preview(
        route=route,
        obstacle_type=obstacle_type,
        why=read_why(obstacle_type, draft.province_code, draft.region_code, dossier.today),
        place=get_place(route.desk_code),
        answer_by=answer_by,
    )
