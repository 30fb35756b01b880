"""The hand-over of a desk: what was in charge of those who left it, and who they were."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from escalation.domain.calendar import local_day
from escalation.domain.codes import MEMBER_OFFICES
from escalation.queries.lists.handovers import list_left_behind
from escalation.queries.lists.territory import places_of
from escalation.queries.people.watched import list_left
from escalation.web.access import requires
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.case_lines import case_lines

bp = Blueprint("handover", __name__, url_prefix="/handover")


@bp.get("")
@requires(*MEMBER_OFFICES)
def index() -> ResponseReturnValue:
    """Show the open cases that somebody of the desk is to take over, by who had them."""
    actor, today = current_actor(), local_day(request_time())
    page = list_left_behind(actor, today)
    lines = case_lines(page.rows, request_time())
    by_holder: dict[int, list[int]] = {}
    for number, row in enumerate(page.rows):
        by_holder.setdefault(row.assignee_id or 0, []).append(number)
    return render_template(
        "pages/handover/index.html",
        groups=[(page.rows[numbers[0]].assignee, [lines[one] for one in numbers]) for numbers in by_holder.values()],
        has_more=page.next is not None,
        left=list_left(places_of(actor, MEMBER_OFFICES), today),
    )
