"""Reading people and their mandates: who acts, who sits at a desk, who speaks for a commune."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from escalation.domain.codes import COMMUNE_OFFICES, LEAD_OFFICES, MEMBER_OFFICES, Language, Office
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
        return self.name_ar if language == "ar" else self.name_fr


def load_actor(person_id: int, today: date) -> Actor:
    """Return a person as the policy knows them: live mandates, their own and those they hold for others, terms."""
    rows = db.session.execute(
        select(Mandate, FilingPermission.id, rests_on(today), has_deputies(today))
        .outerjoin(FilingPermission, permission_lives_on(today))
        .where(Mandate.person_id == person_id, Mandate.starts_on <= today)
        .order_by(Mandate.id)
    ).all()
    held: dict[int, MandateHeld] = {}
    terms: dict[int, CommuneTerm] = {}
    for mandate, permission_id, rests, _deputies in rows:
        if mandate.office in COMMUNE_OFFICES:
            terms[mandate.id] = CommuneTerm(mandate.place_code, mandate.starts_on, mandate.ends_on)
        if not rests and (mandate.ends_on is None or mandate.ends_on >= today):
            held[mandate.id] = MandateHeld(mandate.id, mandate.office, mandate.place_code, permission_id is not None)
    own = tuple(held.values())
    is_deputy_perhaps = any(deputies for mandate, _id, _rests, deputies in rows if mandate.id in held)
    for_others = list_stood_in_for(person_id, own, today) if is_deputy_perhaps else []
    return Actor(person_id, (*own, *for_others), tuple(terms.values()))


def list_desk_members(
    desk_codes: Collection[str], commune_code: str, filed_on: date | None, today: date
) -> list[Reader]:
    """Return who sits at these desks today and may decide on a case of a commune: the recused are left out."""
    since = filed_on or today
    recused = (
        select(Mandate.person_id)
        .where(
            Mandate.place_code == commune_code,
            Mandate.office.in_(COMMUNE_OFFICES),
            Mandate.starts_on <= today,
            or_(Mandate.ends_on.is_(None), Mandate.ends_on >= since),
        )
        .scalar_subquery()
    )
    sits = and_(Mandate.place_code.in_(desk_codes), Mandate.office.in_(MEMBER_OFFICES))
    return _readers(and_(sits, Mandate.person_id.not_in(recused)), today)


def list_commune_readers(commune_code: str, author_id: int, today: date) -> list[Reader]:
    """Return who is told in the commune's name: its president, and the author while they hold an office there."""
    is_president = Mandate.office == Office.COMMUNE_PRESIDENT
    wrote_it = and_(Mandate.person_id == author_id, Mandate.office.in_(COMMUNE_OFFICES))
    return _readers(and_(Mandate.place_code == commune_code, or_(is_president, wrote_it)), today)


def find_president(commune_code: str, today: date) -> int | None:
    """Return who presides over a commune today, or None."""
    holds = and_(Mandate.place_code == commune_code, Mandate.office == Office.COMMUNE_PRESIDENT, lives_on(today))
    return db.session.scalars(select(Mandate.person_id).where(holds).order_by(Mandate.id).limit(1)).first()


def list_staff(person_id: int, region_code: str, today: date) -> list[Reader]:
    """Return the person who filed on somebody's behalf, while they serve in the region's secretariat."""
    serves = and_(Mandate.office == Office.SECRETARIAT_STAFF, Mandate.place_code == region_code)
    return _readers(and_(serves, Mandate.person_id == person_id), today)


def list_regional_secretaries(region_code: str, today: date) -> list[Reader]:
    """Return who is alarmed when a desk of the region has nobody."""
    return _readers(and_(Mandate.place_code == region_code, Mandate.office == Office.REGIONAL_SECRETARY), today)


def _readers(condition: ColumnElement[bool], today: date) -> list[Reader]:
    rows = db.session.execute(
        select(Person, Mandate.office, Mandate.place_code)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(condition, lives_on(today), Person.suspended_at.is_(None))
        .order_by(Mandate.id)
    ).all()
    found: dict[tuple[int, str], Reader] = {}
    for person, office, place_code in rows:
        reader = Reader(person.id, person.email, person.name_ar, person.name_fr, person.language, office, place_code)
        known = found.get((person.id, place_code))
        if known is None or (reader.is_lead and not known.is_lead):
            found[person.id, place_code] = reader
    return list(found.values())


def list_names(person_ids: Collection[int]) -> dict[int, Person]:
    """Return people by id, for the names beside their acts."""
    people = db.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {person.id: person for person in people}


def find_by_email(email: str) -> Person | None:
    """Return the person of an address, or None."""
    return db.session.scalars(select(Person).where(Person.email == email.strip().lower())).first()
