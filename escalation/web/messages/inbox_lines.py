"""From the facts of a message to its words: what happened, in which case, what is asked of the reader and by when.

The words say what the mail of the same event says; a line of the inbox is shorter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Audience, Cause, ConfirmedBy, Event, Outcome, PlaceKind
from escalation.domain.intake import ADDRESS_FAILED, REPLY_HELD, REPLY_WITHOUT_FILES
from escalation.queries.messages.inbox import InboxRow
from escalation.services.case.notes import CONTACT_RECORDED, MENTIONED
from escalation.web.messages.message_words import WARNINGS

Facts = Mapping[str, Any]


OF_MAIL = {
    ADDRESS_FAILED: _l("A letter did not arrive"),
    REPLY_HELD: _l("Your answer by e-mail is not on the case yet"),
    REPLY_WITHOUT_FILES: _l("Your answer by e-mail came without some of its files"),
}
OF_MAIL_SAID = {
    ADDRESS_FAILED: _l("Somebody told of this case has an address that fails: its page says who. Please call them."),
    REPLY_HELD: _l("An administrator looks at it. You can write it on the page of the case meanwhile."),
    REPLY_WITHOUT_FILES: _l("Your words are on the case. You can add the files on its page, which says what is taken."),
}
"""What is told of mail that came in, and what its reader can do."""


@dataclass(frozen=True)
class InboxLine:
    """One message, as its template writes it."""

    url: str
    title: str
    reference: str
    meta: tuple[str, ...]
    project: str
    said: str
    time: str
    iso: str
    is_unread: bool


def inbox_lines(rows: Sequence[InboxRow]) -> list[InboxLine]:
    """Return messages as lines."""
    return [_line(row) for row in rows]


def _line(row: InboxRow) -> InboxLine:
    said = (detail_words(row.event, row.facts), asked_words(row.event, row.audience, row.facts))
    return InboxLine(
        url=url_for("case.show", reference=row.reference),
        title=event_words(row.event, row.facts, row.province_kind),
        reference=row.reference,
        meta=(labels.name_of(row.type) if row.type else "", labels.place_label(row.commune)),
        project=row.project,
        said=" ".join(words for words in said if words),
        time=labels.instant_text(row.at),
        iso=row.at.isoformat(),
        is_unread=row.is_unread,
    )


def event_words(event: str, facts: Facts, province_kind: PlaceKind) -> str:
    """Return what happened: an event of the journal, or a note of the reader's own desk."""
    if event == MENTIONED:
        return _("You are mentioned in an internal note")
    if event == CONTACT_RECORDED:
        return _("A contact was logged")
    if event in WARNINGS or event in OF_MAIL:
        return str({**WARNINGS, **OF_MAIL}[event])
    return labels.event_label(Event(event), province_kind, facts.get("outside"))


def detail_words(event: str, facts: Facts) -> str:
    """Return what qualifies an event: what became of the obstacle, who confirmed, why it climbed."""
    cause, outcome, confirmed_by = facts.get("cause"), facts.get("outcome"), facts.get("confirmed_by")
    words = ""
    if event == Event.OBSTACLE_RESOLVED and outcome:
        words = labels.outcome_label(Outcome(outcome))
    if event == Event.OBSTACLE_CLOSED and confirmed_by:
        words = labels.confirmed_by_label(ConfirmedBy(confirmed_by))
    if event == Event.OBSTACLE_ESCALATED and cause:
        words = labels.cause_label(Cause(cause))
    return f"{words}." if words else ""


def asked_words(event: str, audience: Audience, facts: Facts) -> str:
    """Return what a message asks of its reader and by when; else the day that it lets them expect, if any."""
    if event in WARNINGS:
        return _warned_words(event, facts)
    if event in OF_MAIL_SAID:
        return str(OF_MAIL_SAID[event])
    words = ""
    if facts.get("asks"):
        words = _asked_of_commune(event, facts) if audience is Audience.COMMUNE else _asked_of_desk(audience, facts)
    return words or _expected(event, facts)


def _warned_words(event: str, facts: Facts) -> str:
    """Return by when what is awaited, and what follows without it."""
    due_on, climbs_on, confirm_by = (_day(facts, name) for name in ("due_on", "climbs_on", "confirm_by"))
    if event == "confirmation_near":
        return _("Is the obstacle really gone on the ground? Please answer by %(date)s.", date=confirm_by)
    if event == "deadline_near":
        return _("Answer expected by %(date)s.", date=due_on)
    said = _("It was due on %(day)s.", day=due_on)
    follows = _("It goes to the region’s desk on %(day)s.", day=climbs_on) if climbs_on else ""
    return f"{said} {follows}".strip()


def _asked_of_desk(audience: Audience, facts: Facts) -> str:
    if audience is Audience.MENTIONED:
        return _("Please read it.")
    acknowledge_by = _day(facts, "acknowledge_by")
    if audience is Audience.DESK and acknowledge_by:
        return _("Please take it in charge or assign it by %(date)s.", date=acknowledge_by)
    if audience is Audience.SECRETARY and acknowledge_by:
        return _("This desk has no member: see to it that somebody can take the case by %(date)s.", date=acknowledge_by)
    due_on = _day(facts, "due_on")
    if audience is Audience.ASSIGNEE and due_on:
        return _("Please continue the review: the answer is expected by %(date)s.", date=due_on)
    return ""


def _asked_of_commune(event: str, facts: Facts) -> str:
    answer_by, confirm_by = _day(facts, "answer_by"), _day(facts, "confirm_by")
    appeal_by = _day(facts, "appeal_by")
    if event == Event.OBSTACLE_FILED:
        return _("The secretariat filed it on your behalf: please confirm it, or withdraw it.")
    if event == Event.INFORMATION_REQUESTED and answer_by:
        return _("Please answer by %(date)s.", date=answer_by)
    if event == Event.OBSTACLE_DECLINED and appeal_by:
        return _("You can ask for reconsideration until %(date)s.", date=appeal_by)
    if event != Event.OBSTACLE_RESOLVED or not confirm_by:
        return ""
    if facts.get("outcome") == Outcome.NO_SOLUTION_NOW:
        return _("Please read it and reply by %(date)s.", date=confirm_by)
    return _("Is the obstacle really gone on the ground? Please answer by %(date)s.", date=confirm_by)


def _expected(event: str, facts: Facts) -> str:
    expected_on, due_on = _day(facts, "expected_on"), _day(facts, "due_on")
    if event == Event.OBSTACLE_REFERRED_OUT:
        return _("Expected by %(date)s; the deadline is paused meanwhile.", date=expected_on) if expected_on else ""
    awaits_desk = event in (Event.OBSTACLE_FILED, Event.OBSTACLE_CLAIMED, Event.INFORMATION_PROVIDED, Event.WAIT_ENDED)
    return _("Answer expected by %(date)s.", date=due_on) if awaits_desk and due_on else ""


def _day(facts: Facts, name: str) -> str:
    text = facts.get(name)
    return labels.day_text(date.fromisoformat(text)) if text else ""
