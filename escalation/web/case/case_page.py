"""What the case page shows, made ready for its template: where it is, who has it, by when, the story, the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain import clocks
from escalation.domain.calendar import local_day
from escalation.domain.codes import ENDED, Action, Event, Level, Status
from escalation.domain.policy import Actor, allowed_actions
from escalation.models.obstacles import Referral
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.queries.case.cases import Dossier
from escalation.queries.case.timeline import Told, taken_back
from escalation.queries.people.people import PersonName
from escalation.web.case.acts import ACTS


@dataclass(frozen=True)
class Step:
    """One of the three places of the path."""

    label: str
    note: str
    state: str


class Deadline(NamedTuple):
    """A date said twice, in words and as a date."""

    word: str
    date: str = ""
    iso: str = ""
    state: str = ""


def offered_actions(actor: Actor, dossier: Dossier) -> list[Action]:
    """Return the moves that have a page and that this actor may make now, in the order they are offered."""
    allowed = set(allowed_actions(actor, dossier.case))
    return [action for action in ACTS if action in allowed]


def path_steps(dossier: Dossier, province: Place) -> list[Step]:
    """Return the path: the commune, the province's desk, the region's desk, with the working days spent at each."""
    obstacle = dossier.obstacle
    filed = Step(labels.term("actor_commune"), _day(obstacle.filed_at), "past")
    return [filed, *(_desk_step(dossier, level, province) for level in (Level.PROVINCE, Level.REGION))]


def _desk_step(dossier: Dossier, level: Level, province: Place) -> Step:
    label = labels.desk_label(level, province.kind)
    stays = [referral for referral in dossier.referrals if referral.level is level]
    if not stays:
        return Step(label, "", "next")
    is_here = dossier.obstacle.level is level and dossier.obstacle.status not in ENDED
    used = sum(days_at(dossier, referral) for referral in stays)
    return Step(label, working_days(used), "now" if is_here else "past")


def days_at(dossier: Dossier, referral: Referral) -> int:
    """Return the working days a stay has used, its waits left out."""
    until = local_day(referral.closed_at) if referral.closed_at else dossier.today
    opened_on = local_day(referral.opened_at)
    return clocks.desk_days_used(dossier.calendar, opened_on, until, dossier.pauses_of(referral))


def working_days(count: int) -> str:
    """Return a number of working days in words."""
    return str(ngettext("%(num)d working day", "%(num)d working days", count))


def desk_deadline(dossier: Dossier) -> Deadline | None:
    """Return by when the desk answers: in words and as a date; stopped while it waits; None once it has ended."""
    obstacle, referral = dossier.obstacle, dossier.referral
    if referral is None or obstacle.status in ENDED or obstacle.status is Status.RESOLVED:
        return None
    if referral.due_on is None:
        return Deadline(labels.term("state_paused"), _waited_for(dossier), "", "paused")
    return deadline(referral.due_on, dossier)


def _waited_for(dossier: Dossier) -> str:
    """Return for whom a desk's clock stands still, and until when at the latest."""
    until = dossier.waits_until or dossier.today
    day = labels.day_text(until, year=until.year != dossier.today.year)
    if dossier.obstacle.status is Status.INFORMATION_REQUESTED:
        return _("for the commune, until %(day)s", day=day)
    return _("for another body, until %(day)s", day=day)


def nearest_deadline(dossier: Dossier) -> Deadline | None:
    """Return the date that the case waits for now: the commune's while it is asked, else its desk's."""
    awaited_by = dossier.obstacle.answer_by or dossier.obstacle.confirm_by
    return deadline(awaited_by, dossier) if awaited_by else desk_deadline(dossier)


def holder_office(dossier: Dossier, province: Place) -> str:
    """Return the office in which somebody has the case; nothing while nobody of its desk has it."""
    holds = (
        one for one in dossier.members_of(dossier.obstacle.desk_code) if one.person_id == dossier.obstacle.assignee_id
    )
    holder = next(holds, None)
    return labels.office_label(holder.office, province.kind) if holder else ""


def has_ended(status: Status) -> bool:
    """Say whether nobody has the case any more."""
    return status in ENDED


def deadline(due_on: date, dossier: Dossier) -> Deadline:
    """Return a day to come or past in words ("3 working days left") and as a date."""
    left = clocks.days_left(dossier.calendar, due_on, dossier.today)
    late = clocks.is_late(due_on, dossier.today)
    return Deadline(due_words(left, late=late), labels.day_text(due_on), due_on.isoformat(), "late" if late else "")


@labels.remembered
def due_words(left: int, *, late: bool) -> str:
    """Return how far a deadline is. Units: working days."""
    if late:
        days = max(-left, 1)
        return str(ngettext("late by %(num)d working day", "late by %(num)d working days", days))
    if left == 0:
        return str(_("today"))
    return str(ngettext("%(num)d working day left", "%(num)d working days left", left))


def actor_words(told: Told, language: str) -> str:
    """Return who made a move: their name and office; the system when the clock did."""
    if told.person is None:
        return labels.term("system")
    name = person_name(told.person, language)
    if told.acted_for is not None:
        name = _("%(name)s for %(other)s", name=name, other=person_name(told.acted_for, language))
    return f"{name} · {labels.office_label(told.office)}" if told.office else name


def person_name(person: PersonName | Person, language: str) -> str:
    """Return a person's name in the script of a language."""
    return person.name(language)


def _day(moment: datetime | None) -> str:
    return labels.day_text(local_day(moment)) if moment else ""


def names_of(codes: Sequence[str], rows: Mapping[str, labels.Named]) -> str:
    """Return the names of several bodies in one line."""
    return _(", ").join(labels.name_of(rows[code]) for code in codes if code in rows)


def outcome_words(codes: Mapping[str, Any]) -> str:
    """Return what became of an obstacle, with the day a commitment is promised for."""
    words, promised = labels.outcome_label(codes["outcome"]), promised_on(codes)
    return f"{words} · {promised}" if promised else words


def promised_on(codes: Mapping[str, Any]) -> str:
    """Return the day that a commitment is promised for; nothing where there is none."""
    promised = codes.get("commitment_by")
    return labels.day_text(date.fromisoformat(promised)) if promised else ""


SHOWN_FIRST = {
    Status.INFORMATION_REQUESTED: Event.INFORMATION_REQUESTED,
    Status.RESOLVED: Event.OBSTACLE_RESOLVED,
    Status.CLOSED: Event.OBSTACLE_RESOLVED,
    Status.DECLINED: Event.OBSTACLE_DECLINED,
}
"""Whose words stand at the head of a case, by status: the question, the solution, why it was not taken up."""


def awaited(status: Status, events: Sequence[Told]) -> Told | None:
    """Return the event whose words the reader needs first: the last question, solution or refusal that stands."""
    event = SHOWN_FIRST.get(status)
    undone = {told.seq for told in taken_back(events).values()}
    standing = (told for told in reversed(events) if told.event is event and told.seq not in undone and told.texts)
    return next(standing, None)
