"""Rehearsing delays: a draft is written, a worker replays the real cases of 90 days under it, then it may be decided.

Nothing of a draft is in force. The replay goes on in steps, each a transaction of its own: whoever is killed in the
middle of one left nothing behind, and two workers never count a case twice.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation.domain.calendar import Calendars, local_day
from escalation.domain.codes import Level, Urgency
from escalation.domain.errors import DomainError, NotFound
from escalation.domain.rehearsal import Effect, what_was, what_would_be
from escalation.domain.settings import (
    SETTING_RULES,
    InForce,
    Narrowed,
    Scope,
    SettingChange,
    Settings,
    plan_change,
    settings_for,
)
from escalation.extensions import db
from escalation.models.rehearsals import Rehearsal, RehearsalStatus, RehearsedEffect
from escalation.queries.rehearsals import PastCase, find_waiting, list_past
from escalation.queries.settings import get_calendars, get_in_force
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.settings import check_type, columns_of, write_change
from escalation.services.transaction import transaction

logger = logging.getLogger(__name__)

REPLAYED: Final = timedelta(days=90)
BATCH: Final = 100
STEPS: Final = 3
"""Of one knock: between them letters leave."""
MOST_LINES: Final = 40
KEPT_FOR: Final = timedelta(days=90)

REHEARSED: Final = tuple(key for key, rule in SETTING_RULES.items() if rule.narrowed is not Narrowed.NOT)
"""The delays of which a draft may speak: those of cases."""


class NotNow(DomainError):
    """A rehearsal is not in a state to do that; ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Days:
    """What is replayed: the first and the last day."""

    since: date
    until: date


def begin_rehearsal(region_code: str, by: Administrator) -> int:
    """Begin an empty draft for a region and return its number. Raises: NotFound for another's region."""
    if region_code not in by.regions:
        raise NotFound("region")
    with transaction() as session:
        row = Rehearsal(person_id=by.person_id, region_code=region_code, lines=[], counts={}, created_at=by.now)
        session.add(row)
        session.flush()
        return row.id


def write_line(rehearsal_id: int, key: str, value: int | None, scope: Scope, by: Administrator) -> None:
    """Write a delay into a draft, in the place of what it said of these cases; what was rehearsed before is void.

    Raises: NotFound, NotNow, WrongField, ScopeNotAdmitted, SettingOutOfBounds.
    """
    if key not in REHEARSED:
        raise WrongField("key", "unknown")
    line = _as_json(SettingChange(key, value, local_day(by.now), scope))
    with transaction() as session:
        check_type(session, scope)
        row = _lock_draft(session, rehearsal_id, by)
        others = [other for other in row.lines if other[:-1] != line[:-1]]
        if len(others) >= MOST_LINES:
            raise NotNow("too_many")
        _write_lines(row, [*others, line])


def drop_line(rehearsal_id: int, number: int, by: Administrator) -> None:
    """Take a delay out of a draft, by its place in it; one that is gone is gone. Raises: NotFound, NotNow."""
    with transaction() as session:
        row = _lock_draft(session, rehearsal_id, by)
        _write_lines(row, [line for place, line in enumerate(row.lines) if place != number])


def run_rehearsal(rehearsal_id: int, by: Administrator) -> None:
    """Have a draft replayed by a worker, from the first case on. Raises: NotFound, NotNow."""
    with transaction() as session:
        row = _lock_draft(session, rehearsal_id, by)
        if not row.lines:
            raise NotNow("empty")
        today = local_day(by.now)
        row.run, row.status, row.ended_at = row.run + 1, RehearsalStatus.WAITING, None
        row.since_on, row.until_on = today - REPLAYED, today
        row.reached_id, row.cases, row.counts = 0, 0, {}


def put_into_force(rehearsal_id: int, effective_on: date, by: Administrator) -> None:
    """Decide what a rehearsed draft says, from a day to come on, by name; what was given before keeps what it had.

    Raises: NotFound, NotNow, ChangeInThePast.
    """
    with transaction() as session:
        row = _lock_draft(session, rehearsal_id, by)
        if row.status is not RehearsalStatus.DONE:
            raise NotNow("not_rehearsed")
        for line in lines_of(row, effective_on):
            planned = plan_change(line.key, line.value, effective_on, local_day(by.now), line.scope)
            write_change(session, planned, by.person_id, by.now)
        row.effective_on, row.forced_by_id, row.forced_at = effective_on, by.person_id, by.now


def lines_of(row: Rehearsal, effective_on: date) -> list[SettingChange]:
    """Return the delays of a draft as changes from a day on."""
    return [
        SettingChange(
            key,
            value,
            effective_on,
            Scope(Level(level) if level else None, Urgency(urgency) if urgency else None, obstacle_type),
        )
        for key, level, urgency, obstacle_type, value in row.lines
    ]


