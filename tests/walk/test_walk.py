"""Thousands of steps by everybody: the table is never left, no text is lost, nothing is shown that is another's."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from escalation.domain.codes import Office
from escalation.models.people import Mandate
from escalation.queries.journal import verify_journal
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.transaction import transaction
from tests.factories import NEIGHBOUR, REGION, SINCE, Town, add_person
from tests.walk.stays import check_stays
from tests.walk.walker import MONDAY, Walk

LIVES = int(os.environ.get("WALK_LIVES", "20"))
"""How many on SQLite; half as many on PostgreSQL, where each takes twice as long."""
STEPS = int(os.environ.get("WALK_STEPS", "60"))


@pytest.mark.timeout(900)
def test_a_random_walk_keeps_the_world_in_order(town: Town, database_kind: str) -> None:
    class WalkHere(Walk):
        @invariant()
        def stays_and_pauses_are_the_age_of_their_case(self) -> None:
            for obstacle_id in self.cases:
                check_stays(self.row(obstacle_id), self.now)

    lives = LIVES if database_kind == "sqlite" else (LIVES + 1) // 2
    with town.app.app_context():
        WalkHere.town = town
        WalkHere.both = add_person("both", Office.GROUP_MEMBER, REGION)
        with transaction() as session:
            session.add(
                Mandate(
                    person_id=WalkHere.both.id, office=Office.COMMUNE_PRESIDENT, place_code=NEIGHBOUR,
                    starts_on=SINCE, created_at=MONDAY,
                )
            )  # fmt: skip
        run_state_machine_as_test(
            WalkHere,
            settings=settings(
                max_examples=lives,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
        verdict = verify_journal()
        assert verdict.broken is None
        assert verdict.events > lives
        assert list_violations(datetime.now(UTC), patience=timedelta(days=3650)) == []
