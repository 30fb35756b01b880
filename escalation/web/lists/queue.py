"""The queue: the open cases of my desk or of my territory, in the order and the view the reader asks for."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation.queries.lists.queue_lists import count_views, list_queue, read_queue
from escalation.queries.lists.territory import QUEUE_OFFICES
from escalation.web.access import requires
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.case_lines import case_lines
from escalation.web.lists.cursors import position_text, read_position
from escalation.web.lists.queue_asked import Asked, read_asked, read_choices
from escalation.web.lists.queue_filters import queue_bar, views_of

bp = Blueprint("queue", __name__)


@bp.get("/queue")
@requires(*QUEUE_OFFICES)
def index() -> ResponseReturnValue:
    """Show fifty cases, and a way to the next fifty."""
    queue = read_queue(current_actor(), request_time())
    choices = read_choices(queue.territory)
    asked = read_asked(request.args, choices)
    after = read_position(request.args.get("after"), asked.order)
    page = list_queue(queue, asked.narrowed, asked.order, after)
    counts = count_views(queue, views_of(queue.territory))
    return render_template(
        "pages/queue/index.html",
        asked=asked,
        bar=queue_bar(queue.territory, choices, asked, counts),
        counts=counts,
        lines=case_lines(page.rows, queue.now, asked.order),
        next_url=_next_url(asked, position_text(page.next)),
    )


def _next_url(asked: Asked, after: str | None) -> str | None:
    return url_for("queue.index", **asked.parameters(), after=after) if after else None