def advance_rehearsals(now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Take each rehearsal that waits a few steps further; one that fails stands in the way of no other."""
    for rehearsal_id in find_waiting():
        try:
            for _ in range(STEPS):
                if is_stopping() or not replay_next(rehearsal_id, now):
                    break
        except OperationalError:
            raise
        except Exception:
            logger.exception("rehearsal %s failed", rehearsal_id)
            _fail(rehearsal_id, now)


def replay_next(rehearsal_id: int, now: datetime) -> bool:
    """Replay the next cases of a rehearsal and keep what came out; return whether there are more."""
    with transaction() as session:
        row = _lock(session, rehearsal_id, skip_locked=True)
        if row is None or row.status is not RehearsalStatus.WAITING or row.since_on is None or row.until_on is None:
            return False
        if not row.reached_id:
            session.execute(delete(RehearsedEffect).where(RehearsedEffect.rehearsal_id == row.id))
        days = Days(row.since_on, row.until_on)
        cases = list_past(row.region_code, days.since, row.reached_id, BATCH)
        replay = _replayer(days, {**get_in_force(days.until), **_said(row, days.until)}, get_calendars())
        found = [effect | {"rehearsal_id": row.id, "run": row.run} for case in cases for effect in replay(case)]
        if found:
            session.execute(insert(RehearsedEffect), found)
        row.cases, row.counts = row.cases + len(cases), _counted(row.counts, found)
        if len(cases) == BATCH:
            row.reached_id = cases[-1].obstacle_id
            return True
        row.status, row.ended_at = RehearsalStatus.DONE, now
        return False


def forget_old_rehearsals(now: datetime) -> int:
    """Delete what was rehearsed more than 90 days ago, and return how many drafts; what was decided stays in settings.

    Of a draft that was put into force the row stays, without the cases.
    """
    with transaction() as session:
        old = select(Rehearsal.id).where(Rehearsal.created_at < now - KEPT_FOR)
        session.execute(delete(RehearsedEffect).where(RehearsedEffect.rehearsal_id.in_(old)))
        gone = session.scalars(old.where(Rehearsal.forced_at.is_(None))).all()
        session.execute(delete(Rehearsal).where(Rehearsal.id.in_(gone)))
    return len(gone)


def _said(row: Rehearsal, day: date) -> dict[tuple[str, Scope], int | None]:
    return {(line.key, line.scope): line.value for line in lines_of(row, day)}


def _replayer(days: Days, in_force: InForce, calendars: Calendars) -> Callable[[PastCase], list[dict[str, Any]]]:
    """Return what replays one case: each effect that was or would have been in these days, as a row."""

    @cache
    def settings_of(level: Level, urgency: Urgency, obstacle_type: str) -> Settings:
        return settings_for(Scope(level, urgency, obstacle_type), in_force)

    def replay(case: PastCase) -> list[dict[str, Any]]:
        calendar = calendars.of(case.province_code)

        def settings_at(level: Level) -> Settings:
            return settings_of(level, case.urgency, case.obstacle_type)

        was = {(one.effect, one.stay): one.on for one in what_was(case.stays, calendar, days.until)}
        would_be = what_would_be(case.stays, settings_at, calendar, days.until)
        would = {(one.effect, one.stay): one.on for one in would_be}
        rows = []
        for effect, stay in sorted(was.keys() | would.keys()):
            was_on, would_on = (_since(found.get((effect, stay)), days) for found in (was, would))
            if was_on or would_on:
                about = {"kind": effect, "obstacle_id": case.obstacle_id, "stay": stay}
                rows.append(about | {"was_on": was_on, "would_on": would_on})
        return rows

    return replay


def _since(day: date | None, days: Days) -> date | None:
    return day if day is not None and day >= days.since else None


def _counted(counts: Mapping[str, Sequence[int]], found: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Return, of each effect, how often it was, would have been, only was, and only would have been."""
    totals = {effect.value: list(counts.get(effect.value, (0, 0, 0, 0))) for effect in Effect}
    for one in found:
        was, would = one["was_on"] is not None, one["would_on"] is not None
        for place, is_so in enumerate((was, would, was and not would, would and not was)):
            totals[one["kind"]][place] += is_so
    return totals


def _lock_draft(session: Session, rehearsal_id: int, by: Administrator) -> Rehearsal:
    """Return a draft that may be changed. Raises: NotFound, NotNow while it is replayed and once it is in force."""
    row = _lock(session, rehearsal_id)
    if row is None or row.region_code not in by.regions:
        raise NotFound("rehearsal")
    if row.forced_at is not None:
        raise NotNow("in_force")
    if row.status is RehearsalStatus.WAITING:
        raise NotNow("at_work")
    return row


def _lock(session: Session, rehearsal_id: int, *, skip_locked: bool = False) -> Rehearsal | None:
    wanted = select(Rehearsal).where(Rehearsal.id == rehearsal_id).with_for_update(skip_locked=skip_locked)
    return session.scalars(wanted.execution_options(populate_existing=True)).first()


def _write_lines(row: Rehearsal, lines: list[Any]) -> None:
    row.lines, row.status, row.ended_at, row.counts = lines, RehearsalStatus.DRAFT, None, {}


def _as_json(line: SettingChange) -> list[Any]:
    return [line.key, *columns_of(line.scope).values(), line.value]


def _fail(rehearsal_id: int, now: datetime) -> None:
    db.session.rollback()
    with transaction() as session:
        row = _lock(session, rehearsal_id)
        if row is not None and row.status is RehearsalStatus.WAITING:
            row.status, row.ended_at = RehearsalStatus.FAILED, now
