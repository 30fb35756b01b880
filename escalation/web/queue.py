"""The queue: the open cases of my desk or of my territory, the nearest deadline first."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation import labels
from escalation.domain.codes import ENDED, OPEN, Status
from escalation.queries.desk_lists import (
    COUNTED,
    QUEUE_OFFICES,
    Narrowed,
    Territory,
    count_queue,
    list_queue,
    read_territory,
)
from escalation.web.access import requires
from escalation.web.case_lines import case_lines
from escalation.web.cursors import cursor_text, read_cursor
from escalation.web.identity import current_actor, request_time

bp = Blueprint("queue", __name__)

KEPT = ("status", "province", "view")
STATUSES = tuple(status for status in Status if status in OPEN | ENDED)


@dataclass(frozen=True)
class View:
    """A saved way to look at the queue."""

    label: str
    url: str
    current: bool
    count: str | None = None


@bp.get("/queue")
@requires(*QUEUE_OFFICES)
def index() -> ResponseReturnValue:
    """Show fifty cases, and a way to the next fifty."""
    now, territory = request_time(), read_territory(current_actor())
    narrowed = _narrowed(territory)
    page = list_queue(current_actor(), territory, narrowed, now, read_cursor(request.args.get("after")))
    counts = count_queue(territory, now)
    return render_template(
        "pages/queue/index.html",
        lines=case_lines(page.rows, now),
        counts=counts,
        views=_views(territory, counts.open, counts.late),
        narrowed=narrowed,
        statuses=STATUSES,
        provinces=territory.provinces if territory.spans_provinces else (),
        view=request.args.get("view", ""),
        next_url=_next_url(cursor_text(page.next)),
    )


def _narrowed(territory: Territory) -> Narrowed:
    """Return what the address asks for; what it asks for in vain is as if it were not there."""
    status, province, view = (request.args.get(name, "") for name in ("status", "province", "view"))
    return Narrowed(
        status=Status(status) if status in STATUSES else None,
        province_code=province if province in {place.code for place in territory.provinces} else None,
        late=view == "late",
        mine=view == "mine",
        unclaimed=view == "unclaimed",
    )


def _views(territory: Territory, opened: int, late: int) -> list[View]:
    names = {"": labels.term("filter_all"), "late": labels.term("state_late")}
    if territory.desks:
        names |= {"mine": labels.term("filter_mine"), "unclaimed": labels.term("filter_unclaimed")}
    counts = {"": counted(opened), "late": counted(late)}
    asked = request.args.get("view", "")
    return [
        View(label, url_for("queue.index", view=view or None), view == asked, counts.get(view))
        for view, label in names.items()
    ]


def counted(number: int) -> str:
    """Return a number that was counted up to a bound: beyond it, only that there are more."""
    return f"{COUNTED - 1}+" if number >= COUNTED else str(number)


def _next_url(after: str | None) -> str | None:
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return url_for("queue.index", **kept, after=after) if after else None
