"""Many that run the clock at once, as real processes: the journal is the one that a single run would have left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from config import Config
from escalation.domain.calendar import start_of_day
from escalation.domain.codes import Event, MessageSource
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OutboxMessage
from escalation.queries.journal import verify_journal
from escalation.services.case.clock import run_clock
from tests.factories import Town, file_obstacle
from tests.processes import ROOT, environment_of

MONDAY = datetime(2026, 10, 5, 9, tzinfo=UTC)
LATE = start_of_day(date(2026, 11, 2)) + timedelta(hours=10)
WORK = """
import os, sys
from datetime import datetime
from config import Config
from escalation.app import create_app
from escalation.services.case.clock import run_clock, run_clock_once_a_minute
now = datetime.fromisoformat(sys.argv[2])
with create_app(Config.from_env(os.environ)).app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    {"worker": run_clock, "beat": run_clock_once_a_minute}[sys.argv[1]](now)
"""
CASES = 6


@pytest.mark.fault(13)
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_beats_and_four_workers_leave_the_journal_of_one(town: Town, config: Config) -> None:
    alone = [file_obstacle(town.app, town.president, now=MONDAY).id for _ in range(CASES)]
    with town.app.app_context():
        run_clock(LATE)
        of_one = journal(alone)
    together = [file_obstacle(town.app, town.president, now=MONDAY).id for _ in range(CASES)]
    # Their clocks differ by as much as machines' clocks do.
    kinds = [("beat", 0), ("beat", 2), ("worker", -3), ("worker", 0), ("worker", 1), ("worker", 4)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, kind, (LATE + timedelta(seconds=skew)).isoformat()],
            cwd=ROOT,
            env=environment_of(config),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for kind, skew in kinds
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with town.app.app_context():
        assert [story for _case, story in sorted(journal(together).items())] == [
            story for _case, story in sorted(of_one.items())
        ]
        assert verify_journal().broken is None
        told = select(OutboxMessage.source_kind, OutboxMessage.obstacle_id, OutboxMessage.recipient_id)
        of_events = told.where(OutboxMessage.source_kind == MessageSource.EVENT, OutboxMessage.channel == "app")
        escalated = of_events.where(OutboxMessage.event == Event.OBSTACLE_ESCALATED)
        assert set(Counter(tuple(row) for row in db.session.execute(escalated)).values()) == {1}


def journal(cases: list[int]) -> dict[int, list[tuple[Event, dict[str, object]]]]:
    """Return what happened to these cases, without what differs by the case itself."""
    rows = db.session.scalars(
        select(JournalEvent)
        .where(JournalEvent.obstacle_id.in_(cases))
        .order_by(JournalEvent.obstacle_id, JournalEvent.seq)
    )
    stories: dict[int, list[tuple[Event, dict[str, object]]]] = {number: [] for number in cases}
    for row in rows:
        stories[row.obstacle_id].append((row.event, json.loads(row.canonical)["codes"]))
    return stories
