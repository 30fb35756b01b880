"""The story of a case in words: what was corrected, what was taken back, who was asked; and the codes it names."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.codes import Event, PlaceKind, Urgency
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier
from escalation.queries.case.notes import NoteLine
from escalation.queries.case.timeline import Told

TERMS = {"project_owner", "urgency", "people_affected", "amount_blocked", "programme", "asked_of"}
NAMES = {
    "project_name": _l("Project"),
    "obstacle_type": _l("Obstacle"),
    "blocked_since": _l("Blocked since"),
    "description": _l("What happened?"),
    "title": _l("Title of the case"),
    "sector": _l("Sector"),
    "budget": _l("Budget"),
    "tried_already": _l("Tried already"),
    "needed_by": _l("Needed by"),
    "urgency_reason": _l("Why it is urgent"),
    "callback_phone": _l("Number to call back"),
}
CENTIMES = "_centimes"


@dataclass(frozen=True)
class Amended:
    """One answer that was corrected: what was, and what is; empty when it was erased since."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Approached:
    """Somebody outside who was asked: who, when, with what, by when a reply is expected, and the reply."""

    who: str
    asked_on: date
    expected_on: date
    was_extended: bool
    reason: str
    reply: str
    replied: Told | None


@dataclass(frozen=True)
class Named:
    """The rows behind the codes that a case and its story name."""

    bodies: Mapping[str, labels.Named]
    types: Mapping[str, labels.Named]
    sectors: Mapping[str, labels.Named]


@dataclass(frozen=True)
class Codes:
    """The codes that a case and its story name, by what they are codes of."""

    bodies: set[str]
    types: set[str]
    sectors: set[str]
    places: set[str]
    people: set[int]


def codes_named(dossier: Dossier, events: Sequence[Told], notes: Sequence[NoteLine]) -> Codes:
    """Return everything that the page of a case will have to name."""
    obstacle = dossier.obstacle
    answers = [*_answers(events), _answers_now(obstacle)]
    told = [event.codes for event in events]
    bodies = {answer.get("project_owner") for answer in answers} | {one.body_code for one in dossier.approaches}
    bodies |= {code for answer in answers for code in answer.get("asked_of") or ()} | {one.get("body") for one in told}
    desks = {one.get(name) for one in told for name in ("desk", "from_desk", "target")}
    people = {obstacle.assignee_id} | {one.get("assignee") for one in told}
    return Codes(
        bodies={code for code in bodies if code},
        types={code for answer in answers if (code := answer.get("obstacle_type"))},
        sectors={code for answer in answers if (code := answer.get("sector"))},
        places={code for code in desks if code},
        people={number for number in people if number} | {number for note in notes for number in note.mentions},
    )


def _answers_now(obstacle: Obstacle) -> dict[str, Any]:
    names = ("project_owner", "asked_of", "sector")
    return {name: getattr(obstacle, name) for name in names} | {"obstacle_type": obstacle.obstacle_type or "other"}


def _answers(events: Iterable[Told]) -> Iterator[dict[str, Any]]:
    for told in events:
        if told.event is Event.FACTS_AMENDED:
            yield from (_read(told, kind) for kind in ("before", "answers"))


def _read(told: Told, kind: str) -> dict[str, Any]:
    """Return answers as they were kept; nothing where they were erased."""
    try:
        found = json.loads(told.texts.get(kind, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def amended(told: Told, named: Named) -> list[Amended]:
    """Return each answer that a correction changed, in words."""
    before, after = _read(told, "before"), _read(told, "answers")
    return [
        Amended(_field_label(name), _in_words(name, before.get(name), named), _in_words(name, after.get(name), named))
        for name in told.codes["fields"]
    ]


def _field_label(field: str) -> str:
    name = field.removesuffix(CENTIMES)
    if name == "request":
        return labels.term("what_is_asked")
    return labels.term(name) if name in TERMS else str(NAMES[name])


def _in_words(field: str, value: Any, named: Named) -> str:
    if value in (None, "", []):
        return ""
    rows = {"project_owner": named.bodies, "obstacle_type": named.types, "sector": named.sectors}
    if field in rows:
        return _names([value], rows[field])
    return WORDS[field](value, named) if field in WORDS else str(value)


def _names(codes: Sequence[str], rows: Mapping[str, labels.Named]) -> str:
    return _(", ").join(labels.name_of(rows[code]) if code in rows else code for code in codes)


WORDS: dict[str, Callable[[Any, Named], str]] = {
    "budget_centimes": lambda value, _named: labels.money_text(value),
    "amount_blocked_centimes": lambda value, _named: labels.money_text(value),
    "people_affected": lambda value, _named: labels.number_text(value),
    "blocked_since": lambda value, _named: labels.day_text(date.fromisoformat(value)),
    "needed_by": lambda value, _named: labels.day_text(date.fromisoformat(value)),
    "urgency": lambda value, _named: labels.urgency_label(Urgency(value)),
    "asked_of": lambda value, named: _names(value, named.bodies),
}


def approached(dossier: Dossier, events: Sequence[Told], named: Named, kind: PlaceKind) -> list[Approached]:
    """Return everybody outside who was asked, the open ones first, each with what was written."""
    by_seq = {told.seq: told for told in events}
    found = []
    for one in sorted(dossier.approaches, key=lambda one: (one.replied_seq is not None, one.expected_on)):
        asked, replied = by_seq.get(one.asked_seq), by_seq.get(one.replied_seq or 0)
        body = named.bodies.get(one.body_code or "")
        found.append(
            Approached(
                who=labels.name_of(body) if body else labels.session_label(one.session, kind) if one.session else "",
                asked_on=one.asked_on,
                expected_on=one.expected_on,
                was_extended=one.was_extended,
                reason=asked.texts.get("reason", "") if asked else "",
                reply=replied.texts.get("reply", "") if replied else "",
                replied=replied,
            )
        )
    return found
