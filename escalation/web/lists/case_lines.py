"""From the rows of a list to its lines as words: the title, the place, the deadline said twice, who has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain import clocks
from escalation.domain.calendar import Calendars, WorkingCalendar, local_day
from escalation.domain.codes import (
    COMMUNE_OFFICES,
    DESK_OFFICES,
    ENDED,
    WAITING,
    Language,
    Level,
    PlaceKind,
    Status,
)
from escalation.queries.case.waits import Wait, list_waits
from escalation.queries.lists.case_rows import CaseRow
from escalation.queries.lists.queue_order import Order
from escalation.queries.settings import get_calendars
from escalation.web.case.case_page import Deadline, due_words
from escalation.web.identity import current_actor
from escalation.web.paths import case_addresses

WAITED_FOR = {Status.INFORMATION_REQUESTED, Status.RESOLVED}


class CaseLine(NamedTuple):
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


@dataclass(frozen=True)
class _Reading:
    """What every line of a list is read by: who reads it, and when."""

    now: datetime
    order: Order
    language: Language
    """Asked for once: a page has hundreds of words."""
    speaks_for_commune: bool
    """The reader is of those whom a question or a solution waits for: their date is the one to show."""
    days_left: Callable[[str, date], int]
    """Of a province's calendar."""
    age: Callable[[str, date], int]
    """How many working days ago a case was filed: the clock that nothing stops."""
    waited_late: frozenset[int]
    """The cases that wait now, and whose desk was late before."""
    waits_since: Mapping[int, date | None]
    """The cases that wait now, and since when."""
    case_url: Callable[[str], str]
    stood_in_for: frozenset[tuple[Level, int]]
    """Whom the reader acts for at a desk of this level, while they are away."""

    @cached_property
    def today(self) -> date:
        return local_day(self.now)


def case_lines(rows: Sequence[CaseRow], now: datetime, order: Order = Order.DEADLINE) -> list[CaseLine]:
    """Return rows as lines, each with what it is sorted by; the calendar is read once, and only where it counts."""
    speaks = any(mandate.office in COMMUNE_OFFICES for mandate in current_actor().mandates)
    waiting = [row.id for row in rows if row.status in WAITING or row.status is Status.RESOLVED]
    counts_days = waiting or any(row.runs or row.answer_by or row.confirm_by for row in rows)
    calendars, today = get_calendars() if counts_days else Calendars(WorkingCalendar(), {}), local_day(now)
    waits = list_waits(waiting) if waiting else []
    late = frozenset() if speaks else _late_before(rows, waits, calendars)
    since = {wait.obstacle_id: wait.since for wait in waits}
    of = cache(calendars.of)
    days_left = cache(lambda province, due_on: clocks.days_left(of(province), due_on, today))
    age = cache(lambda province, filed_on: clocks.case_days(of(province), filed_on, today))
    language, stood_in = labels.current_language(), _stood_in_for()
    reading = _Reading(now, order, language, speaks, days_left, age, late, since, case_addresses(), stood_in)
    return [_line(row, reading) for row in rows]


def _late_before(rows: Sequence[CaseRow], waits: Sequence[Wait], calendars: Calendars) -> frozenset[int]:
    """Return the cases whose desk was late before it began to wait for an answer."""
    provinces = {row.id: row.province.code for row in rows if row.status in WAITING}
    return frozenset(
        wait.obstacle_id
        for wait in waits
        if wait.obstacle_id in provinces and wait.was_late(calendars.of(provinces[wait.obstacle_id]))
    )


def _stood_in_for() -> frozenset[tuple[Level, int]]:
    return frozenset(
        (level, mandate.for_person_id)
        for mandate in current_actor().mandates
        if mandate.for_person_id is not None
        for level, offices in DESK_OFFICES.items()
        if mandate.office in offices
    )


