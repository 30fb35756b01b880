"""What the first page says of offices: terms that end soon, desks with nobody, cases of those who left."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import MEMBER_OFFICES, Office
from escalation.domain.policy import Actor
from escalation.queries.lists.territory import places_of
from escalation.queries.people.watched import Held, count_left_behind, list_empty_desks, list_ending


class OfficeLine(NamedTuple):
    """One thing said of offices, and where to go for it."""

    words: str
    url: str | None = None


def office_lines(actor: Actor, now: datetime) -> Iterator[OfficeLine]:
    """Yield what is to be known of offices by whoever is signed in; true as long as it is shown."""
    today = local_day(now)
    for held in list_ending(today, person_id=actor.person_id):
        words = _("Your office of %(office)s ends on %(day)s.", office=_office(held), day=_last(held))
        yield OfficeLine(words, url_for("account.show"))
    if (desks := places_of(actor, MEMBER_OFFICES)) and (count := count_left_behind(desks, today)):
        words = ngettext(
            "%(num)d case of somebody who left the desk is to be taken over.",
            "%(num)d cases of people who left the desk are to be taken over.",
            count,
        )
        yield OfficeLine(words, url_for("handover.index"))
    if regions := places_of(actor, {Office.REGIONAL_SECRETARY}):
        for place in list_empty_desks(today, regions):
            words = _("%(desk)s has no active member.", desk=labels.desk_at(place.level, place))
            yield OfficeLine(words, url_for("queue.index"))
    if regions := places_of(actor, {Office.REGIONAL_SECRETARY, Office.ADMINISTRATOR}):
        is_administrator = bool(places_of(actor, {Office.ADMINISTRATOR}))
        for held in list_ending(today, regions=regions):
            if held.person.id != actor.person_id:
                name = held.person.name(labels.current_language())
                words = _("%(office)s, %(name)s: ends on %(day)s.", office=_office(held), name=name, day=_last(held))
                yield OfficeLine(
                    words, url_for("admin_people.show", person_id=held.person.id) if is_administrator else None
                )


def _office(held: Held) -> str:
    return f"{labels.office_label(held.mandate.office, held.place.kind)} ({labels.name_of(held.place)})"


def _last(held: Held) -> str:
    return labels.day_text(held.mandate.ends_on) if held.mandate.ends_on else ""
