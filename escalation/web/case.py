"""The pages of one obstacle: its state, what one may do, its story and its messages; and the receipt of its filing."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from escalation.domain.codes import COMMUNE_OFFICES
from escalation.queries.cases import Dossier, read_dossier
from escalation.queries.obstacles import get_obstacle
from escalation.queries.people import list_names
from escalation.queries.places import get_place, get_places
from escalation.queries.taxonomy import get_obstacle_type, get_routing_reason, list_bodies, list_sectors
from escalation.queries.timeline import list_events, list_messages
from escalation.web import case_page
from escalation.web.access import requires
from escalation.web.acts import ACTS
from escalation.web.identity import current_actor, request_time

bp = Blueprint("case", __name__, url_prefix="/obstacles")


@bp.get("/<reference:reference>")
@requires()
def show(reference: str) -> ResponseReturnValue:
    """Show one obstacle: where it is, who has it, by when, what I can do; then the story and the messages."""
    dossier = read_dossier(get_obstacle(current_actor(), reference), request_time())
    obstacle = dossier.obstacle
    return render_template(
        "pages/case/show.html",
        **_about(dossier),
        actions=case_page.offered_actions(current_actor(), dossier),
        acts=ACTS,
        page=case_page,
        events=list_events(obstacle.id),
        messages=list_messages(obstacle.id),
    )


@bp.get("/<reference:reference>/receipt")
@requires()
def receipt(reference: str) -> ResponseReturnValue:
    """Show the receipt of a filing, fit for printing, which says what it is not."""
    dossier = read_dossier(get_obstacle(current_actor(), reference), request_time())
    first = dossier.referrals[0]
    obstacle_type = get_obstacle_type(dossier.obstacle.obstacle_type or "other")
    return render_template(
        "pages/case/receipt.html",
        **_about(dossier),
        first=first,
        first_desk=get_place(first.desk_code),
        passed_empty_desk=first.level is not obstacle_type.first_desk,
        reason=get_routing_reason(obstacle_type.reason),
        may_prepare=bool(COMMUNE_OFFICES & current_actor().offices_at(dossier.obstacle.commune_code)),
    )


def _about(dossier: Dossier) -> dict[str, object]:
    """Return what every page about one obstacle names: places, people, the words of its codes."""
    obstacle = dossier.obstacle
    places = get_places({obstacle.commune_code, obstacle.province_code, obstacle.region_code, obstacle.desk_code or ""})
    return {
        "dossier": dossier,
        "obstacle": obstacle,
        "places": places,
        "commune": places[obstacle.commune_code],
        "province": places[obstacle.province_code],
        "region": places[obstacle.region_code],
        "desk": places[obstacle.desk_code or obstacle.province_code],
        "assignee": list_names({obstacle.assignee_id}).get(obstacle.assignee_id) if obstacle.assignee_id else None,
        "obstacle_type": get_obstacle_type(obstacle.obstacle_type or "other"),
        "bodies": {body.code: body for body in list_bodies()},
        "sectors": {sector.code: sector for sector in list_sectors()},
    }