def _line(row: CaseRow, reading: _Reading) -> CaseLine:
    is_draft = row.status is Status.DRAFT
    return CaseLine(
        url=url_for("filing.edit", draft_id=row.id) if is_draft else reading.case_url(str(row.reference)),
        title=row.title or row.project_name or _("Draft without a title"),
        reference=row.reference,
        meta=(
            place_words(row, reading.language),
            labels.name_of(row.type, reading.language) if row.type else "",
            _figure(row, reading),
        ),
        status=row.status,
        status_label=labels.status_label(row.status, reading.language),
        is_late=row.id in reading.waited_late or row.is_late(reading.now),
        deadline=_deadline(row, reading),
        who=_who(row, reading),
    )


def _figure(row: CaseRow, reading: _Reading) -> str:
    """Return what a line is sorted by, where it does not show it already; else how long ago its case was filed."""
    order = reading.order
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
    if row.filed_at is None or row.status in ENDED or reading.speaks_for_commune:
        return ""
    return _(
        "filed %(days)s ago",
        days=_days(reading.age(row.province.code, local_day(row.filed_at)), language=reading.language),
    )


@labels.remembered
def _days(count: int) -> str:
    return str(ngettext("%(num)d working day", "%(num)d working days", count))


def _people(count: int) -> str:
    return str(ngettext("%(count)s inhabitant", "%(count)s inhabitants", count, count=labels.number_text(count)))


def place_words(row: CaseRow, language: Language | None = None) -> str:
    """Return where an obstacle is: its commune, and the province or prefecture around it."""
    language = language or labels.current_language()
    names = labels.name_of(row.commune, language), labels.name_of(row.province, language)
    return _place_words(*names, row.province.kind, language=language)


@labels.remembered
def _place_words(commune: str, province: str, kind: PlaceKind) -> str:
    if kind is PlaceKind.PREFECTURE:
        words = _("Commune of %(commune)s, prefecture of %(province)s", commune=commune, province=province)
    else:
        words = _("Commune of %(commune)s, province of %(province)s", commune=commune, province=province)
    return labels.elided(words)


def _deadline(row: CaseRow, reading: _Reading) -> Deadline:
    if row.status is Status.DRAFT:
        return Deadline(_("Not filed yet"), _("changed on %(date)s", date=labels.day_text(local_day(row.changed_at))))
    if row.status in ENDED:
        changed_on = local_day(row.changed_at)
        return Deadline("", labels.day_text(changed_on), changed_on.isoformat())
    asked_by = row.answer_by or row.confirm_by
    asks_reader = asked_by is not None and reading.speaks_for_commune
    if not row.runs and not asks_reader:
        return Deadline(labels.term("state_paused", reading.language), _waited_for(row, reading), "", "paused")
    due_on = asked_by if asked_by is not None and asks_reader else local_day(row.due_at)
    late = clocks.is_late(due_on, reading.today)
    words = due_words(reading.days_left(row.province.code, due_on), late=late, language=reading.language)
    day = labels.day_text(due_on, reading.language, year=due_on.year != reading.today.year)
    return Deadline(words, day, due_on.isoformat(), "late" if late else "")


def _waited_for(row: CaseRow, reading: _Reading) -> str:
    since = reading.waits_since.get(row.id) or local_day(row.changed_at)
    day = labels.day_text(since, reading.language, year=since.year != reading.today.year)
    if row.status not in WAITED_FOR:
        return _("waiting for another body since %(day)s", day=day)
    until = row.answer_by or row.confirm_by
    if until is None:
        return _("waiting for the commune since %(day)s", day=day)
    last = labels.day_text(until, reading.language, year=False)
    return _("waiting for the commune since %(day)s, until %(date)s", day=day, date=last)


def _who(row: CaseRow, reading: _Reading) -> str:
    if row.assignee is not None:
        name = labels.name_of(row.assignee, reading.language)
        is_away = (row.level, row.assignee_id) in reading.stood_in_for
        return _("%(name)s, for whom you act", name=name) if is_away else name
    is_open = row.status not in ENDED and row.status is not Status.DRAFT
    return labels.term("filter_unclaimed", reading.language) if is_open else ""
