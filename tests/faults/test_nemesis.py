"""A random schedule of faults under load: one short seed here, others and longer ones by `make soak`."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.faults.nemesis import EVERYWHERE, WITH_OWN_POSTGRESQL, WITH_SERVERS, draw, fight
from tests.faults.postgres_server import PostgresServer
from tests.faults.stage import Stage

NAMES = [*EVERYWHERE, *WITH_SERVERS, *WITH_OWN_POSTGRESQL]
SEED = 20261102


def test_a_seed_is_a_schedule() -> None:
    assert draw(7, NAMES, 600) == draw(7, list(reversed(NAMES)), 600)
    assert draw(7, NAMES, 600) != draw(8, NAMES, 600)
    blows = draw(7, NAMES, 600)
    assert len(blows) > 60
    assert {blow.name for blow in blows} == set(NAMES)
    assert all(later.at >= earlier.at + earlier.lasts for earlier, later in pairwise(blows))


@pytest.mark.timeout(900)
def test_a_short_seed(stage: Stage) -> None:
    verdict = fight(stage, None, SEED, lasts_s=12, cases=6)
    assert verdict.events == 36


@pytest.mark.whole_matrix
@pytest.mark.timeout(1200)
def test_two_hundred_moves_by_five_clients_on_a_postgresql_that_falls_too(
    breakable: tuple[Stage, PostgresServer],
) -> None:
    stage, server = breakable
    verdict = fight(stage, server, SEED, lasts_s=60, cases=34)
    assert verdict.events == 204
