"""Stays at desks and their clocks: what opens, pauses, restarts or closes when an obstacle moves."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation.domain import clocks
from escalation.domain.calendar import end_of_day, local_day
from escalation.domain.codes import ENDED, Cause, Event, Level, PauseReason, Status
from escalation.domain.warnings import next_look
from escalation.models.base import FAR
from escalation.models.obstacles import Pause, Referral
from escalation.queries.case.cases import Dossier

STANDS_STILL = {
    Status.INFORMATION_REQUESTED: PauseReason.COMMUNE,
    Status.RESOLVED: PauseReason.COMMUNE,
    Status.REFERRED_OUT: PauseReason.OUTSIDE,
}
"""In which statuses the desk's clock stands still, and who is waited for."""


def open_stay(
    session: Session,
    dossier: Dossier,
    desk_code: str,
    level: Level,
    *,
    event: Event,
    cause: Cause | None,
    now: datetime,
) -> Referral:
    """Begin a stay at a desk, with what such a case has there today; the obstacle then stands there, unassigned."""
    obstacle, settings, today = dossier.obstacle, dossier.settings_at(level), dossier.today
    referral = Referral(
        obstacle_id=obstacle.id,
        seq=len(dossier.referrals) + 1,
        desk_code=desk_code,
        level=level,
        opened_by=event,
        cause=cause,
        opened_at=now,
        allowance_days=settings.answer_days(level),
        grace_days=settings.grace_days,
        acknowledge_by=clocks.acknowledge_by(dossier.calendar, today, settings.acknowledge_days),
    )
    obstacle.desk_code, obstacle.level, obstacle.assignee_id = desk_code, level, None
    session.add(referral)
    dossier.referrals.append(referral)
    return referral


def close_stay(dossier: Dossier, event: Event, now: datetime) -> None:
    """End the present stay, if there is one, and any pause in it."""
    referral = dossier.referral
    if referral is None or referral.closed_at is not None:
        return
    _end_pause(dossier, now)
    referral.closed_at, referral.closed_by = now, event


def set_clock(session: Session, dossier: Dossier, now: datetime) -> None:
    """Let the desk's clock run or stand still as the status says, and write the deadline and the turn that follow."""
    obstacle, referral = dossier.obstacle, dossier.referral
    if referral is None:
        return
    if obstacle.status in ENDED:
        obstacle.due_at = obstacle.clock_at = obstacle.warn_at = FAR
        return
    reason = STANDS_STILL.get(obstacle.status)
    current = _open_pause(dossier)
    if current is not None and current.reason is not reason:
        _end_pause(dossier, now)
        current = None
    if current is None and reason is not None:
        session.flush()
        pause = Pause(referral_id=referral.id, reason=reason, started_at=now)
        session.add(pause)
        dossier.pauses.append(pause)
    set_dates(dossier, now)


def set_dates(dossier: Dossier, now: datetime) -> None:
    """Write the deadline of the present stay as its days are counted now, and when the clock looks at it next."""
    obstacle, referral = dossier.obstacle, dossier.referral
    if referral is None:
        return
    opened_on, pauses = local_day(referral.opened_at), dossier.pauses_of(referral)
    referral.due_on = clocks.desk_due_on(dossier.calendar, opened_on, referral.allowance_days, pauses)
    obstacle.due_at = FAR if referral.due_on is None else end_of_day(referral.due_on)
    turn = dossier.turn
    obstacle.clock_at = FAR if turn is None else turn.falls_at
    watched = dossier.watched
    look_at = None if watched is None else next_look(dossier.calendar, watched, now, is_settled=False)
    obstacle.warn_at = look_at or FAR


def _open_pause(dossier: Dossier) -> Pause | None:
    return next((pause for pause in dossier.pauses if pause.ended_at is None), None)


def _end_pause(dossier: Dossier, now: datetime) -> None:
    pause = _open_pause(dossier)
    if pause is not None:
        pause.ended_at = now
