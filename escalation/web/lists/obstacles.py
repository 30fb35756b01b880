"""The list of obstacles: my commune's own, or all that my office may read."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation.domain.codes import Status
from escalation.queries.lists.desk_lists import OWN_OFFICES, list_own, list_readable
from escalation.queries.lists.territory import QUEUE_OFFICES
from escalation.web.access import requires
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.case_lines import case_lines
from escalation.web.lists.cursors import cursor_text, read_cursor

bp = Blueprint("obstacles", __name__)


@bp.get("/obstacles")
@requires(*OWN_OFFICES, *QUEUE_OFFICES)
def index() -> ResponseReturnValue:
    """Show fifty obstacles, drafts first where they are one's own."""
    offices = {mandate.office for mandate in current_actor().mandates}
    is_own = bool(offices & OWN_OFFICES)
    statuses = tuple(status for status in Status if is_own or status is not Status.DRAFT)
    asked = request.args.get("status", "")
    status = Status(asked) if asked in statuses else None
    list_page = list_own if is_own else list_readable
    page = list_page(current_actor(), status, read_cursor(request.args.get("after")))
    after = cursor_text(page.next)
    return render_template(
        "pages/obstacles/index.html",
        lines=case_lines(page.rows, request_time()),
        is_own=is_own,
        may_prepare=is_own,
        status=status,
        statuses=statuses,
        next_url=url_for("obstacles.index", status=status, after=after) if after else None,
    )
