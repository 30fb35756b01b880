"""Following a case, or muting the e-mails about it: for oneself alone, and never what asks for an act."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation.domain.wants import Attention
from escalation.services.messages.preferences import attend
from escalation.web.access import requires
from escalation.web.identity import current_actor, request_time

bp = Blueprint("attention", __name__, url_prefix="/obstacles")

SEE_OTHER, UNPROCESSABLE = 303, 422
SAID = {
    Attention.FOLLOWED: _l("You follow this case: you are told of everything that happens to it."),
    Attention.MUTED: _l("The e-mails about this case are muted. What asks something of you still comes."),
    None: _l("You are told of this case as your office is."),
}
ASKED: dict[str, Attention | None] = {"followed": Attention.FOLLOWED, "muted": Attention.MUTED, "usual": None}


@bp.post("/<reference:reference>/attention")
@requires()
def change(reference: str) -> ResponseReturnValue:
    """Keep what the reader asks of a case; an answer that is none of ours changes nothing."""
    asked = request.form.get("attention", "")
    if asked in ASKED:
        attend(current_actor(), reference, ASKED[asked], request_time())
        flash(str(SAID[ASKED[asked]]), "success")
        return redirect(url_for("case.show", reference=reference), SEE_OTHER)
    flash(_("Choose what you want on the page of the case."), "warning")
    return redirect(url_for("case.show", reference=reference), SEE_OTHER)
