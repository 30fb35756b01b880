"""The long soak, by `make soak SEED=… MINUTES=…`: one seed after another, each a schedule of faults of its own.

A seed that turned red is played again with MINUTES=1 and the same SEED.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.nemesis import fight
from tests.faults.postgres_server import PostgresServer
from tests.faults.stage import Stage

SEED, MINUTES = "ESCALATION_SOAK_SEED", "ESCALATION_SOAK_MINUTES"
OF_ONE_SEED_S, CASES = 50, 34
"""How long faults are thrown; with what comes before and after, a seed takes about a minute and a half."""


def seeds() -> list[int]:
    """Return the seeds that were asked for."""
    if SEED not in os.environ:
        return []
    first, minutes = int(os.environ[SEED]), float(os.environ.get(MINUTES, "1"))
    return [first + number for number in range(max(1, round(minutes * 60 / 90)))]


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not seeds(), reason="asked for by `make soak SEED=… MINUTES=…` only")
@pytest.mark.parametrize("seed", seeds() or [0])
def test_soak(breakable: tuple[Stage, PostgresServer], seed: int) -> None:
    stage, server = breakable
    fight(stage, server, seed, lasts_s=OF_ONE_SEED_S, cases=CASES)
