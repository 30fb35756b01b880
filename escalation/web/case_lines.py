"""From the rows of a list to its lines as words: the title, the place, the deadline said twice, who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain import clocks
from escalation.domain.calendar import WorkingCalendar, local_day
from escalation.domain.codes import COMMUNE_OFFICES, ENDED, WAITING, PlaceKind, Status
from escalation.queries.case.waits import list_waits
from escalation.queries.lists.case_rows import CaseRow
from escalation.queries.lists.queue_order import Order
from escalation.queries.settings import get_calendar
from escalation.web.case_page import Deadline, due_words
from escalation.web.identity import current_actor

WAITED_FOR = {Status.INFORMATION_REQUESTED, Status.RESOLVED}


@dataclass(frozen=True)
class CaseLine:
    """One line of a list, as its template writes it."""

    url: str
    title: str
    reference: str | None
    meta: tuple[str, ...]
    status: Status
    status_label: str
    is_late: bool
    deadline: Deadline
    who: str


def case_lines(rows: Sequence[CaseRow], now: datetime, order: Order = Order.DEADLINE) -> list[CaseLine]:
    """Return rows as lines, each with what it is sorted by; the calendar is read once, and only where it counts."""
    waiting = [row.id for row in rows if row.status in WAITING and not _speaks_for_a_commune()]
    counts_days = waiting or any(row.runs or row.answer_by or row.confirm_by for row in rows)
    calendar = _calendar() if counts_days else WorkingCalendar()
    late = {wait.obstacle_id for wait in list_waits(waiting) if wait.was_late(calendar)} if waiting else set()
    return [_line(row, calendar, now, order, waits_late=row.id in late) for row in rows]


def _calendar() -> WorkingCalendar:
    if "calendar" not in g:
        g.calendar = get_calendar()
    found: WorkingCalendar = g.calendar
    return found


def _line(row: CaseRow, calendar: WorkingCalendar, now: datetime, order: Order, *, waits_late: bool) -> CaseLine:
    is_draft = row.status is Status.DRAFT
    return CaseLine(
        url=url_for("filing.edit", draft_id=row.id) if is_draft else url_for("case.show", reference=row.reference),
        title=row.title or row.project_name or _("Draft without a title"),
        reference=row.reference,
        meta=(place_words(row), labels.name_of(row.type) if row.type else "", _figure(row, order)),
        status=row.status,
        status_label=labels.status_label(row.status),
        is_late=waits_late or row.is_late(now),
        deadline=_deadline(row, calendar, now),
        who=_who(row),
    )


def _figure(row: CaseRow, order: Order) -> str:
    """Return what a line is sorted by, where it does not show it already."""
    if order is Order.AMOUNT:
        amount = row.amount_blocked_centimes
        return (
            _("on hold: %(amount)s", amount=labels.money_text(amount)) if amount is not None else _("amount not given")
        )
    if order is Order.PEOPLE:
        people = row.people_affected
        return _people(people) if people is not None else _("inhabitants not given")
    if order is Order.AGE and row.filed_at is not None:
        return _("filed on %(date)s", date=labels.day_text(local_day(row.filed_at)))
    return ""


def _people(count: int) -> str:
    return str(ngettext("%(count)s inhabitant", "%(count)s inhabitants", count, count=labels.number_text(count)))


def place_words(row: CaseRow) -> str:
    """Return where an obstacle is: its commune, and the province or prefecture around it."""
    commune, province = labels.name_of(row.commune), labels.name_of(row.province)
    if row.province_kind is PlaceKind.PREFECTURE:
        words = _("Commune of %(commune)s, prefecture of %(province)s", commune=commune, province=province)
    else:
        words = _("Commune of %(commune)s, province of %(province)s", commune=commune, province=province)
    return labels.elided(words)


def _deadline(row: CaseRow, calendar: WorkingCalendar, now: datetime) -> Deadline:
    today = local_day(now)
    if row.status is Status.DRAFT:
        return Deadline(_("Not filed yet"), _("changed on %(date)s", date=labels.day_text(local_day(row.changed_at))))
    if row.status in ENDED:
        return Deadline("", labels.day_text(local_day(row.changed_at)), local_day(row.changed_at).isoformat())
    asked_by = row.answer_by or row.confirm_by
    asks_reader = asked_by is not None and _speaks_for_a_commune()
    if not row.runs and not asks_reader:
        return Deadline(labels.term("state_paused"), _waited_for(row), "", "paused")
    due_on = asked_by if asked_by is not None and asks_reader else local_day(row.due_at)
    late = clocks.is_late(due_on, today)
    words = due_words(clocks.days_left(calendar, due_on, today), late=late)
    return Deadline(
        words, labels.day_text(due_on, year=due_on.year != today.year), due_on.isoformat(), "late" if late else ""
    )


def _speaks_for_a_commune() -> bool:
    """Say whether the reader is of those whom a question or a solution waits for: their date is the one to show."""
    return any(mandate.office in COMMUNE_OFFICES for mandate in current_actor().mandates)


def _waited_for(row: CaseRow) -> str:
    if row.status not in WAITED_FOR:
        return _("waiting for another body")
    until = row.answer_by or row.confirm_by
    if until is None:
        return _("waiting for the commune")
    return _("waiting for the commune until %(date)s", date=labels.day_text(until, year=False))


def _who(row: CaseRow) -> str:
    if row.assignee is not None:
        return labels.name_of(row.assignee)
    is_open = row.status not in ENDED and row.status is not Status.DRAFT
    return labels.term("filter_unclaimed") if is_open else ""
