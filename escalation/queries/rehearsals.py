"""Reading rehearsals of delays: their drafts, what came out, and the past of the cases that they replay."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.orm import load_only

from escalation.domain.calendar import local_day, start_of_day
from escalation.domain.clocks import Pause as PauseDays
from escalation.domain.codes import ConfirmedBy, Event, Status, Urgency
from escalation.domain.errors import NotFound
from escalation.domain.policy import Actor
from escalation.domain.rehearsal import Effect, PastStay
from escalation.domain.warnings import WarningKind
from escalation.extensions import db
from escalation.models.clock import CaseWarning
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import OPEN_AT_A_DESK, Obstacle, Pause, Referral
from escalation.models.people import Person
from escalation.models.rehearsals import Rehearsal, RehearsalStatus, RehearsedEffect
from escalation.queries.case.cases import stay_in_days
from escalation.queries.case.obstacles import visible_to

LATEST = 20
PAGE = 50
OF_ENDS = (Event.OBSTACLE_RESOLVED, Event.OBSTACLE_CLOSED, Event.DECISION_UNDONE)


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case of the days that are replayed, by what its delays depend on, with its stays as they were."""

    obstacle_id: int
    province_code: str
    urgency: Urgency
    obstacle_type: str
    stays: list[PastStay]


@dataclass(frozen=True, slots=True)
class Found:
    """A case that a draft would have changed: how, and whether who reads this may open it."""

    effect: RehearsedEffect
    case: Obstacle
    may_open: bool


def get_rehearsal(regions: Collection[str], rehearsal_id: int) -> Rehearsal:
    """Return a rehearsal of one of these regions. Raises: NotFound."""
    mine = (Rehearsal.id == rehearsal_id, Rehearsal.region_code.in_(regions))
    row = db.session.scalars(select(Rehearsal).where(*mine)).first()
    if row is None:
        raise NotFound("rehearsal")
    return row


def list_rehearsals(regions: Collection[str]) -> Sequence[tuple[Rehearsal, Person]]:
    """Return the latest rehearsals of these regions with who began them, the newest first."""
    rows = select(Rehearsal, Person).join(Person, Person.id == Rehearsal.person_id)
    rows = rows.where(Rehearsal.region_code.in_(regions)).order_by(Rehearsal.id.desc()).limit(LATEST)
    return [(row, person) for row, person in db.session.execute(rows)]


def find_waiting() -> Sequence[int]:
    """Return the rehearsals that a worker has to take further, the oldest first."""
    waiting = select(Rehearsal.id).where(Rehearsal.status == RehearsalStatus.WAITING)
    return db.session.scalars(waiting.order_by(Rehearsal.id).limit(LATEST)).all()


def find_person(person_id: int | None) -> Person | None:
    """Return who did something, or None."""
    return None if person_id is None else db.session.get(Person, person_id)


def list_found(
    rehearsal: Rehearsal, kind: Effect, actor: Actor, after: tuple[int, int] | None, *, all_of_them: bool
) -> Sequence[Found]:
    """Return the cases on which an effect was or would have been, one more than a page, behind a place among them.

    Unless ``all_of_them`` are asked for, only those on which it was, and would not have been, or the other way.
    """
    query = (
        select(RehearsedEffect, Obstacle, visible_to(actor))
        .join(Obstacle, Obstacle.id == RehearsedEffect.obstacle_id)
        .options(load_only(Obstacle.reference, Obstacle.obstacle_type, Obstacle.urgency))
        .where(
            RehearsedEffect.rehearsal_id == rehearsal.id,
            RehearsedEffect.run == rehearsal.run,
            RehearsedEffect.kind == kind,
        )
    )
    if after is not None:
        query = query.where(tuple_(RehearsedEffect.obstacle_id, RehearsedEffect.stay) > tuple_(*after))
    if not all_of_them:
        query = query.where(or_(RehearsedEffect.was_on.is_(None), RehearsedEffect.would_on.is_(None)))
    rows = db.session.execute(query.order_by(RehearsedEffect.obstacle_id, RehearsedEffect.stay).limit(PAGE + 1))
    return [Found(effect, case, bool(may_open)) for effect, case, may_open in rows]


