"""How one person signed in, page by page: when, on which device, and the tries that failed."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from escalation.domain.codes import Office
from escalation.queries.people.directory import PAGE
from escalation.queries.people.events import list_sessions_of, list_sign_ins
from escalation.web.access import requires
from escalation.web.admin.acting import person_here
from escalation.web.asked import MOST_LINE, asked_number

bp = Blueprint("admin_sign_ins", __name__, url_prefix="/admin/people")


@bp.get("/<int(max=2147483647):person_id>/sign-ins")
@requires(Office.ADMINISTRATOR)
def index(person_id: int) -> ResponseReturnValue:
    """Show when somebody signed in, the newest first."""
    person, found = person_here(person_id), list_sign_ins(person_id, asked_number("after", MOST_LINE))
    shown = found[:PAGE]
    more = url_for("admin_sign_ins.index", person_id=person_id, after=shown[-1].id) if len(found) > len(shown) else None
    return render_template(
        "pages/admin/sign_ins.html", person=person, sign_ins=shown, sessions=list_sessions_of(shown), next_url=more
    )
