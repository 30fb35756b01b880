"""Rows for tests: the named people of a town, their sessions, and obstacles that went the services' own road.

Each function opens an application context of its own and returns plain values, never rows.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask

from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Office
from escalation.domain.content import Content
from escalation.domain.policy import Actor
from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.models.people import FilingPermission, Mandate, Person, SignInSession
from escalation.queries.people.people import load_actor
from escalation.services.case import filing
from escalation.services.case.transitions import By
from escalation.services.people.passwords import hash_password
from escalation.services.transaction import transaction
from tests.visitor import ORIGIN, Visitor

PASSWORD = "une phrase pour les essais"
REGION, PROVINCE, OTHER_PROVINCE, OTHER_REGION = "03", "03.531", "03.561", "01"
COMMUNE, NEIGHBOUR, FAR_COMMUNE = "03.531.07.09", "03.531.07.03", "03.561.03.01"
SINCE = date(2021, 9, 8)


@dataclass(frozen=True)
class Inhabitant:
    """A person of the town, by what tests need of them."""

    id: int
    email: str


@dataclass(frozen=True)
class Filed:
    """An obstacle, by what tests need of it; a draft has no reference."""

    id: int
    reference: str | None
    version: int


@dataclass(frozen=True)
class Town:
    """One person of each office, in one commune, its province and its region, and their like elsewhere."""

    app: Flask
    president: Inhabitant
    delegate: Inhabitant
    """May file, by a permission of ten years."""
    scribe: Inhabitant
    """A delegate of the same commune without permission to file."""
    president2: Inhabitant
    """Of another commune in the same province."""
    president3: Inhabitant
    """Of a commune in another province of the region."""
    reviewer: Inhabitant
    coordinator: Inhabitant
    reviewer3: Inhabitant
    """Of the other province's desk."""
    member: Inhabitant
    chair: Inhabitant
    secretary: Inhabitant
    """Of the region."""
    provincial: Inhabitant
    """The secretary of the province."""
    staff: Inhabitant
    parliament: Inhabitant
    admin: Inhabitant
    stranger: Inhabitant
    """A member of another region's group."""
    nobody: Inhabitant
    """Without any mandate."""


OFFICES: dict[str, tuple[Office, str] | None] = {
    "president": (Office.COMMUNE_PRESIDENT, COMMUNE),
    "delegate": (Office.COMMUNE_DELEGATE, COMMUNE),
    "scribe": (Office.COMMUNE_DELEGATE, COMMUNE),
    "president2": (Office.COMMUNE_PRESIDENT, NEIGHBOUR),
    "president3": (Office.COMMUNE_PRESIDENT, FAR_COMMUNE),
    "reviewer": (Office.PROVINCE_REVIEWER, PROVINCE),
    "coordinator": (Office.PROVINCE_COORDINATOR, PROVINCE),
    "reviewer3": (Office.PROVINCE_REVIEWER, OTHER_PROVINCE),
    "member": (Office.GROUP_MEMBER, REGION),
    "chair": (Office.GROUP_PRESIDENT, REGION),
    "secretary": (Office.REGIONAL_SECRETARY, REGION),
    "provincial": (Office.PROVINCIAL_SECRETARY, PROVINCE),
    "staff": (Office.SECRETARIAT_STAFF, REGION),
    "parliament": (Office.PARLIAMENT_MEMBER, REGION),
    "admin": (Office.ADMINISTRATOR, REGION),
    "stranger": (Office.GROUP_MEMBER, OTHER_REGION),
    "nobody": None,
}


def settle(app: Flask) -> Town:
    """Fill a database that holds the reference data with the people of the town."""
    with app.app_context():
        people = {name: add_person(name, *(office or ())) for name, office in OFFICES.items()}
        with transaction() as session:
            delegate = session.query(Mandate).filter_by(person_id=people["delegate"].id).one()
            session.add(
                FilingPermission(
                    mandate_id=delegate.id,
                    granted_by_id=people["president"].id,
                    starts_on=SINCE,
                    ends_on=SINCE.replace(year=2099),
                    created_at=datetime.now(UTC),
                )
            )
    return Town(app, **people)


