"""Who has read a case: by name for the secretary of its region, by office and day for who filed it."""

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from escalation.domain.policy import may_read_names_of_readers, may_read_readers
from escalation.queries.privacy.readers import PAGE, list_offices_that_read, list_readings
from escalation.web.access import requires
from escalation.web.asked import asked_number
from escalation.web.case.case_form import read_case
from escalation.web.identity import current_actor

bp = Blueprint("readers", __name__, url_prefix="/obstacles")

FORBIDDEN = 403


@bp.get("/<reference:reference>/readers")
@requires()
def show(reference: str) -> ResponseReturnValue:
    """Show who has read a case."""
    dossier, actor = read_case(reference), current_actor()
    if not may_read_readers(actor, dossier.case):
        abort(FORBIDDEN)
    by_name = may_read_names_of_readers(actor, dossier.case)
    found = list_readings(dossier.obstacle.id, asked_number("after")) if by_name else []
    more = url_for("readers.show", reference=reference, after=found[PAGE - 1].read.id) if len(found) > PAGE else None
    return render_template(
        "pages/privacy/readers.html",
        obstacle=dossier.obstacle,
        by_name=by_name,
        readings=found[:PAGE],
        offices=[] if by_name else list_offices_that_read(dossier.obstacle.id),
        next_url=more,
    )
