"""Many open and ended cases at the desks of a region, of every status, type and weight, written at once."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from escalation.domain.codes import ENDED, OPEN, Level, Status, Urgency
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.obstacles import Obstacle
from escalation.models.places import Place
from escalation.models.taxonomy import ObstacleType, Sector
from escalation.services.transaction import transaction
from tests.factories import REGION, Town

RUNS = frozenset({Status.FILED, Status.IN_REVIEW})


def fill_desks(town: Town, at_region: int, at_provinces: int, ended: int) -> None:
    """Put open cases at the region's desk and, together, at its provinces' desks, and some that ended; count anew."""
    chance, now = random.Random(7), datetime.now(UTC).replace(microsecond=0)
    with town.app.app_context():
        communes = db.session.execute(
            select(Place.code, Place.province_code).where(Place.region_code == REGION, Place.level == Level.COMMUNE)
        ).all()
        types, sectors = (list(db.session.scalars(select(model.code))) for model in (ObstacleType, Sector))
        db.session.rollback()
        rows = [
            _row(number, chance.choice(communes), (chance, now), number <= at_region, number > at_region + at_provinces)
            | {"obstacle_type": chance.choice(types), "sector": chance.choice(sectors), "author_id": town.president.id}
            for number in range(1, at_region + at_provinces + ended + 1)
        ]
        people = (town.reviewer.id, *(town.president.id,) * 9)
        for row in rows:
            row["assignee_id"] = None if row["status"] is Status.FILED else chance.choice(people)
        with transaction() as session:
            session.execute(insert(Obstacle), rows)
        _count_anew(db.engine)


def _count_anew(engine: Engine) -> None:
    """Tell PostgreSQL's planner what is there, as its own housekeeping does every night; SQLite's is never told."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE obstacles")


def _row(number: int, commune: Any, day: tuple[random.Random, datetime], at_region: bool, has_ended: bool) -> Any:
    chance, now = day
    status = chance.choice(sorted(ENDED if has_ended else OPEN))
    filed_at = now - timedelta(minutes=chance.randrange(600_000))
    return {
        "id": number,
        "reference": f"OBS-2020-{number:05d}",
        "status": status,
        "level": Level.REGION if at_region else Level.PROVINCE,
        "commune_code": commune.code,
        "province_code": commune.province_code,
        "region_code": REGION,
        "desk_code": REGION if at_region else commune.province_code,
        "title": f"عائق {number}",
        "description": "لم توقع الاتفاقية بعد. " * 30,
        "urgency": chance.choices(list(Urgency), [90, 9, 1])[0],
        "amount_blocked_centimes": chance.choice([None, chance.randrange(10**6), 5_000_000]),
        "people_affected": chance.choice([None, chance.randrange(10**3), 500]),
        "created_at": filed_at,
        "changed_at": filed_at,
        "filed_at": filed_at,
        "due_at": now + timedelta(days=chance.randrange(-9, 30)) if status in RUNS else FAR,
    }
