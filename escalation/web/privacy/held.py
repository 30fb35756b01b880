"""A copy of what is held about oneself: asked for by a button, then fetched within minutes as one file."""

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from escalation import labels
from escalation.queries.privacy.held import read_held
from escalation.services.privacy.held import AskedTooSoon, ask_held, may_take_held
from escalation.web.access import requires, sensitive
from escalation.web.identity import request_time
from escalation.web.privacy.archive import pack

bp = Blueprint("held", __name__, url_prefix="/account/data")

SEE_OTHER = 303


@bp.post("")
@requires()
@sensitive
def ask() -> ResponseReturnValue:
    """Note that a copy is asked for, and lead to it."""
    try:
        ask_held(current_user.id, request_time())
    except AskedTooSoon as refusal:
        flash(_("A copy was made less than an hour ago: ask again from %(time)s.", time=_time(refusal)), "error")
        return redirect(url_for("account.show"), SEE_OTHER)
    return redirect(url_for("held.take"), SEE_OTHER)


@bp.get("")
@requires()
@sensitive
def take() -> ResponseReturnValue:
    """Give the copy to who has just asked for it."""
    now = request_time()
    if not may_take_held(current_user.id, now):
        flash(_("Ask for your copy with the button below."), "error")
        return redirect(url_for("account.show"))
    packed = pack(read_held(current_user.id), current_app.extensions["config"].installation.name, now)
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data-{now:%Y-%m-%d}.zip"'
    return answer


def _time(refusal: AskedTooSoon) -> str:
    return labels.instant_text(refusal.until)
