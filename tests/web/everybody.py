"""Everybody a right can depend on: the people of the town, and beside them those of each office elsewhere.

Each has an open session; of those who lost what they had, it was opened before.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Office
from escalation.domain.intake import HeldFor, IncomingStatus, Way
from escalation.domain.settings import EVERYWHERE
from escalation.models.intake import IncomingMail
from escalation.models.people import Mandate, Person
from escalation.services.people.administration import Administrator
from escalation.services.rehearsals import advance_rehearsals, begin_rehearsal, run_rehearsal, write_line
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    OTHER_PROVINCE,
    OTHER_REGION,
    PROVINCE,
    REGION,
    SINCE,
    Inhabitant,
    Town,
    add_person,
)

TODAY = local_day(datetime.now(UTC))
YESTERDAY, LATELY = TODAY - timedelta(days=1), TODAY - timedelta(days=5)
FILED_DAYS_AGO = timedelta(days=10)
"""So long ago that who left the commune ``LATELY`` held an office in it when the case was filed."""

PEOPLE: dict[str, tuple[str, str]] = {
    "anonymous": ("ano", "nobody is signed in"),
    "president": ("pre", "president of the case's commune"),
    "delegate": ("del", "delegate of that commune, with the permission to file"),
    "scribe": ("scr", "delegate of that commune, without it"),
    "president2": ("pr2", "president of another commune of the province"),
    "president3": ("pr3", "president of a commune of another province of the region"),
    "reviewer": ("rev", "reviewer at the case's province"),
    "coordinator": ("coo", "coordinator at the case's province"),
    "reviewer3": ("re3", "reviewer at another province"),
    "coordinator3": ("co3", "coordinator at another province"),
    "member": ("mem", "member of the group of the case's region"),
    "chair": ("cha", "president of that group"),
    "stranger": ("me2", "member of the group of another region"),
    "chair2": ("ch2", "president of the group of another region"),
    "provincial": ("pse", "secretary of the case's province"),
    "provincial3": ("ps3", "secretary of another province"),
    "secretary": ("rse", "secretary of the case's region"),
    "secretary2": ("rs2", "secretary of another region"),
    "staff": ("sta", "of the region's secretariat; wrote what the secretariat wrote"),
    "colleague": ("st1", "of the same secretariat; wrote nothing"),
    "staff2": ("st2", "of the secretariat of another region"),
    "parliament": ("par", "member of parliament"),
    "recused": ("rec", "sits at both desks, and presides over the commune"),
    "former": ("for", "sits at both desks, and presided over the commune until five days ago"),
    "ended": ("end", "presided over the commune and sat at both desks until yesterday"),
    "suspended": ("sus", "president of the commune, suspended while signed in"),
    "admin": ("adm", "administrator"),
    "admin2": ("ad2", "administrator of another region"),
    "nobody": ("nob", "signed in, without any office"),
}
"""Each by name: the head of their column, and who they are."""

Seats = Mapping[tuple[Office, str], date | None]
"""Offices and places, each with its last day."""

PRESIDES, REVIEWS, SITS = (
    (Office.COMMUNE_PRESIDENT, COMMUNE),
    (Office.PROVINCE_REVIEWER, PROVINCE),
    (Office.GROUP_MEMBER, REGION),
)
ELSEWHERE: dict[str, Seats] = {
    "coordinator3": {(Office.PROVINCE_COORDINATOR, OTHER_PROVINCE): None},
    "chair2": {(Office.GROUP_PRESIDENT, OTHER_REGION): None},
    "provincial3": {(Office.PROVINCIAL_SECRETARY, OTHER_PROVINCE): None},
    "secretary2": {(Office.REGIONAL_SECRETARY, OTHER_REGION): None},
    "colleague": {(Office.SECRETARIAT_STAFF, REGION): None},
    "staff2": {(Office.SECRETARIAT_STAFF, OTHER_REGION): None},
    "recused": {PRESIDES: None, REVIEWS: None, SITS: None},
    "former": {PRESIDES: LATELY, REVIEWS: None, SITS: None},
    "ended": {PRESIDES: YESTERDAY, REVIEWS: YESTERDAY, SITS: YESTERDAY},
    "suspended": {PRESIDES: None},
    "admin2": {(Office.ADMINISTRATOR, OTHER_REGION): None},
}


def settle_everybody(app: Flask, town: Town) -> dict[str, Inhabitant]:
    """Return everybody who can sign in by name, those of the town and those who are added beside it."""
    with app.app_context():
        added = {name: _add(name, seats) for name, seats in ELSEWHERE.items()}
    return added | {name: getattr(town, name) for name in PEOPLE if name != "anonymous" and name not in added}


def suspend(app: Flask, person: Inhabitant) -> None:
    """Suspend a person as it stands in their row, and leave their sessions as they are."""
    with app.app_context(), transaction() as session:
        session.query(Person).filter_by(id=person.id).update({"suspended_at": datetime.now(UTC)})


def begin_draft(app: Flask, person: Inhabitant) -> int:
    """Have a draft of delays for the region rehearsed, as its administrator, and return its number."""
    by = Administrator(person.id, frozenset({REGION}), datetime.now(UTC))
    with app.app_context():
        number = begin_rehearsal(REGION, by)
        write_line(number, "grace_days", 2, EVERYWHERE, by)
        run_rehearsal(number, by)
        advance_rehearsals(by.now)
    return number


def hold_mail(session: Session, now: datetime) -> int:
    """Return the number of a mail that waits for an administrator, and belongs to no case."""
    row = IncomingMail(
        received_at=now, way=Way.PIPE, sha256="0" * 64, raw=b"From: a@b.test\n\nx", size_bytes=18,
        status=IncomingStatus.HELD, reason=HeldFor.UNKNOWN_SENDER, sender="a@b.test",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _add(name: str, seats: Seats) -> Inhabitant:
    person, now = add_person(name), datetime.now(UTC)
    with transaction() as session:
        for (office, place), last_day in seats.items():
            session.add(
                Mandate(
                    person_id=person.id,
                    office=office,
                    place_code=place,
                    starts_on=SINCE,
                    ends_on=last_day,
                    created_at=now,
                )
            )
    return person
