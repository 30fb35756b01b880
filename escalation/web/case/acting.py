"""In which office a reader acts on a case, where they hold several or act for somebody who is away."""

from collections.abc import Iterable

from flask_babel import gettext as _

from escalation import labels
from escalation.domain.codes import Action
from escalation.domain.policy import Actor, MandateHeld, mandate_for
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
    if not held:
        return []
    places = get_places({mandate.place_code for mandate in held})
    names = list_names({mandate.for_person_id for mandate in held if mandate.for_person_id})
    language = labels.current_language()

    def words(mandate: MandateHeld) -> str:
        place = places[mandate.place_code]
        office = f"{labels.office_label(mandate.office, place.kind)} · {labels.name_of(place)}"
        if mandate.for_person_id is None:
            return office
        return _("%(office)s, for %(name)s", office=office, name=names[mandate.for_person_id].name(language))

    return [words(mandate) for mandate in held]
