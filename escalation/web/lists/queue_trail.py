"""The trail a reader leaves from the queue to its cases, so that after a decision the next case opens.

A trail is a queue's parameters as one word, ``queue``, of an address or a form; a click in the queue itself needs none,
for the browser names the page it comes from. Nothing is kept between requests, and what is no trail of ours is as if it
were not there.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import g, request, url_for

from escalation.queries.lists.queue_lists import Queue, find_position, has_in_hands, list_to_decide, read_queue
from escalation.queries.lists.territory import QUEUE_OFFICES
from escalation.queries.taxonomy import list_obstacle_types, list_sectors
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.cursors import position_text, read_position
from escalation.web.lists.queue_asked import NAMES, Asked, Choices, read_asked

FIELD = "queue"
HERE = "after"
"""In the trail of a form: where the case stood in the queue when the form was shown."""
PLAIN = "sort=deadline"
LONGEST = 600
VALUE = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def trail() -> str:
    """Return the trail of this request, in one order of its words and without what is none of them; "" without one."""
    return _written(_parameters(with_place=request.method == "POST"))


def with_trail(url: str) -> str:
    """Return an address of ours that carries the trail of this request on."""
    parameters = _parameters()
    if parameters is None:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({FIELD: _written(parameters)})}"


def form_trail(reference: str) -> str:
    """Return the trail that the form of a move on a case carries: it also says where the case stood before it."""
    parameters = _parameters(with_place=True)
    if parameters is None or HERE in parameters:
        return _written(parameters)
    place = position_text(find_position(reference, _read_way(parameters)[1].order))
    return _written(parameters | ({HERE: place} if place else {}))


def queue_url() -> str | None:
    """Return the address of the queue that the reader came from; None without a trail."""
    parameters = _parameters()
    return None if parameters is None else url_for("queue.index", **_shown(parameters))


def next_case_url(current_reference: str) -> str | None:
    """Return the next case of the trail's queue on which something is to be decided; None at its end.

    It is the one after the place of this case. A form knows the place its case had; what was passed over before that
    comes after what stands behind it.
    """
    parameters = _parameters(with_place=True)
    if parameters is None:
        return None
    queue, asked = _read_way(parameters)
    place = read_position(parameters.get(HERE), asked.order)
    starts = [place, None] if place else [find_position(current_reference, asked.order)]
    for start in starts:
        page = list_to_decide(queue, asked.narrowed, asked.order, start, 2)
        for row in page.rows:
            if row.reference != current_reference:
                return with_trail(url_for("case.show", reference=row.reference))
    return None


def url_after_move(reference: str) -> str:
    """Return where a move on a case leads: without a trail, or while the case is the reader's to work on, to the case.

    Else to the next case of the trail's queue, and at its end to that queue.
    """
    case_url, queue = with_trail(url_for("case.show", reference=reference)), queue_url()
    if queue is None or has_in_hands(current_actor(), reference):
        return case_url
    return next_case_url(reference) or queue


def _parameters(*, with_place: bool = False) -> dict[str, str] | None:
    """Return the parameters of the request's trail; None without one, and for who has no queue."""
    given = request.form.get(FIELD) if request.method == "POST" else request.args.get(FIELD)
    text = given if given is not None else _came_from_queue()
    has_queue = any(mandate.office in QUEUE_OFFICES for mandate in current_actor().mandates)
    if not text or len(text) > LONGEST or not has_queue:
        return None
    words = dict(parse_qsl(text))
    known = {name: words[name] for name in (*NAMES, HERE) if VALUE.fullmatch(words.get(name, ""))}
    if not with_place or given is None:
        known.pop(HERE, None)
    return known


def _came_from_queue() -> str | None:
    """Return what the address of the queue asked for, when this page was opened by a link in it."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    is_queue = request.method == "GET" and page.netloc == request.host and page.path == url_for("queue.index")
    return (page.query or PLAIN) if is_queue else None


def _written(parameters: Mapping[str, str] | None) -> str:
    return "" if parameters is None else urlencode(parameters) or PLAIN


def _shown(parameters: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name in NAMES and f"{name}={value}" != PLAIN}


def _read_way(parameters: Mapping[str, str]) -> tuple[Queue, Asked]:
    """Return the reader's queue and what its trail asks of it, read once a request and no more than it needs."""
    if "queue_way" not in g:
        queue = read_queue(current_actor(), request_time())
        types = list_obstacle_types() if "type" in parameters else ()
        sectors = list_sectors() if "sector" in parameters else ()
        g.queue_way = (queue, read_asked(parameters, Choices(queue.territory.provinces, types, sectors)))
    found: tuple[Queue, Asked] = g.queue_way
    return found
