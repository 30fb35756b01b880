"""How I want to be told: kind by kind, at which hours, and which cases I follow or have muted."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from escalation.queries.messages.wants import get_wants, list_attended
from escalation.services.messages.preferences import choose_wants
from escalation.web.access import requires
from escalation.web.forms.wants import WantsForm
from escalation.web.identity import current_actor, request_time

bp = Blueprint("preferences", __name__, url_prefix="/account")

SEE_OTHER, UNPROCESSABLE = 303, 422


@bp.get("/messages")
@requires()
def show() -> ResponseReturnValue:
    """Show what was chosen, and what nobody can change."""
    return _page(WantsForm.showing(get_wants(current_user.id)))


@bp.post("/messages")
@requires()
def change() -> ResponseReturnValue:
    """Keep what was chosen, for everything that happens from now on."""
    form = WantsForm()
    form.offer()
    if not form.is_sound():
        return _page(form), UNPROCESSABLE
    choose_wants(current_user.id, form.ways, form.quiet, request_time())
    flash(_("Your choices are saved."), "success")
    return redirect(url_for("preferences.show"), SEE_OTHER)


def _page(form: WantsForm) -> str:
    return render_template("pages/account/messages.html", form=form, attended=list_attended(current_actor()))
