"""In which office a reader acts on a case, where they hold several or act for somebody who is away."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Action, Remark
from escalation.domain.policy import Actor, MandateHeld, mandate_for, mandates_for, mandates_to_remark
from escalation.domain.workflow import moves_from
from escalation.queries.case.cases import Dossier
from escalation.queries.people.people import list_names
from escalation.queries.places import get_places


def acting_words(actor: Actor, dossier: Dossier, actions: Iterable[Action]) -> list[str]:
    """Return in which offices the reader would make these moves; nothing for who holds one office of their own."""
    if len(actor.mandates) < 2:
        return []
    case, asked = dossier.case, set(actions)
    rows = [move for move in moves_from(case.status, case.level) if move.action in asked]
    held = dict.fromkeys(mandate for move in rows if (mandate := mandate_for(actor, move, case)) is not None)
    return [words for _number, words in _named(tuple(held))]


def offices_to_move(actor: Actor, dossier: Dossier, action: Action) -> tuple[MandateHeld, ...]:
    """Return the offices in each of which the reader could make a move, the one that leads first."""
    case = dossier.case
    rows = [move for move in moves_from(case.status, case.level) if move.action is action]
    return tuple(dict.fromkeys(mandate for move in rows for mandate in mandates_for(actor, move, case)))


def move_choices(actor: Actor, dossier: Dossier, action: Action) -> list[tuple[str, str]]:
    """Return the choice between the offices in which a move could be made."""
    return _named(offices_to_move(actor, dossier, action)) if len(actor.mandates) > 1 else []


def remark_choices(actor: Actor, dossier: Dossier, remark: Remark) -> list[tuple[str, str]]:
    """Return the choice between the offices in which a remark could be made."""
    return _named(mandates_to_remark(actor, remark, dossier.case)) if len(actor.mandates) > 1 else []


def _named(held: Sequence[MandateHeld]) -> list[tuple[str, str]]:
    """Return offices by number and in words."""
    if not held:
        return []
    places = get_places({mandate.place_code for mandate in held})
    others = {mandate.for_person_id for mandate in held if mandate.for_person_id}
    names = list_names(others) if others else {}
    language = labels.current_language()

    def words(mandate: MandateHeld) -> str:
        place = places[mandate.place_code]
        office = f"{labels.office_label(mandate.office, place.kind)} · {labels.name_of(place)}"
        if mandate.for_person_id is None:
            return office
        return _("%(office)s, for %(name)s", office=office, name=names[mandate.for_person_id].name(language))

    return [(str(mandate.id), words(mandate)) for mandate in held]
