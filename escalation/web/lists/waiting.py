"""The lists of the first page for those who file: what waits for their word, and the drafts, with who prepared them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import COMMUNE_OFFICES, Office, Status
from escalation.domain.policy import Actor, may_file
from escalation.queries.case.on_behalf import (
    list_authors,
    list_begun,
    list_filed_for_others,
    list_prepared_for,
    list_to_confirm,
)
from escalation.queries.lists.case_rows import Page
from escalation.queries.lists.desk_lists import list_own_waiting
from escalation.queries.lists.queue_lists import QueuePage
from escalation.queries.lists.territory import places_of
from escalation.web.case.case_page import person_name
from escalation.web.lists.case_lines import CaseLine, case_lines

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
    confirms: bool = False
    """The reader may confirm each of them from here, with one tap."""


def waiting(title: str, page: Page | QueuePage, now: datetime, nothing: str, all_url: str) -> Waiting:
    """Return a list made ready for the page."""
    return Waiting(title, case_lines(page.rows, now), nothing, all_url, page.next is not None)


def lists_of_writers(actor: Actor, offices: set[Office], now: datetime) -> Iterator[Waiting]:
    """Yield what waits for who speaks for a commune, or writes for many."""
    if offices & COMMUNE_OFFICES:
        yield from _commune_lists(actor, now)
    if Office.SECRETARIAT_STAFF in offices:
        filed = list_filed_for_others(actor, SHOWN)
        nothing = _("Every case that you filed for a president has been confirmed.")
        yield waiting(_("Filed for a president, who has not confirmed yet"), filed, now, nothing, _all())
    yield _drafts(actor, _("Drafts to finish"), list_begun(actor, SHOWN), now, _("You have no unfinished draft."))


def _commune_lists(actor: Actor, now: datetime) -> Iterator[Waiting]:
    to_confirm = list_to_confirm(actor, SHOWN)
    if to_confirm.rows:
        filed = waiting(_("Filed in your name: confirm or withdraw"), to_confirm, now, "", _all())
        yield replace(filed, confirms=all(may_file(actor, code) for code in places_of(actor, COMMUNE_OFFICES)))
    lists = (
        (_("Questions to answer"), Status.INFORMATION_REQUESTED, _("No desk is waiting for an answer from you.")),
        (_("Solutions to confirm"), Status.RESOLVED, _("No solution is waiting for your word.")),
    )
    for title, status, nothing in lists:
        yield waiting(title, list_own_waiting(actor, {status}, SHOWN), now, nothing, _all(status))
    prepared = list_prepared_for(actor, SHOWN)
    if prepared.rows:
        yield _drafts(actor, _("Drafts prepared for you to file"), prepared, now, "")


def _drafts(actor: Actor, title: str, page: Page, now: datetime, nothing: str) -> Waiting:
    """Return a list of drafts in which each line says who prepared it, or whom it waits for."""
    found = waiting(title, page, now, nothing, _all(Status.DRAFT))
    authors = list_authors([row.id for row in page.rows]) if page.rows else {}
    waits = not any(mandate.office is Office.SECRETARIAT_STAFF for mandate in actor.mandates) and not any(
        may_file(actor, mandate.place_code) for mandate in actor.mandates
    )
    lines = []
    for row, line in zip(page.rows, found.lines, strict=True):
        author = authors[row.id]
        if author.id != actor.person_id:
            who = _("prepared by %(name)s", name=person_name(author, labels.current_language()))
        else:
            who = _("waits for the president to file it") if waits else ""
        lines.append(line._replace(who=who))
    return replace(found, lines=lines)


def _all(status: Status | None = None) -> str:
    return url_for("obstacles.index", status=status)
