"""Reading people and their mandates: who acts, who sits at a desk, who speaks for a commune."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from escalation.domain.codes import COMMUNE_OFFICES, LEAD_OFFICES, MEMBER_OFFICES, Language, Office
from escalation.domain.names import name_in
from escalation.domain.policy import Actor, CommuneTerm, MandateHeld
from escalation.extensions import db
from escalation.models.people import FilingPermission, Mandate, Person
from escalation.queries.people.deputies import has_deputies, list_stood_in_for
from escalation.queries.people.terms import lives_on, permission_lives_on, rests_on


@dataclass(frozen=True, slots=True)
class Reader:
    """A person as messages and pages name them, with the office by which they are told."""

    person_id: int
    email: str
    name_ar: str
    name_fr: str
    language: Language
    office: Office
    place_code: str

    @property
    def is_lead(self) -> bool:
        """Say whether this person leads their desk."""
        return self.office in LEAD_OFFICES

    def name(self, language: str) -> str:
        """Return the name in the script of a language."""
        return name_in(language, self.name_ar, self.name_fr)


class PersonName(NamedTuple):
    """A person as pages name them beside their acts."""

    id: int
    name_ar: str
    name_fr: str

    def name(self, language: str) -> str:
        """Return the name in the letters of a language."""
        return name_in(language, self.name_ar, self.name_fr)


_MANDATES, _PEOPLE = Mandate.__table__.c, Person.__table__.c
_TODAY: Any = bindparam("today", type_=_MANDATES.starts_on.type)
_ACTOR = (
    select(
        Mandate.id,
        Mandate.office,
        Mandate.place_code,
        Mandate.starts_on,
        Mandate.ends_on,
        FilingPermission.id.label("permission_id"),
        rests_on(_TODAY).label("rests"),
        has_deputies(_TODAY).label("has_deputies"),
    )
    .outerjoin(FilingPermission, permission_lives_on(_TODAY))
    .where(Mandate.person_id == bindparam("person_id"), Mandate.starts_on <= _TODAY)
    .order_by(Mandate.id)
)


def signs_in_by(name: str) -> ColumnElement[bool]:
    """The condition that a person signs in by this address, or by this number where it is none."""
    return Person.email == name if "@" in name else Person.phone == name


def load_actor(person_id: int, today: date) -> Actor:
    """Return a person as the policy knows them: live mandates, their own and those they hold for others, terms."""
    held: dict[int, MandateHeld] = {}
    terms: dict[int, CommuneTerm] = {}
    is_deputy_perhaps = False
    for row in db.session.execute(_ACTOR, {"person_id": person_id, "today": today}):
        if row.office in COMMUNE_OFFICES:
            terms[row.id] = CommuneTerm(row.place_code, row.starts_on, row.ends_on)
        if not row.rests and (row.ends_on is None or row.ends_on >= today):
            held[row.id] = MandateHeld(row.id, row.office, row.place_code, row.permission_id is not None)
            is_deputy_perhaps = is_deputy_perhaps or row.has_deputies
    own = tuple(held.values())
    for_others = list_stood_in_for(person_id, own, today) if is_deputy_perhaps else []
    return Actor(person_id, (*own, *for_others), tuple(terms.values()))


_READERS = (
    select(
        _PEOPLE.id,
        _PEOPLE.email,
        _PEOPLE.name_ar,
        _PEOPLE.name_fr,
        _PEOPLE.language,
        _MANDATES.office,
        _MANDATES.place_code,
    )
    .join_from(Person.__table__, Mandate.__table__, _MANDATES.person_id == _PEOPLE.id)
    .where(
        lives_on(_TODAY),
        _PEOPLE.suspended_at.is_(None),
    )
    .order_by(_MANDATES.id)
)
"""Everybody who holds an office on a day and is not suspended, in the order of what ``Reader`` holds."""
_RECUSED = (
    select(_MANDATES.person_id)
    .where(
        _MANDATES.place_code == bindparam("commune"),
        _MANDATES.office.in_(sorted(COMMUNE_OFFICES)),
        _MANDATES.starts_on <= _TODAY,
        or_(
            _MANDATES.ends_on.is_(None),
            _MANDATES.ends_on >= bindparam("since", type_=_MANDATES.ends_on.type),
        ),
    )
    .correlate(None)
    .scalar_subquery()
)
_DESK_MEMBERS = _READERS.where(
    _MANDATES.place_code.in_(bindparam("desks", expanding=True)),
    _MANDATES.office.in_(sorted(MEMBER_OFFICES)),
    _MANDATES.person_id.not_in(_RECUSED),
)
_NAMES = select(_PEOPLE.id, _PEOPLE.name_ar, _PEOPLE.name_fr).where(_PEOPLE.id.in_(bindparam("ids", expanding=True)))


def list_desk_members(
    desk_codes: Collection[str], commune_code: str, filed_on: date | None, today: date
) -> list[Reader]:
    """Return who sits at these desks today and may decide on a case of a commune: the recused are left out."""
    given = {"desks": sorted(desk_codes), "commune": commune_code, "since": filed_on or today, "today": today}
    return _readers(_DESK_MEMBERS, given)


def list_commune_readers(commune_code: str, author_id: int, today: date) -> list[Reader]:
    """Return who is told in the commune's name: its president, and the author while they hold an office there."""
    is_president = Mandate.office == Office.COMMUNE_PRESIDENT
    wrote_it = and_(Mandate.person_id == author_id, Mandate.office.in_(COMMUNE_OFFICES))
    return _readers(_READERS.where(Mandate.place_code == commune_code, or_(is_president, wrote_it)), {"today": today})


def find_president(commune_code: str, today: date) -> int | None:
    """Return who presides over a commune today, or None."""
    holds = and_(Mandate.place_code == commune_code, Mandate.office == Office.COMMUNE_PRESIDENT, lives_on(today))
    return db.session.scalars(select(Mandate.person_id).where(holds).order_by(Mandate.id).limit(1)).first()


def list_staff(person_id: int, region_code: str, today: date) -> list[Reader]:
    """Return the person who filed on somebody's behalf, while they serve in the region's secretariat."""
    serves = and_(Mandate.office == Office.SECRETARIAT_STAFF, Mandate.place_code == region_code)
    return _readers(_READERS.where(serves, Mandate.person_id == person_id), {"today": today})


def list_regional_secretaries(region_code: str, today: date) -> list[Reader]:
    """Return who is alarmed when a desk of the region has nobody."""
    serves = and_(Mandate.place_code == region_code, Mandate.office == Office.REGIONAL_SECRETARY)
    return _readers(_READERS.where(serves), {"today": today})


def _readers(query: Select[*tuple[Any, ...]], given: Mapping[str, Any]) -> list[Reader]:
    """Return those whom a query finds, each once at a place and by the office that leads, if one does."""
    found: dict[tuple[int, str], Reader] = {}
    for row in db.session.execute(query, given):
        reader = Reader(*row)
        known = found.get((reader.person_id, reader.place_code))
        if known is None or (reader.is_lead and not known.is_lead):
            found[reader.person_id, reader.place_code] = reader
    return list(found.values())


def list_names(person_ids: Collection[int]) -> dict[int, PersonName]:
    """Return people by id, for the names beside their acts."""
    names = db.session.execute(_NAMES, {"ids": sorted(person_ids)})
    return {row.id: PersonName(*row) for row in names}


def find_by_email(email: str) -> Person | None:
    """Return the person of an address, or None."""
    return db.session.scalars(select(Person).where(Person.email == email.strip().lower())).first()
