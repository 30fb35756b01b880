"""The pages of the moves: one address a move, one form, one service; and what is said when the page was stale."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Action, PlaceKind
from escalation.domain.errors import AlreadySubmitted, DomainError, StaleObstacle
from escalation.domain.policy import may_file
from escalation.models.obstacles import Obstacle
from escalation.queries.cases import Dossier, read_dossier
from escalation.queries.obstacles import get_obstacle
from escalation.queries.places import get_place
from escalation.queries.timeline import list_events
from escalation.services.transitions import By, check_move
from escalation.web import case_page
from escalation.web.access import requires
from escalation.web.acts import ACTS
from escalation.web.forms.actions import MoveForm
from escalation.web.identity import current_actor, request_time

bp = Blueprint("actions", __name__, url_prefix="/obstacles")

UNPROCESSABLE, CONFLICT, SEE_OTHER = 422, 409, 303


@bp.get("/<reference:reference>/<action:action>")
@requires()
def ask(reference: str, action: Action) -> ResponseReturnValue:
    """Show the form of a move to those who may make it now."""
    dossier = _dossier(reference)
    check_move(dossier, action, _by(None))
    return _page(dossier, action, _form(dossier, action, fresh=True))


@bp.post("/<reference:reference>/<action:action>")
@requires()
def act(reference: str, action: Action) -> ResponseReturnValue:
    """Make a move, once; a form that lacks something comes back whole, a stale one with what changed."""
    dossier = _dossier(reference)
    form = _form(dossier, action)
    if not form.validate():
        if form.seen_version in (None, dossier.obstacle.version):
            check_move(dossier, action, _by(None))
        return _page(dossier, action, form), UNPROCESSABLE
    try:
        ACTS[action].carry_out(dossier.obstacle.id, _by(form), form)
    except (StaleObstacle, AlreadySubmitted) as conflict:
        return _conflict(reference, action, form, conflict), CONFLICT
    flash(_("Done: %(action)s", action=labels.action_label(action, _kind(dossier))), "success")
    return redirect(url_for("case.show", reference=reference), SEE_OTHER)


def _conflict(reference: str, action: Action, form: MoveForm, conflict: DomainError) -> str:
    """Tell the second of two what changed meanwhile, with all that they typed."""
    dossier = _dossier(reference)
    seen = form.seen_version or 0
    changes = [event for event in list_events(dossier.obstacle.id) if event.codes.get("version", 0) > seen]
    form.version.raw_data = form.idempotency_key.raw_data = None
    form.version.data, form.idempotency_key.data = str(dossier.obstacle.version), str(uuid.uuid4())
    return _page(dossier, action, form, changes=changes, was_sent=isinstance(conflict, AlreadySubmitted))


def _page(dossier: Dossier, action: Action, form: MoveForm, **more: object) -> str:
    obstacle = dossier.obstacle
    defaults: dict[str, object] = {"changes": [], "was_sent": False}
    return render_template(
        "pages/actions/ask.html",
        **defaults | more,
        action=action,
        act=ACTS[action],
        events=list_events(obstacle.id),
        form=form,
        obstacle=obstacle,
        province=get_place(obstacle.province_code),
        is_possible=action in case_page.offered_actions(current_actor(), dossier),
        is_commune=may_file(current_actor(), obstacle.commune_code),
        page=case_page,
    )


def _form(dossier: Dossier, action: Action, *, fresh: bool = False) -> MoveForm:
    obstacle: Obstacle = dossier.obstacle
    first = {"version": str(obstacle.version), "idempotency_key": str(uuid.uuid4())}
    form = ACTS[action].form(data=first) if fresh else ACTS[action].form()
    form.prepare(dossier.today, is_commune=may_file(current_actor(), obstacle.commune_code))
    return form


def _dossier(reference: str) -> Dossier:
    return read_dossier(get_obstacle(current_actor(), reference), request_time())


def _kind(dossier: Dossier) -> PlaceKind:
    return get_place(dossier.obstacle.province_code).kind


def _by(form: MoveForm | None) -> By:
    seen, key = (form.seen_version, form.key) if form else (None, None)
    return By(actor=current_actor(), now=request_time(), seen_version=seen, key=key)
