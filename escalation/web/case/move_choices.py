"""What the lists of the moves' forms offer: colleagues, desks, bodies and councils, those who were asked."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain.codes import Level
from escalation.models.obstacles import Approach
from escalation.models.taxonomy import Body
from escalation.queries.case.cases import Dossier
from escalation.queries.case.move_aims import count_in_hand, list_other_desks
from escalation.queries.people.people import Reader
from escalation.queries.taxonomy import get_bodies, get_obstacle_type, list_bodies
from escalation.web.case.asking import Asking

Choices = list[tuple[str, str]]
NOTHING = ""


def member_choices(asking: Asking) -> Choices:
    """Return who may be given the case: the members of its desk, each with what they have in hand."""
    dossier = asking.dossier
    members = dossier.members_of(dossier.obstacle.desk_code)
    in_hand = count_in_hand([member.person_id for member in members])
    offered = [(str(one.person_id), _member(one, in_hand.get(one.person_id, 0), asking)) for one in members]
    return [(NOTHING, _("Choose…")), *sorted(offered, key=lambda choice: choice[1])]


def _member(member: Reader, in_hand: int, asking: Asking) -> str:
    kind = asking.places[member.place_code].kind
    cases = ngettext("%(num)d open case", "%(num)d open cases", in_hand)
    has_it = [_("has the case now")] if member.person_id == asking.dossier.obstacle.assignee_id else []
    name, office = member.name(labels.current_language()), labels.office_label(member.office, kind)
    return " · ".join([name, office, str(cases), *has_it])


def desk_choices(dossier: Dossier) -> list[tuple[str, str, dict[str, object]]]:
    """Return where the case may be transferred to; a desk with nobody is named but cannot be chosen."""
    offered: list[tuple[str, str, dict[str, object]]] = [(NOTHING, _("Choose…"), {})]
    for desk in list_other_desks(dossier):
        words = labels.desk_at(desk.place.level, desk.place)
        if desk.is_staffed:
            offered.append((desk.place.code, words, {}))
        else:
            offered.append((desk.place.code, _("%(desk)s: nobody there now", desk=words), {"disabled": True}))
    return offered


def body_choices(dossier: Dossier) -> dict[str, Choices]:
    """Return the bodies that may be asked, under headings: first those usual for this type of obstacle."""
    usual = get_obstacle_type(dossier.obstacle.obstacle_type or "other").bodies
    bodies = list_bodies()
    first = sorted((body for body in bodies if body.code in usual), key=lambda body: usual.index(body.code))
    others = [body for body in bodies if body.code not in usual]
    return {
        NOTHING: [(NOTHING, _("No body: a council in session"))],
        _("Usual for this obstacle"): [(body.code, labels.name_of(body)) for body in first],
        _("Other bodies"): [(body.code, labels.name_of(body)) for body in others],
    }


def session_choices(asking: Asking) -> Choices:
    """Return the councils whose session may be awaited."""
    councils = [(level.value, labels.session_label(level, asking.province.kind)) for level in Level]
    return [(NOTHING, _("No session: a body")), *councils]


def approach_choices(asking: Asking) -> Choices:
    """Return those outside who were asked and have not replied, each with its dates."""
    waiting = asking.dossier.open_approaches
    bodies = get_bodies({one.body_code for one in waiting if one.body_code})
    return [(str(one.number), _approach(one, bodies, asking)) for one in waiting]


def _approach(approach: Approach, bodies: Mapping[str, Body], asking: Asking) -> str:
    return _(
        "%(who)s: asked on %(asked)s, expected by %(expected)s",
        who=asked_name(approach.body_code, approach.session, bodies, asking),
        asked=labels.day_text(approach.asked_on),
        expected=labels.day_text(approach.expected_on),
    )


def asked_name(body: str | None, session: Level | None, bodies: Mapping[str, Body], asking: Asking) -> str:
    """Return who was asked: a body, or a council in session."""
    if body is not None:
        return labels.name_of(bodies[body])
    return labels.session_label(session or Level.COMMUNE, asking.province.kind)
