"""Words beside an event of a case's story that its codes alone do not say: who was asked until when, where it went."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Level, PlaceKind
from escalation.models.places import Place

Codes = Mapping[str, Any]


def asked_words(codes: Codes, bodies: Mapping[str, labels.Named], kind: PlaceKind) -> str:
    """Return who outside was asked or replied: a body by its name, or a council in session."""
    if "session" in codes:
        return labels.session_label(Level(codes["session"]), kind)
    return labels.name_of(bodies[codes["body"]]) if codes.get("body") in bodies else ""


def awaited_words(codes: Codes, bodies: Mapping[str, labels.Named], kind: PlaceKind) -> str:
    """Return who outside was asked, or was given more time, and by when the reply is expected."""
    who, day = asked_words(codes, bodies, kind), labels.day_text(date.fromisoformat(codes["expected_on"]))
    if codes.get("extended"):
        return _("%(who)s: given more time, until %(day)s", who=who, day=day)
    return _("%(who)s: reply expected by %(day)s", who=who, day=day)


def desk_words(codes: Codes, places: Mapping[str, Place]) -> str:
    """Return the desk that has the case since an event."""
    place = places.get(codes.get("desk", ""))
    return labels.desk_at(place.level, place) if place else ""


def ground_words(codes: Codes) -> str:
    """Return on which ground a case was not taken up, with the reference of the one filed before."""
    words, earlier = labels.ground_label(codes["ground"]), codes.get("duplicate_of")
    return f"{words} · \u2066{earlier}\u2069" if earlier else words


def meant_for_words(codes: Codes) -> str:
    """Return on which day the clock should have acted, where it acted later."""
    day = codes.get("meant_for")
    return _("It was due on %(day)s.", day=labels.day_text(date.fromisoformat(day))) if day else ""


def moved_words(codes: Codes) -> str:
    """Return which deadline of the desk became which, where the working calendar moved it."""
    before, now = (codes.get(name) for name in ("due_before", "due_on"))
    if not before or not now or before == now:
        return ""
    was, is_now = (labels.day_text(date.fromisoformat(day)) for day in (before, now))
    return _("The desk’s deadline was %(before)s and is %(now)s.", before=was, now=is_now)
