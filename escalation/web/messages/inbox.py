"""What I was told in the app, the newest first; opening a case reads what was said of it."""

import logging

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from escalation.domain.codes import Office
from escalation.queries.messages.inbox import MOST_COUNTED, count_unread, list_inbox
from escalation.services.messages.inbox import mark_all_read, mark_read
from escalation.web.access import requires
from escalation.web.asked import MOST_LINE, asked_number
from escalation.web.identity import current_actor, request_time
from escalation.web.messages.inbox_lines import inbox_lines

log = logging.getLogger(__name__)

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

SEE_OTHER = 303


@bp.get("")
@requires(*Office)
def index() -> ResponseReturnValue:
    """Show the messages of whoever is signed in, in pages."""
    page = list_inbox(current_actor(), asked_number("after", MOST_LINE))
    return render_template(
        "pages/inbox/index.html",
        lines=inbox_lines(page.rows),
        newest=page.rows[0].id if page.rows else 0,
        unread=unread_text(),
        next_url=url_for("inbox.index", after=page.next) if page.next else None,
    )


@bp.post("/read")
@requires(*Office)
def read() -> ResponseReturnValue:
    """Mark as read everything up to the newest message that the page showed."""
    newest = request.form.get("newest", MOST_LINE, type=int)
    mark_all_read(current_user.id, max(0, min(newest, MOST_LINE)), request_time())
    flash(_("Everything is marked as read."), "success")
    return redirect(url_for("inbox.index"), SEE_OTHER)


def note_seen(obstacle_id: int) -> None:
    """Note that the reader has opened a case; its page never fails for it."""
    try:
        mark_read(current_user.id, obstacle_id, request_time())
    except SQLAlchemyError:
        log.warning("messages could not be marked as read")


def unread_text() -> str | None:
    """Return how many messages wait to be read, for the head of every page; None when none does."""
    if "unread" not in g:
        g.unread = count_unread(current_actor())
    if not g.unread:
        return None
    return f"{MOST_COUNTED - 1}+" if g.unread >= MOST_COUNTED else str(g.unread)
