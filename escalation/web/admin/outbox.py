"""The mails as whoever looks after them sees them: how each fares, one more try or no more; never what one says."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from escalation.domain.codes import Office
from escalation.domain.errors import NotFound
from escalation.queries.messages.outbox_lines import get_outbox_line, list_outbox
from escalation.queries.messages.outbox_state import Lateness, get_lateness
from escalation.queries.people.directory import PAGE, regions_of
from escalation.services.messages.operating import CANCELLED_BY_HAND, RETRIED_BY_HAND, cancel_message, retry_message
from escalation.web.access import requires, sensitive
from escalation.web.asked import MOST_LINE, asked_number
from escalation.web.forms.outbox import LANES, OutboxForm
from escalation.web.identity import current_actor, request_time
from escalation.web.messages.message_words import about_words, reason_words
from escalation.web.people.requester import by_id

bp = Blueprint("admin_outbox", __name__, url_prefix="/admin/outbox")

SEE_OTHER = 303
ASKED = ("q", "status", "older", "lane", "fault")


@bp.get("")
@requires(Office.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """Show the mails that are looked for, the newest first; without a wish, those that have not left."""
    form = OutboxForm(request.args)
    form.offer()
    form.validate()
    found = list_outbox(regions_of(current_actor()), form.wanted, asked_number("after", MOST_LINE))
    lines = found[:PAGE]
    asked = _asked()
    more = url_for("admin_outbox.index", **asked, after=lines[-1].id) if len(found) > len(lines) else None
    return render_template(
        "pages/admin/outbox.html",
        form=form,
        lines=lines,
        about=about_words,
        reason=reason_words,
        lanes=LANES,
        asked=asked,
        may_retry=RETRIED_BY_HAND,
        may_cancel=CANCELLED_BY_HAND,
        is_narrowed=any(asked.values()),
        next_url=more,
    )


@bp.post("/<int(max=9223372036854775807):message_id>/retry")
@requires(Office.ADMINISTRATOR)
@sensitive
def retry(message_id: int) -> ResponseReturnValue:
    """Let a mail that stands leave again, at once."""
    get_outbox_line(regions_of(current_actor()), message_id)
    try:
        retry_message(message_id, by_id=by_id(), now=request_time())
    except NotFound:
        flash(_("This message can no longer be sent again: it left, or is on its way."), "warning")
    else:
        flash(_("The message leaves again."), "success")
    return redirect(url_for("admin_outbox.index", **_asked()), SEE_OTHER)


@bp.post("/<int(max=9223372036854775807):message_id>/cancel")
@requires(Office.ADMINISTRATOR)
@sensitive
def cancel(message_id: int) -> ResponseReturnValue:
    """Let a mail never leave; its reader is told in the app all the same."""
    get_outbox_line(regions_of(current_actor()), message_id)
    try:
        cancel_message(message_id, by_id=by_id(), now=request_time())
    except NotFound:
        flash(_("This message can no longer be cancelled: it left, or is on its way."), "warning")
    else:
        flash(_("The message is cancelled: it never leaves."), "success")
    return redirect(url_for("admin_outbox.index", **_asked()), SEE_OTHER)


def _asked() -> dict[str, Any]:
    """Return what is looked for, as an address says it: an act leads back to the same mails."""
    return {name: request.args.get(name) or None for name in ASKED}


@bp.app_template_global()
def outbox_alarms() -> list[str]:
    """Return what is wrong with the outbox, the worst first; nothing when all is well."""
    late = get_lateness()
    words = []
    if late.is_late:
        words.append(_late_words(late))
    if late.set_aside:
        words.append(
            ngettext(
                "%(num)d message was put aside: only a person can send it again or cancel it.",
                "%(num)d messages were put aside: only a person can send them again or cancel them.",
                late.set_aside,
            )
        )
    return words


def _late_words(late: Lateness) -> str:
    minutes = max(late.oldest_unsent_s or 0, late.oldest_digest_s or 0) // 60
    return ngettext(
        "Messages are late: the oldest has been due for %(num)d minute.",
        "Messages are late: the oldest has been due for %(num)d minutes.",
        minutes,
    )
