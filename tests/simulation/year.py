"""A year of many cases: people act or stay silent at random, the clock runs or is down, somebody's mandate ends."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from escalation.domain.calendar import start_of_day
from escalation.domain.codes import ENDED, Level, Outcome
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.services.case import moves
from escalation.services.case.clock import ClockRun, run_clock
from tests.factories import Filed, Inhabitant, Town, end_mandates, file_obstacle, move
from tests.simulation.reference import DAY, PLAIN, QUESTION_DAYS, TRACK, ExpectedCase, after, allowed, works

FIRST, LAST = date(2026, 1, 5), date(2026, 12, 31)
MANDATE_ENDS_ON = date(2026, 6, 15)
NOTHING = ClockRun()
SILENT_SHARE = 0.93
"""How often nothing happens to a case on a working day."""


@dataclass
class Year:
    """The cases of a year, beside what they must be."""

    town: Town
    rng: Random
    count: int
    cases: dict[int, tuple[Filed, ExpectedCase]] = field(default_factory=dict)
    down_until: date = FIRST
    approached: set[int] = field(default_factory=set)
    """Who was asked outside is asked once."""

    def live(self) -> None:
        """Let every day of the year pass, and hold each against the reference."""
        today = FIRST
        while today <= LAST:
            if today == MANDATE_ENDS_ON:
                end_mandates(self.town.app, self.town.reviewer, today - DAY)
            if self.rng.random() < 0.01:
                self.down_until = today + DAY * self.rng.randint(1, 9)
            if today >= self.down_until:
                self._let_the_clock_run(today)
            self._check(today)
            if works(today):
                self._let_people_act(today)
            for _case, expected in self.cases.values():
                expected.end_day(today)
            today += DAY

    def _let_the_clock_run(self, today: date) -> None:
        for hours in [*self.rng.sample([1, 5], 1), 9]:
            at = start_of_day(today) + timedelta(hours=hours, minutes=self.rng.randint(0, 59))
            with self.town.app.app_context():
                while run_clock(at) != NOTHING:
                    at += timedelta(minutes=1)
        for _case, expected in self.cases.values():
            expected.run_clock(today)
            expected.note_warnings(today)

    def _check(self, today: date) -> None:
        now = start_of_day(today) + timedelta(hours=12)
        with self.town.app.app_context():
            columns = (Obstacle.id, Obstacle.status, Obstacle.level, Obstacle.due_at, Obstacle.marked_for_meeting)
            rows = {row.id: row for row in db.session.execute(select(*columns))}
        for number, (case, expected) in self.cases.items():
            row = rows[number]
            found = (row.status.value, row.level.value, row.due_at < now, row.marked_for_meeting)
            wanted = (expected.status, expected.level, expected.is_late(today), expected.marked)
            if row.status not in ENDED:
                assert found == wanted, f"{case.reference} on {today}: {expected}"
            assert found[:2] == wanted[:2], f"{case.reference} on {today}: {expected}"

    def _let_people_act(self, today: date) -> None:
        at = start_of_day(today) + timedelta(hours=self.rng.randint(12, 16))
        if len(self.cases) < self.count and self.rng.random() < self.count / 150:
            for _ in range(max(1, self.count // 120)):
                kind = TRACK if len(self.cases) % 2 else PLAIN
                case = file_obstacle(self.town.app, self.town.president, now=at, obstacle_type=kind)
                self.cases[case.id] = (case, ExpectedCase("filed", "province", today, kind))
        for case, expected in self.cases.values():
            if self.rng.random() > SILENT_SHARE:
                self._act(case, expected, today, at)

    def _act(self, case: Filed, expected: ExpectedCase, today: date, at: datetime) -> None:
        lead = self.town.coordinator if expected.level == "province" else self.town.chair
        match expected.status:
            case "filed":
                member = self.town.reviewer if expected.level == "province" else self.town.member
                who = member if today < MANDATE_ENDS_ON and self.rng.random() < 0.5 else lead
                self._move(case, moves.claim, who, at)
                expected.status = "in_review"
            case "in_review":
                self._decide(case, expected, lead, today, at)
            case "information_requested":
                self._move(case, moves.answer, self.town.president, at, answer="جواب")
                expected.go_on(today)
            case "referred_out":
                self._move(case, moves.resume, lead, at, reason="سبب")
                expected.go_on(today)
            case "resolved":
                self._move(case, moves.confirm, self.town.president, at)
                expected.status = "closed"

    def _decide(self, case: Filed, expected: ExpectedCase, lead: Inhabitant, today: date, at: datetime) -> None:
        what = self.rng.choice(["ask", "ask", "approach", "resolve", "escalate"])
        if what == "ask" or (what == "approach" and case.id in self.approached):
            self._move(case, moves.request_information, lead, at, question="سؤال")
            expected.wait("information_requested", today, after(today, QUESTION_DAYS))
        elif what == "approach":
            self.approached.add(case.id)
            until = today + DAY * self.rng.randint(1, 30)
            self._move(case, moves.refer_out, lead, at, session=Level.COMMUNE, expected_on=until, reason="سبب")
            expected.wait("referred_out", today, until)
        elif what == "resolve":
            words = {"outcome": Outcome.REMOVED, "resolution": "حل", "remaining": ""}
            self._move(case, moves.resolve, lead, at, **words)
            expected.wait("resolved", today, None, after(today, allowed("confirm", expected.kind, today)))
            expected.marked = False
        elif expected.level == "province":
            self._move(case, moves.escalate, lead, at, reason="سبب")
            expected.arrive("region", today)

    def _move(self, case: Filed, act: Any, who: Inhabitant, at: datetime, **given: Any) -> None:
        move(self.town.app, act, case, who, now=at, **given)
