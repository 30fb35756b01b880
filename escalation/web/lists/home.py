"""The first page: what waits for me, by the offices I hold."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import MEMBER_OFFICES, Office
from escalation.domain.policy import Actor
from escalation.queries.lists.desk_lists import OWN_OFFICES, list_my_cases_soon_due, list_unclaimed
from escalation.queries.lists.queue_lists import list_late, read_queue
from escalation.queries.lists.territory import SECRETARIES
from escalation.web.access import requires
from escalation.web.identity import current_actor, request_time
from escalation.web.lists.office_notices import office_lines
from escalation.web.lists.waiting import SHOWN, Waiting, lists_of_writers, waiting
from escalation.web.privacy.notice import shows_banner

bp = Blueprint("home", __name__)


@bp.get("/")
@requires()
def index() -> ResponseReturnValue:
    """Show what waits for whoever is signed in."""
    actor, now = current_actor(), request_time()
    offices = {mandate.office for mandate in actor.mandates}
    return render_template(
        "pages/home/index.html",
        waiting=list(_lists(actor, offices, now)),
        office_lines=list(office_lines(actor, now)),
        may_prepare=bool(offices & OWN_OFFICES),
        is_staff=Office.SECRETARIAT_STAFF in offices,
        is_administrator=Office.ADMINISTRATOR in offices,
        has_no_office=not offices,
        shows_notice=shows_banner(),
    )


def _lists(actor: Actor, offices: set[Office], now: datetime) -> Iterator[Waiting]:
    if offices & OWN_OFFICES:
        yield from lists_of_writers(actor, offices, now)
    if offices & MEMBER_OFFICES:
        yield from _desk_lists(actor, now)
    if offices & SECRETARIES:
        late = list_late(read_queue(actor, now), SHOWN)
        yield waiting(_("Late cases"), late, now, _("No case is late."), url_for("queue.index", view="late"))


def _desk_lists(actor: Actor, now: datetime) -> Iterator[Waiting]:
    mine = list_my_cases_soon_due(actor, now, SHOWN)
    yield waiting(
        _("My cases that are late or nearly due"),
        mine,
        now,
        _("None of the cases you have in charge is late or due within five days."),
        url_for("queue.index", view="mine"),
    )
    yield waiting(
        _("Cases nobody has in charge yet"),
        list_unclaimed(actor, SHOWN),
        now,
        _("Every open case at your desk has somebody in charge."),
        url_for("queue.index", view="unclaimed"),
    )
