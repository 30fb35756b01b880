"""The rulings a regional secretary is asked for: types that desks sent to and fro, and what was ruled before."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import Office, RulingState
from escalation.queries.places import get_places
from escalation.queries.rulings import list_disputed, list_rulings
from escalation.queries.taxonomy import get_obstacle_type, get_obstacle_types
from escalation.services.people.people import WrongField
from escalation.services.rulings import rule_on
from escalation.web.access import requires
from escalation.web.admin.competence import places_to_choose
from escalation.web.forms.competence import RulingForm, blame_field
from escalation.web.identity import current_actor, request_time

bp = Blueprint("rulings", __name__, url_prefix="/rulings")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("")
@requires(Office.REGIONAL_SECRETARY)
def index() -> ResponseReturnValue:
    """Show the types on which somebody should rule, and what was ruled."""
    regions = _regions()
    disputed, ruled = list_disputed(regions, request_time()), list_rulings(regions)
    desks = {code for one in disputed for sent in one.sent for code in (sent.from_desk, sent.to_desk)}
    codes = {one.obstacle_type for one in disputed} | {one.ruling.obstacle_type for one in ruled}
    return render_template(
        "pages/rulings/index.html",
        disputed=disputed,
        ruled=ruled,
        types=get_obstacle_types(codes),
        desks=get_places(desks),
    )


@bp.get("/<string(maxlength=40):obstacle_type>")
@requires(Office.REGIONAL_SECRETARY)
def new(obstacle_type: str) -> ResponseReturnValue:
    """Ask which desk shall have a type first."""
    return _page(obstacle_type, _offered(RulingForm(formdata=None)))


@bp.post("/<string(maxlength=40):obstacle_type>")
@requires(Office.REGIONAL_SECRETARY)
def create(obstacle_type: str) -> ResponseReturnValue:
    """Record a ruling; one that changes the table is proposed to an administrator."""
    get_obstacle_type(obstacle_type)
    form = _offered(RulingForm())
    if not form.validate():
        return _page(obstacle_type, form), UNPROCESSABLE
    try:
        state = rule_on(form.judgment(obstacle_type), current_actor(), request_time())
    except WrongField as refused:
        blame_field(form, refused.field, refused.reason)
        return _page(obstacle_type, form), UNPROCESSABLE
    if state is RulingState.AS_IT_IS:
        flash(_("The ruling is recorded: the table says so already."), "success")
    else:
        flash(_("The ruling is recorded, and proposed to the administrator."), "success")
    return redirect(url_for("rulings.index"), SEE_OTHER)


def _regions() -> frozenset[str]:
    held = current_actor().mandates
    return frozenset(mandate.place_code for mandate in held if mandate.office is Office.REGIONAL_SECRETARY)


def _offered(form: RulingForm) -> RulingForm:
    form.offer(places_to_choose(_regions()))
    return form


def _page(obstacle_type: str, form: RulingForm) -> str:
    return render_template("pages/rulings/new.html", row=get_obstacle_type(obstacle_type), form=form)
