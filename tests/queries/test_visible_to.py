"""`policy.may_see` and its twin in SQL agree on random territories, cases and mandates."""

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from escalation.domain.case import Case
from escalation.domain.codes import Channel, Event, Level, Office, Status, Urgency
from escalation.domain.policy import Actor, CommuneTerm, MandateHeld, may_see
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.obstacles import Obstacle, Referral
from escalation.models.people import Person
from escalation.models.places import Place
from escalation.queries.case.obstacles import visible_to

REGIONS = ("01", "02")
PROVINCES = {f"{region}.{number}": region for region in REGIONS for number in (1, 2)}
COMMUNES = {f"{province}.{number}": province for province in PROVINCES for number in (1, 2)}
PLACES = (*REGIONS, *PROVINCES, *COMMUNES)
PEOPLE = (1, 2, 3)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
OBSTACLES = 200


def place(code: str, level: Level, parent: str | None, region: str) -> dict[str, Any]:
    """Return the row of a place of the small country."""
    names: dict[str, Any] = {"name_ar": code, "name_fr": code, "name_en": code, "names_alt": ""}
    province = parent if level is Level.COMMUNE else None
    common = {"code": code, "level": level, "kind": level.value, "parent_code": parent, "retired": False}
    return common | names | {"province_code": province, "region_code": region}


def obstacle(number: int, chance: random.Random) -> tuple[dict[str, Any], Case]:
    """Return the row of a random obstacle, and the case that the domain sees in it."""
    commune = chance.choice(list(COMMUNES))
    province, status = COMMUNES[commune], chance.choice(list(Status))
    region, drafted = PROVINCES[province], status is Status.DRAFT
    desks = [] if drafted else [chance.choice([*PROVINCES, *REGIONS]) for _ in range(chance.randint(1, 3))]
    levels = {2: Level.REGION, 4: Level.PROVINCE}
    case = Case(
        status=status,
        level=levels[len(desks[-1])] if desks else Level.COMMUNE,
        commune_code=commune,
        province_code=province,
        region_code=region,
        author_id=chance.choice(PEOPLE),
        desk_code=desks[-1] if desks else None,
        desks=frozenset(desks),
        filed_on=None if drafted else date(2026, 3, 2),
    )
    texts: dict[str, Any] = dict.fromkeys(
        ("title", "project_name", "description", "request", "programme", "tried_already"), ""
    )
    row = texts | {
        "id": number,
        "reference": None if drafted else f"OBS-2026-{number:05d}",
        "version": 1,
        "status": status,
        "level": case.level,
        "commune_code": commune,
        "province_code": province,
        "region_code": region,
        "desk_code": case.desk_code,
        "author_id": case.author_id,
        "channel": Channel.WEB,
        "asked_of": [],
        "urgency": Urgency.NORMAL,
        "urgency_reason": "",
        "callback_phone": "",
        "created_at": NOW,
        "changed_at": NOW,
        "due_at": FAR,
        "journal_seq": 0,
        "journal_hash": "",
        "sealed_seq": 0,
    }
    return row, case


def stays(number: int, case: Case) -> list[dict[str, Any]]:
    """Return the rows of an obstacle's stays: the present one last, the others closed."""
    desks = [*sorted(case.desks - {case.desk_code}), *([case.desk_code] if case.desk_code else [])]
    return [
        {
            "obstacle_id": number,
            "seq": seq,
            "desk_code": desk,
            "level": Level.REGION if desk in REGIONS else Level.PROVINCE,
            "opened_by": Event.OBSTACLE_FILED,
            "opened_at": NOW,
            "allowance_days": 15,
            "acknowledge_by": date(2026, 11, 5),
            "closed_at": None if desk == case.desk_code else NOW,
        }
        for seq, desk in enumerate(desks, 1)
    ]


@pytest.fixture
def country(app: Flask) -> tuple[Flask, dict[int, Case]]:
    """A small country full of random obstacles, and the cases in them by id."""
    chance = random.Random(20261102)
    drawn = {number: obstacle(number, chance) for number in range(1, OBSTACLES + 1)}
    with app.app_context():
        places = [place(code, Level.REGION, None, code) for code in REGIONS]
        places += [place(code, Level.PROVINCE, region, region) for code, region in PROVINCES.items()]
        places += [place(code, Level.COMMUNE, parent, PROVINCES[parent]) for code, parent in COMMUNES.items()]
        db.session.execute(insert(Place), places)
        common = {"name_ar": "أ", "name_fr": "A", "language": "ar", "password_hash": "", "created_at": NOW}
        db.session.execute(insert(Person), [common | {"id": who, "email": f"{who}@example.test"} for who in PEOPLE])
        db.session.execute(insert(Obstacle), [row for row, _ in drawn.values()])
        db.session.execute(
            insert(Referral), [stay for number, (_, case) in drawn.items() for stay in stays(number, case)]
        )
        db.session.commit()
    return app, {number: case for number, (_, case) in drawn.items()}


MANDATES = st.builds(
    MandateHeld,
    st.just(1),
    st.sampled_from(Office),
    st.sampled_from(PLACES),
    st.booleans(),
    for_person_id=st.sampled_from((None, *PEOPLE)),
    for_terms=st.sampled_from(((), (CommuneTerm("01.1.1", date(2021, 9, 8), None),))),
)
ACTORS = st.builds(Actor, st.sampled_from((None, *PEOPLE)), st.lists(MANDATES, max_size=4).map(tuple))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actor=ACTORS)
def test_the_twins_agree(country: tuple[Flask, dict[int, Case]], actor: Actor) -> None:
    app, cases = country
    with app.app_context():
        in_sql = set(db.session.scalars(select(Obstacle.id).where(visible_to(actor))))
    assert in_sql == {number for number, case in cases.items() if may_see(actor, case)}


def test_every_office_that_sees_cases_sees_some_and_not_all(country: tuple[Flask, dict[int, Case]]) -> None:
    app, _ = country
    blind = {Office.PARLIAMENT_MEMBER, Office.ADMINISTRATOR}
    for office in Office:
        mandates = tuple(MandateHeld(1, office, code, may_file=False) for code in ("01", "01.1", "01.1.1"))
        with app.app_context():
            seen = len(db.session.scalars(select(Obstacle.id).where(visible_to(Actor(1, mandates)))).all())
        assert (seen == 0) == (office in blind), office
        assert seen < OBSTACLES