def add_person(name: str, office: Office | None = None, place_code: str = "") -> Inhabitant:
    """Add one person, with a mandate if an office is named; needs an application context."""
    now = datetime.now(UTC)
    with transaction() as session:
        person = Person(
            email=f"{name}@example.test",
            name_ar=f"السيد(ة) {name}",
            name_fr=f"Mme ou M. {name}",
            language=Language.EN,
            password_hash=_shared_hash(),
            created_at=now,
        )
        session.add(person)
        session.flush()
        if office is not None:
            mandate = Mandate(
                person_id=person.id, office=office, place_code=place_code, starts_on=SINCE, created_at=now
            )
            session.add(mandate)
        return Inhabitant(person.id, person.email)


def sign_in(client: Visitor, person: Inhabitant, *, proven_at: datetime | None = None) -> Visitor:
    """Give a browser an open session of this person, without the slow proof of their pass-phrase.

    ``proven_at``: when they gave a second proof in it.
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with client.application.app_context(), transaction() as rows:
        rows.add(
            SignInSession(
                token_hash=digest_of(token),
                person_id=person.id,
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=12),
                proven_at=proven_at,
            )
        )
    with client.session_transaction(base_url=ORIGIN) as cookie:
        cookie.update({"token": token, "_user_id": token, "_fresh": True})
    return client


def actor_of(app: Flask, person: Inhabitant, now: datetime | None = None) -> Actor:
    """Return a person as the policy knows them."""
    with app.app_context():
        return load_actor(person.id, local_day(now or datetime.now(UTC)))


def content(**given: Any) -> Content:
    """Return all that a filing needs, except where told otherwise."""
    complete: dict[str, Any] = {
        "project_name": "تزويد دوار بالماء الصالح للشرب",
        "project_owner": "COMMUNE",
        "obstacle_type": "convention_unsigned",
        "blocked_since": date(2026, 3, 2),
        "description": "الاتفاقية جاهزة ولم يوقعها أحد الشركاء.",
        "request": "نرجو تذكير الشريك بالتوقيع.",
    }
    return Content(**complete | given)


def save_draft(
    app: Flask, person: Inhabitant, *, commune: str = COMMUNE, now: datetime | None = None, **given: Any
) -> Filed:
    """Save a draft, empty but for what is given."""
    with app.app_context():
        when = now or datetime.now(UTC)
        by = By(actor=actor_of(app, person, when), now=when)
        return _filed(filing.save_draft(commune, Content(**given), by))


def file_obstacle(
    app: Flask, person: Inhabitant, *, commune: str = COMMUNE, now: datetime | None = None, **given: Any
) -> Filed:
    """File a complete obstacle; in the past, for a late one."""
    with app.app_context():
        when = now or datetime.now(UTC)
        by = By(actor=actor_of(app, person, when), now=when)
        return _filed(filing.file_obstacle(commune, content(**given), by))


def move(
    app: Flask,
    act: Callable[..., Obstacle],
    obstacle: Filed,
    person: Inhabitant,
    *,
    now: datetime | None = None,
    **given: Any,
) -> Filed:
    """Make one move of `escalation.services.case.moves`, such as `moves.claim`, and return the obstacle after it."""
    with app.app_context():
        when = now or datetime.now(UTC)
        return _filed(act(obstacle.id, By(actor=actor_of(app, person, when), now=when), **given))


def _filed(row: Obstacle) -> Filed:
    return Filed(row.id, row.reference, row.version)


def end_mandates(app: Flask, person: Inhabitant, last_day: date) -> None:
    """Let every mandate of a person have had its last day."""
    with app.app_context(), transaction() as session:
        session.query(Mandate).filter_by(person_id=person.id).update({"ends_on": last_day})


def obstacle_row(app: Flask, obstacle: Filed) -> dict[str, Any]:
    """Return the columns of an obstacle as they stand now."""
    with app.app_context():
        row = db.session.get_one(Obstacle, obstacle.id)
        return {column.key: getattr(row, column.key) for column in Obstacle.__table__.columns}


@cache
def _shared_hash() -> str:
    """The hash of `PASSWORD`, made once: it is slow on purpose."""
    return hash_password(PASSWORD)
