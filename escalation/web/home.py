"""The first page: what waits for me, by the offices I hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, Office, Status
from escalation.domain.policy import Actor
from escalation.queries.case_rows import Page
from escalation.queries.desk_lists import (
    OWN_OFFICES,
    SECRETARIES,
    list_late,
    list_my_cases_soon_due,
    list_own_waiting,
    list_unclaimed,
    read_territory,
)
from escalation.web.access import requires
from escalation.web.case_lines import CaseLine, case_lines
from escalation.web.identity import current_actor, request_time

bp = Blueprint("home", __name__)

SHOWN = 10


@dataclass(frozen=True)
class Waiting:
    """One list of what waits: its heading, its first lines, and where all of it stands."""

    title: str
    lines: list[CaseLine]
    nothing: str
    """What is said when the list is empty."""
    all_url: str
    has_more: bool = False


@bp.get("/")
@requires()
def index() -> ResponseReturnValue:
    """Show what waits for whoever is signed in."""
    actor, now = current_actor(), request_time()
    offices = {mandate.office for mandate in actor.mandates}
    return render_template(
        "pages/home/index.html",
        waiting=list(_waiting(actor, offices, now)),
        may_prepare=bool(offices & COMMUNE_OFFICES),
        is_administrator=Office.ADMINISTRATOR in offices,
        has_no_office=not offices,
    )


def _waiting(actor: Actor, offices: set[Office], now: datetime) -> Iterator[Waiting]:
    if offices & OWN_OFFICES:
        yield from _commune_lists(actor, now)
    if offices & MEMBER_OFFICES:
        yield from _desk_lists(actor, now)
    if offices & SECRETARIES:
        late = list_late(read_territory(actor), now, SHOWN)
        yield _list(_("Late cases"), late, now, _("No case is late."), url_for("queue.index", view="late"))


def _commune_lists(actor: Actor, now: datetime) -> Iterator[Waiting]:
    lists = (
        (_("Questions to answer"), Status.INFORMATION_REQUESTED, _("No desk is waiting for an answer from you.")),
        (_("Solutions to confirm"), Status.RESOLVED, _("No solution is waiting for your word.")),
        (_("Drafts to finish"), Status.DRAFT, _("You have no unfinished draft.")),
    )
    for title, status, nothing in lists:
        page = list_own_waiting(actor, {status}, SHOWN)
        yield _list(title, page, now, nothing, url_for("obstacles.index", status=status))


def _desk_lists(actor: Actor, now: datetime) -> Iterator[Waiting]:
    mine = list_my_cases_soon_due(actor, now, SHOWN)
    yield _list(
        _("My cases that are late or nearly due"),
        mine,
        now,
        _("None of the cases you have in charge is late or due within five days."),
        url_for("queue.index", view="mine"),
    )
    yield _list(
        _("Cases nobody has in charge yet"),
        list_unclaimed(actor, SHOWN),
        now,
        _("Every open case at your desk has somebody in charge."),
        url_for("queue.index", view="unclaimed"),
    )


def _list(title: str, page: Page, now: datetime, nothing: str, all_url: str) -> Waiting:
    return Waiting(title, case_lines(page.rows, now), nothing, all_url, page.next is not None)
