"""Reading how people want to be told, and who follows a case: as those are who are to be told of something."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select

from escalation.domain.case import Case
from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, Office
from escalation.domain.policy import Actor, MandateHeld, mandate_to_see
from escalation.domain.wants import NOTHING_CHOSEN, Attention, Wants
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.people import Mandate, Person
from escalation.models.wants import CaseAttention, MessageWants
from escalation.queries.case.obstacles import visible_to
from escalation.queries.messages.failures import IS_GIVEN_UP
from escalation.queries.people.people import Reader
from escalation.queries.people.terms import lives_on, rests_on

MOST_LISTED = 200

_READER = (
    Person.id, Person.email, Person.name_ar, Person.name_fr, Person.language, Mandate.office, Mandate.place_code,
)  # fmt: skip
"""What ``Reader`` holds."""


@dataclass(frozen=True)
class Wanted:
    """What some people chose, in general and of some cases; and whom letters do not reach."""

    wants: Mapping[int, Wants]
    attentions: Mapping[tuple[int, int], Attention]
    """By person and case."""
    given_up: frozenset[int] = frozenset()
    """Whose address failed."""

    def wants_of(self, person_id: int) -> Wants:
        """Return what a person chose in general."""
        return self.wants.get(person_id, NOTHING_CHOSEN)


@dataclass(frozen=True, slots=True)
class Attended:
    """A case that somebody follows or has muted, as their own page names it."""

    reference: str
    title: str
    attention: Attention


def read_wanted(person_ids: Collection[int], obstacle_ids: Collection[int]) -> Wanted:
    """Return what these people chose, in general and of these cases, and whose address failed, in two queries."""
    people = sorted(set(person_ids))
    if not people:
        return Wanted({}, {})
    chosen = select(Person.id, IS_GIVEN_UP, MessageWants).outerjoin(MessageWants, MessageWants.person_id == Person.id)
    rows = db.session.execute(chosen.where(Person.id.in_(people))).all()
    wants = {one.person_id: Wants.from_row(one.ways, one.quiet_from, one.quiet_to) for *_, one in rows if one}
    given_up = frozenset(person_id for person_id, fails, _chosen in rows if fails)
    of_cases = CaseAttention.obstacle_id.in_(sorted(set(obstacle_ids)))
    columns = (CaseAttention.person_id, CaseAttention.obstacle_id, CaseAttention.attention)
    found = db.session.execute(select(*columns).where(of_cases, CaseAttention.person_id.in_(people)))
    return Wanted(wants, {(person_id, case_id): attention for person_id, case_id, attention in found}, given_up)


def get_wants(person_id: int) -> Wants:
    """Return what one person chose."""
    return read_wanted([person_id], []).wants_of(person_id)


def find_attention(person_id: int, obstacle_id: int) -> Attention | None:
    """Return what a person asked of a case; None where they are told as their office is."""
    row = db.session.get(CaseAttention, (obstacle_id, person_id))
    return row.attention if row else None


def list_attended(actor: Actor) -> list[Attended]:
    """Return the cases that an actor follows or has muted and may still see, the newest choice first."""
    query = (
        select(Obstacle.reference, Obstacle.title, CaseAttention.attention)
        .join(Obstacle, Obstacle.id == CaseAttention.obstacle_id)
        .where(CaseAttention.person_id == (actor.person_id or 0), visible_to(actor))
        .order_by(CaseAttention.since.desc(), CaseAttention.obstacle_id)
        .limit(MOST_LISTED)
    )
    return [Attended(reference or "", title, attention) for reference, title, attention in db.session.execute(query)]


def list_followers(obstacle_id: int, case: Case, today: date) -> list[Reader]:
    """Return who follows a case and may see it today by an office of their own, each by that office."""
    query = (
        select(Mandate.id, *_READER)
        .join(Person, Person.id == Mandate.person_id)
        .join(CaseAttention, CaseAttention.person_id == Person.id)
        .where(
            CaseAttention.obstacle_id == obstacle_id,
            CaseAttention.attention == Attention.FOLLOWED,
            Person.suspended_at.is_(None),
            lives_on(today),
        )
        .order_by(Mandate.id)
    )
    readers: dict[int, list[tuple[int, Reader]]] = {}
    rows: Any = db.session.execute(query)
    for mandate_id, *row in rows:
        reader = Reader(*row)
        readers.setdefault(reader.person_id, []).append((mandate_id, reader))
    seen = ((person_id, _sees_by(person_id, held, case), dict(held)) for person_id, held in readers.items())
    return [by_mandate[mandate.id] for _person_id, mandate, by_mandate in seen if mandate is not None]


def _sees_by(person_id: int, held: list[tuple[int, Reader]], case: Case) -> MandateHeld | None:
    mandates = tuple(MandateHeld(number, reader.office, reader.place_code) for number, reader in held)
    return mandate_to_see(Actor(person_id, mandates), case)


def list_suspended(commune_code: str, desk_code: str, author_id: int, today: date) -> list[Reader]:
    """Return who would be told as the commune or as the desk, were not their account or that office suspended."""
    dates = and_(Mandate.starts_on <= today, or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today))
    wrote_it = and_(Mandate.person_id == author_id, Mandate.office.in_(sorted(COMMUNE_OFFICES)))
    of_commune = and_(Mandate.place_code == commune_code, or_(Mandate.office == Office.COMMUNE_PRESIDENT, wrote_it))
    of_desk = and_(Mandate.place_code == desk_code, Mandate.office.in_(sorted(MEMBER_OFFICES)))
    query = (
        select(*_READER)
        .join(Person, Person.id == Mandate.person_id)
        .where(
            dates,
            or_(of_commune, of_desk),
            or_(Person.suspended_at.is_not(None), rests_on(today)),
            Person.pseudonymised_at.is_(None),
        )
        .order_by(Mandate.id)
    )
    rows: Any = db.session.execute(query)
    return [Reader(*row) for row in rows]
