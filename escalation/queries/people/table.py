"""What the lines of a table of people may name: places and offices by every spelling, and who is here already."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from escalation.domain.addresses import read_email
from escalation.domain.codes import Language, Level, Office
from escalation.domain.people_table import Directory, Held, office_words
from escalation.domain.phones import read_phone
from escalation.extensions import db
from escalation.models.doors import Invitation
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.queries.imports import codes_by_name, places_by_name
from escalation.reference.catalogue import terms

LANGUAGES = {
    Language.AR: ("ar", "العربية", "arabe", "Arabic"),
    Language.FR: ("fr", "الفرنسية", "français", "French"),
    Language.EN: ("en", "الإنجليزية", "anglais", "English"),
}
TWINS = {Office.PROVINCE_COORDINATOR: ("prefecture_coordinator",)}


def read_directory(region_code: str, lines: Sequence[Mapping[str, str]], now: datetime) -> Directory:
    """Return what these lines may name inside a region."""
    places = db.session.scalars(select(Place).where(Place.region_code == region_code, Place.retired.is_(False))).all()
    addresses = {address for line in lines if (address := read_email(line.get("email", "")))}
    numbers = {number for line in lines if (number := read_phone(line.get("phone", "")))}
    return Directory(
        places={level: places_by_name(place for place in places if place.level is level) for level in Level},
        province_of={place.code: str(place.province_code) for place in places if place.level is Level.COMMUNE},
        offices=codes_by_name((office, name) for office in Office for name in (office, *_names(office))),
        languages=codes_by_name((code, name) for code, names in LANGUAGES.items() for name in names),
        people=_people(addresses, now),
        phones=_owners(numbers),
    )


def _owners(numbers: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(Person.phone, Person.email).where(Person.phone.in_(numbers)))
    return {str(phone): email for phone, email in rows}


def _names(office: Office) -> list[str]:
    keys = (office, *TWINS.get(office, ()))
    return [word for key in keys for word in office_words(terms()[key].values())]


def _people(addresses: set[str], now: datetime) -> dict[str, tuple[Held, ...]]:
    named = db.session.execute(select(Person.id, Person.email).where(Person.email.in_(addresses)))
    ids = {row.id: row.email for row in named}
    held: dict[str, list[Held]] = defaultdict(list)
    for model in (Mandate, Invitation):
        query = select(model.person_id, model.office, model.place_code, model.starts_on, model.ends_on)
        if model is Invitation:
            waits = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)
            query = query.where(*waits)
        for person_id, office, place_code, starts_on, ends_on in db.session.execute(
            query.where(model.person_id.in_(list(ids)))
        ):
            held[ids[person_id]].append(Held(office, place_code, starts_on, ends_on))
    return {address: tuple(held[address]) for address in ids.values()}
