"""Reading who acts for whom today: the offices of those who are away, as their deputy holds them meanwhile."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES
from escalation.domain.deputies import Named, offices_stood_in_for
from escalation.domain.policy import CommuneTerm, MandateHeld
from escalation.extensions import db
from escalation.models.offices import Deputyship
from escalation.models.people import Mandate, Person
from escalation.queries.people.terms import lives_on


def deputyship_lives_on(day: date) -> ColumnElement[bool]:
    """The condition that a deputy acts on a day; the last day counts, what was taken back does not."""
    dates = and_(Deputyship.starts_on <= day, Deputyship.ends_on >= day)
    return and_(dates, Deputyship.taken_back_at.is_(None))


def has_deputies(today: date) -> ColumnElement[bool]:
    """The condition that somebody is away today at the desk of a mandate, and named who acts for them."""
    away = aliased(Mandate)
    here = and_(away.id == Deputyship.mandate_id, away.place_code == Mandate.place_code)
    return and_(Mandate.office.in_(MEMBER_OFFICES), exists().where(here, deputyship_lives_on(today)))


def list_stood_in_for(person_id: int, own: Iterable[MandateHeld], today: date) -> list[MandateHeld]:
    """Return the offices that a person holds in the place of others, at the desks where they sit themselves.

    Who is away passes on what they hold today and no more: what ended, rests or belongs to a closed account is
    nobody's, and where they are recused, so is who acts for them.
    """
    desks = {mandate.place_code for mandate in own if mandate.office in MEMBER_OFFICES}
    rows = _list_live(desks, today) if desks else []
    acts_in: set[int] = set()
    for desk in desks:
        acts_in |= offices_stood_in_for(person_id, [_named(*row) for row in rows if row[0].place_code == desk])
    found = {mandate.id: mandate for mandate, _deputy in rows if mandate.id in acts_in}
    terms = _list_terms({mandate.person_id for mandate in found.values()}, today) if found else {}
    return [
        MandateHeld(
            mandate.id,
            mandate.office,
            mandate.place_code,
            for_person_id=mandate.person_id,
            for_terms=tuple(terms.get(mandate.person_id, ())),
        )
        for mandate in sorted(found.values(), key=lambda one: one.id)
    ]


def list_deputies_of(person_id: int, desk_code: str, today: date) -> frozenset[int]:
    """Return who was named to act at a desk for somebody who is away today."""
    rows = _list_live({desk_code}, today)
    named = [_named(*row) for row in rows]
    offices = {mandate.id for mandate, _deputy in rows if mandate.person_id == person_id}
    return frozenset(one.deputy_id for one in named if offices & offices_stood_in_for(one.deputy_id, named))


def _named(mandate: Mandate, deputy_id: int) -> Named:
    return Named(mandate.id, mandate.person_id, deputy_id)


def _list_live(desks: Collection[str], today: date) -> list[tuple[Mandate, int]]:
    rows = db.session.execute(
        select(Mandate, Deputyship.deputy_id)
        .join(Deputyship, Deputyship.mandate_id == Mandate.id)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.place_code.in_(desks), Mandate.office.in_(MEMBER_OFFICES), lives_on(today))
        .where(deputyship_lives_on(today), Person.suspended_at.is_(None))
        .order_by(Deputyship.id)
    )
    return [(mandate, deputy_id) for mandate, deputy_id in rows]


def _list_terms(person_ids: Collection[int], today: date) -> dict[int, list[CommuneTerm]]:
    rows = db.session.scalars(
        select(Mandate).where(
            Mandate.person_id.in_(person_ids), Mandate.office.in_(COMMUNE_OFFICES), Mandate.starts_on <= today
        )
    )
    terms: dict[int, list[CommuneTerm]] = {}
    for mandate in rows:
        terms.setdefault(mandate.person_id, []).append(
            CommuneTerm(mandate.place_code, mandate.starts_on, mandate.ends_on)
        )
    return terms