def list_past(region_code: str, since: date, after_id: int, limit: int) -> list[PastCase]:
    """Return the next cases of a region that were open on a day since, with their whole past, in five queries."""
    was_open = or_(OPEN_AT_A_DESK, and_(Obstacle.status != Status.DRAFT, Obstacle.ended_at >= start_of_day(since)))
    columns = (Obstacle.id, Obstacle.province_code, Obstacle.urgency, Obstacle.obstacle_type)
    mine = select(*columns).where(Obstacle.region_code == region_code, Obstacle.id > after_id, was_open)
    cases = db.session.execute(mine.order_by(Obstacle.id).limit(limit)).all()
    stays = _stays([case.id for case in cases])
    return [
        PastCase(case.id, case.province_code, case.urgency, case.obstacle_type or "", stays[case.id]) for case in cases
    ]


def _stays(case_ids: Collection[int]) -> dict[int, list[PastStay]]:
    referrals: dict[int, list[Referral]] = defaultdict(list)
    of_these = select(Referral).where(Referral.obstacle_id.in_(case_ids))
    for row in db.session.scalars(of_these.order_by(Referral.obstacle_id, Referral.seq)):
        referrals[row.obstacle_id].append(row)
    pauses, warned, ends = _pauses(case_ids), _warned(case_ids), _ends(case_ids)
    found: dict[int, list[PastStay]] = defaultdict(list)
    for case_id, rows in referrals.items():
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            here = [end for end in ends[case_id] if _is_within(end, row)]
            warned_on = warned.get((case_id, str(row.seq)))
            found[case_id].append(_past(row, after, pauses[row.id], here, warned_on))
    return found


def _pauses(case_ids: Collection[int]) -> dict[int, list[PauseDays]]:
    found: dict[int, list[PauseDays]] = defaultdict(list)
    rows = select(Pause).join(Referral, Referral.id == Pause.referral_id).where(Referral.obstacle_id.in_(case_ids))
    for row in db.session.scalars(rows.order_by(Pause.id)):
        found[row.referral_id].append(PauseDays.between(row.started_at, row.ended_at))
    return found


def _warned(case_ids: Collection[int]) -> dict[tuple[int, str], date]:
    near = (CaseWarning.obstacle_id.in_(case_ids), CaseWarning.kind == WarningKind.NEAR)
    rows = db.session.execute(select(CaseWarning.obstacle_id, CaseWarning.mark, CaseWarning.given_at).where(*near))
    return {(row.obstacle_id, row.mark): local_day(row.given_at) for row in rows}


def _ends(case_ids: Collection[int]) -> dict[int, list[JournalEvent]]:
    """Return the events by which cases were said to be solved, and closed, without those that were taken back."""
    found: dict[int, list[JournalEvent]] = defaultdict(list)
    rows = select(JournalEvent).where(JournalEvent.obstacle_id.in_(case_ids), JournalEvent.event.in_(OF_ENDS))
    for row in db.session.scalars(rows.order_by(JournalEvent.obstacle_id, JournalEvent.seq)):
        if row.event is not Event.DECISION_UNDONE:
            found[row.obstacle_id].append(row)
            continue
        undone = _codes(row).get("undone")
        found[row.obstacle_id] = [other for other in found[row.obstacle_id] if other.seq != undone]
    return found


def _codes(event: JournalEvent) -> dict[str, Any]:
    codes: dict[str, Any] = json.loads(event.canonical)["codes"]
    return codes


def _is_within(event: JournalEvent, stay: Referral) -> bool:
    return stay.opened_at <= event.occurred_at and (stay.closed_at is None or event.occurred_at <= stay.closed_at)


def _past(
    row: Referral,
    after: Referral | None,
    pauses: list[PauseDays],
    ends: Sequence[JournalEvent],
    warned_on: date | None,
) -> PastStay:
    resolved = next((end for end in reversed(ends) if end.event is Event.OBSTACLE_RESOLVED), None)
    closed = next((end for end in reversed(ends) if end.event is Event.OBSTACLE_CLOSED), None)
    promised = _codes(resolved).get("commitment_by") if resolved else None
    return PastStay(
        seq=row.seq,
        time=stay_in_days(row, pauses),
        opened_by=row.opened_by,
        acknowledge_by=row.acknowledge_by,
        claimed_on=local_day(row.claimed_at) if row.claimed_at else None,
        resolved_on=local_day(resolved.occurred_at) if resolved else None,
        commitment_by=date.fromisoformat(promised) if promised else None,
        closed_on=local_day(row.closed_at) if row.closed_at else None,
        closed_by=row.closed_by,
        cause=after.cause if after else None,
        warned_on=warned_on,
        by_silence=closed is not None and _codes(closed).get("confirmed_by") == ConfirmedBy.SILENCE,
    )
