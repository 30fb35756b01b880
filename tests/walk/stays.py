"""What the rows of stays and pauses add up to, whatever path a case took: they are its whole age, each day once."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from escalation.domain import clocks
from escalation.domain.calendar import local_day
from escalation.domain.codes import ENDED, Event
from escalation.models.obstacles import Obstacle, Pause, Referral
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.services.case.stays import STANDS_STILL

ENDS = {Event.OBSTACLE_CLOSED, Event.OBSTACLE_DECLINED, Event.OBSTACLE_WITHDRAWN}
"""After them a case rests at no desk, until it is reopened or appealed."""


def working(dossier: Dossier, first: date, last: date) -> set[date]:
    """Return the working days after a day, up to another, one after the other."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return {day for day in days if dossier.calendar.is_working_day(day)}


def check_stays(row: Obstacle, now: datetime) -> None:
    """Hold every row of the stays and pauses of a case against one another, and their sum against its age."""
    dossier = read_dossier(row, now)
    stays, filed_at = dossier.referrals, row.filed_at
    assert filed_at is not None
    assert stays[0].opened_at == filed_at
    assert [stay.seq for stay in stays] == list(range(1, len(stays) + 1))
    assert [stay for stay in stays if stay.closed_at is None] == ([] if row.status in ENDED else [stays[-1]])
    until = local_day(row.ended_at or now)
    age = working(dossier, local_day(filed_at), until)
    at_desks: list[date] = []
    for stay in stays:
        at_desks += _days_at(dossier, row, stay, until)
    assert len(at_desks) == len(set(at_desks)), "a day is counted at one desk"
    rested = _days_at_rest(dossier, stays)
    assert set(at_desks) | rested == age
    assert set(at_desks) & rested == set()
    assert len(age) == clocks.case_days(dossier.calendar, local_day(filed_at), until)


def _days_at(dossier: Dossier, row: Obstacle, stay: Referral, until: date) -> list[date]:
    """Return the working days of a stay, those it waited among them; its pauses stand in it, one after the other."""
    pauses = [pause for pause in dossier.pauses if pause.referral_id == stay.id]
    last = local_day(stay.closed_at) if stay.closed_at else until
    _check_pauses(row, stay, pauses)
    days = working(dossier, local_day(stay.opened_at), last)
    waited: set[date] = set()
    for pause in pauses:
        waited |= working(dossier, local_day(pause.started_at), local_day(pause.ended_at) if pause.ended_at else last)
    given = (dossier.calendar, local_day(stay.opened_at), last, dossier.pauses_of(stay))
    assert clocks.desk_days_used(*given) == len(days - waited)
    assert clocks.desk_days_paused(*given) == len(days & waited)
    return sorted(days)


def _check_pauses(row: Obstacle, stay: Referral, pauses: list[Pause]) -> None:
    assert all(pause.ended_at is not None for pause in pauses[:-1])
    assert all(before.ended_at <= after.started_at for before, after in pairwise(pauses) if before.ended_at)
    assert all(pause.started_at >= stay.opened_at for pause in pauses)
    if stay.closed_at is not None:
        assert all(pause.ended_at is not None and pause.ended_at <= stay.closed_at for pause in pauses)
        return
    waits_for = pauses[-1].reason if pauses and pauses[-1].ended_at is None else None
    assert waits_for is STANDS_STILL.get(row.status), f"{row.status} waits for {waits_for}"


def _days_at_rest(dossier: Dossier, stays: list[Referral]) -> set[date]:
    """Return the working days between the end of a case and its reopening: no desk had it, and it grew older."""
    rested: set[date] = set()
    for before, after in pairwise(stays):
        assert before.closed_at is not None
        assert before.closed_at <= after.opened_at
        if before.closed_by in ENDS:
            rested |= working(dossier, local_day(before.closed_at), local_day(after.opened_at))
        else:
            assert before.closed_at == after.opened_at
    return rested
