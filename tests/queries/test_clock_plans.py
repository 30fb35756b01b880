"""How the databases find what the clock is to do, and what desks disagree on, among many cases: from small indexes."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from escalation.domain.codes import Event, Level
from escalation.extensions import db
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle, Referral
from escalation.queries.case.due import get_clock_state, list_due
from escalation.queries.case.warned import list_cases_to_warn, list_desks_to_warn
from escalation.queries.rulings import list_disputed
from escalation.services.transaction import transaction
from tests.factories import OTHER_PROVINCE, PROVINCE, REGION, Town
from tests.queries.queue_rows import fill_desks
from tests.queries.test_inbox_plans import plan_of
from tests.queries_counter import engine_of, watching

NOW = datetime.now(UTC).replace(microsecond=0)
OPEN_CASES, ENDED_CASES, DUE, WARNED = 3000, 9000, 40, 60
DISPUTED_OF = 300
"""One stay of so many began because desks disagreed."""


@pytest.fixture
def many(town: Town) -> Town:
    """Thousands of cases, most of which ended; a few are due, and of some a warning."""
    fill_desks(town, at_region=OPEN_CASES // 2, at_provinces=OPEN_CASES // 2, ended=ENDED_CASES)
    chance = random.Random(3)
    with town.app.app_context(), transaction() as session:
        session.execute(
            update(Obstacle)
            .where(OPEN_AT_A_DESK)
            .values(clock_at=NOW + timedelta(days=9), warn_at=NOW + timedelta(days=5))
        )
        open_ids = list(session.scalars(select(Obstacle.id).where(OPEN_AT_A_DESK)))
        chance.shuffle(open_ids)
        session.execute(
            update(Obstacle).where(Obstacle.id.in_(open_ids[:DUE])).values(clock_at=NOW - timedelta(hours=1))
        )
        session.execute(
            update(Obstacle).where(Obstacle.id.in_(open_ids[-WARNED:])).values(warn_at=NOW - timedelta(hours=1))
        )
        stays = [
            stay
            for case_id in session.scalars(select(Obstacle.id))
            for stay in _stays(case_id, is_disputed=case_id % DISPUTED_OF == 0)
        ]
        session.execute(insert(Referral), stays)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ANALYZE"))
    return town


def _stays(case_id: int, *, is_disputed: bool) -> list[dict[str, Any]]:
    began = NOW - timedelta(minutes=case_id % 500_000)
    common = {"obstacle_id": case_id, "allowance_days": 15, "acknowledge_by": NOW.date(), "level": Level.PROVINCE}
    first = common | {"seq": 1, "desk_code": PROVINCE, "opened_by": Event.OBSTACLE_FILED, "closed_at": began}
    second = common | {"seq": 2, "desk_code": REGION, "opened_by": Event.OBSTACLE_ESCALATED, "closed_at": None}
    if is_disputed:
        second |= {"desk_code": OTHER_PROVINCE, "opened_by": Event.OBSTACLE_TRANSFERRED}
    return [first | {"opened_at": began - timedelta(days=9)}, second | {"opened_at": began}]


def plans(town: Town, ask: Callable[[], object]) -> list[str]:
    """Return how the database goes about each statement of a question."""
    engine = engine_of(town.app)
    with town.app.app_context():
        with watching(engine, "obstacles") as sent:
            ask()
        db.session.rollback()
    return [plan_of(engine, *each) for each in sent]


def test_what_is_due_is_found_by_the_clock_s_own_index(many: Town) -> None:
    with many.app.app_context():
        found = list_due(NOW, None, 25)
        assert len(found) == 25
        rest = list_due(NOW, found[-1], 100)
        assert len(rest) == DUE - 25
        assert get_clock_state(NOW).due == DUE
        db.session.rollback()
    for ask in (
        lambda: list_due(NOW, None, 100), lambda: list_due(NOW, found[-1], 100), lambda: get_clock_state(NOW),
    ):  # fmt: skip
        (plan,) = plans(many, ask)
        assert "ix_obstacles_clock" in plan
        assert_reads_no_table_whole(plan)


def test_what_is_to_be_warned_of_is_found_by_the_index_of_warnings(many: Town) -> None:
    with many.app.app_context():
        desks = list_desks_to_warn(NOW, 10_000)
        assert sum(len(list_cases_to_warn(desk, NOW, 100)) for desk in desks) == WARNED
        db.session.rollback()
    for ask in (lambda: list_desks_to_warn(NOW, 10_000), lambda: list_cases_to_warn(desks[0], NOW, 100)):
        (plan,) = plans(many, ask)
        assert "ix_obstacles_warnings" in plan
        assert_reads_no_table_whole(plan)


def test_what_desks_disagree_on_is_found_by_the_index_of_such_stays(many: Town) -> None:
    with many.app.app_context():
        disputed = list_disputed({REGION}, NOW)
        assert sum(one.count for one in disputed) > 1
        db.session.rollback()
    plan = plans(many, lambda: list_disputed({REGION}, NOW))[0]
    assert "ix_referrals_disputed" in plan
    assert_reads_no_table_whole(plan)


def assert_reads_no_table_whole(plan: str) -> None:
    """Fail where a database reads all cases, or all stays, to answer."""
    for name in ("obstacles", "referrals"):
        assert f"SCAN {name}" not in plan.replace(f"SCAN {name} USING INDEX ix_referrals_disputed", "")
        assert not re.search(rf'"Seq Scan"[^{{}}]*"Relation Name": "{name}"', plan)
