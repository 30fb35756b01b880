"""A year of silences, waits, holidays and outages: every case is each day where the slow reference says it must be."""

import json
import os
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from random import Random

import pytest
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Event, MessageChannel, MessageSource
from escalation.domain.settings import Scope
from escalation.domain.warnings import WarningKind
from escalation.extensions import db
from escalation.models.clock import CaseWarning, SetAside
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OutboxMessage
from escalation.models.settings import HolidayCorrection
from escalation.queries.journal import verify_journal
from escalation.services.settings import set_setting
from escalation.services.transaction import transaction
from tests.factories import Town
from tests.simulation.reference import ADDED, SAID
from tests.simulation.year import Year

CASES = int(os.environ.get("ESCALATION_SIMULATED_CASES", "18"))
"""`make simulate` asks for five thousand."""
GRANTED = date(2026, 3, 13)
BEFORE = datetime(2025, 12, 1, tzinfo=UTC)
ACTS = {
    Event.OBSTACLE_ESCALATED: "escalate",
    Event.WAIT_ENDED: "resume",
    Event.OBSTACLE_CLOSED: "confirm",
    Event.MEETING_PROPOSED: "propose",
}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_case_is_each_day_of_a_year_where_it_must_be(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.reference.ADDED", ADDED | {GRANTED})
    with town.app.app_context(), transaction() as session:
        session.add(HolidayCorrection(day=GRANTED, is_off=True, name_ar="عطلة", name_fr="Congé"))
    decide_delays(town)
    year = Year(town, Random(CASES), CASES)
    year.live()
    assert len(year.cases) == CASES
    with town.app.app_context():
        assert acts_of_the_clock() == {number: expected.acts for number, (_case, expected) in year.cases.items()}
        assert db.session.scalars(select(SetAside)).all() == []
        assert verify_journal().broken is None
        hold_warnings(year)
    done = Counter(act for _case, expected in year.cases.values() for act, *_days in expected.acts)
    assert set(done) == set(ACTS.values()), "a year in which something never happened proves less than it says"


def decide_delays(town: Town) -> None:
    """Let an administrator have decided before the year what holds from which of its days on."""
    keys = {level: f"{level}_answer_days" for level in ("province", "region")}
    with town.app.app_context():
        for since, kind, what, days in SAID:
            key, scope = keys.get(what, f"{what}_days"), Scope(obstacle_type=kind)
            set_setting(key, days, since, by_id=town.admin.id, now=BEFORE, scope=scope)


def acts_of_the_clock() -> dict[int, list[tuple[str, date, date]]]:
    """Return what the journal says that the clock did, by case: the act, its day, and the day it was meant for."""
    found: dict[int, list[tuple[str, date, date]]] = defaultdict(list)
    for row in db.session.scalars(select(JournalEvent).order_by(JournalEvent.obstacle_id, JournalEvent.seq)):
        codes = json.loads(row.canonical)["codes"]
        acts = found[row.obstacle_id]
        if codes.get("by_clock"):
            day = local_day(row.occurred_at)
            acts.append((ACTS[row.event], day, date.fromisoformat(codes.get("meant_for", day.isoformat()))))
    return dict(found)


def hold_warnings(year: Year) -> None:
    """Hold the warnings given against those that must have been, and each to have reached nobody twice."""
    given: dict[WarningKind, set[tuple[int, int]]] = defaultdict(set)
    for row in db.session.scalars(select(CaseWarning)):
        given[row.kind].add((row.obstacle_id, int(row.mark.partition(":")[0])))
    expected = {number: case for number, (_case, case) in year.cases.items()}
    assert given[WarningKind.LATE] == {(number, stay) for number, case in expected.items() for stay in case.late_at}
    assert given[WarningKind.NEAR] == {(number, stay) for number, case in expected.items() for stay in case.near_at}
    assert given[WarningKind.REMINDER] <= given[WarningKind.LATE]
    told = Counter(
        (row.recipient_id, row.obstacle_id, row.event, local_day(row.event_at).isocalendar()[:2])
        for row in db.session.scalars(
            select(OutboxMessage).where(
                OutboxMessage.source_kind == MessageSource.WARNING, OutboxMessage.channel == MessageChannel.APP
            )
        )
        if row.event == "deadline_passed"
    )
    assert told
    assert max(told.values()) == 1, "one a working week"
