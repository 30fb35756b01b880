"""Giving the warnings that are due, each once: in the app a line a case, by mail one letter for all that is alike.

A hundred cases of a desk are one transaction: they are locked, what was given is read, and rows, messages and the next
look are written together. Who comes second finds nothing left; who comes late gives only what still says something. A
case on which it fails is found, and looked at again later; the others of its desk are warned of meanwhile.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day
from escalation.domain.codes import Audience, Level, MessageChannel, MessageSource, MessageStatus
from escalation.domain.notices import Notice
from escalation.domain.warnings import Due, Given, WarningKind, Watched, due_warning, may_leave, next_look
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.clock import CaseWarning, ReminderPause
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import OutboxMessage
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.warned import cases_to_warn, find_pause, list_cases_to_warn, list_desks_to_warn, list_given
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.messages.wants import Wanted, read_wanted
from escalation.queries.people.people import Reader, list_commune_readers, list_regional_secretaries
from escalation.services.messages.notify import Owed, Source, list_told, mail_row, message_row
from escalation.services.transaction import owes_messages, transaction

logger = logging.getLogger(__name__)

MOST_CASES: Final = 100
"""Of one desk at once, and so in one letter."""
AFTER_A_FAILURE: Final = timedelta(hours=1)
MOST_LOOKED_AT: Final = 10_000
"""Of all desks, to learn at which of them something is due."""

LETTERS: Final[Mapping[WarningKind, str]] = {
    WarningKind.NEAR: "deadline_near",
    WarningKind.LATE: "deadline_passed",
    WarningKind.REMINDER: "deadline_passed",
    WarningKind.CONFIRM: "confirmation_near",
}
"""What the letter of a warning is called; a case late today and one reminded of are in one letter."""
LINE: Final = ("reference", "commune", "type", "project")


@dataclass(frozen=True)
class _Warned:
    """A case about which a warning is given, and to whom."""

    dossier: Dossier
    due: Due
    source: Source
    owed: Sequence[Owed]


Letter = tuple[Owed, _Warned, dict[str, Any]]


def list_desks(now: datetime) -> Sequence[str]:
    """Return the desks of which a warning may be due."""
    return list_desks_to_warn(now, MOST_LOOKED_AT)


@dataclass(frozen=True, slots=True)
class WarningRun:
    """What became of some cases of a desk: warnings given, cases put off, and whether more of them are due."""

    warnings: int
    put_off: int = 0
    has_more: bool = False


def warn_desk(desk_code: str, now: datetime) -> WarningRun:
    """Give every warning that is due about the cases of a desk, up to a hundred; put off the cases that fail."""
    try:
        return _give(desk_code, now)
    except Exception:
        due = list_cases_to_warn(desk_code, now, MOST_CASES)
        db.session.rollback()
        failing = [case_id for case_id in due if _fails(case_id, desk_code, now)]
        if not failing:
            raise
        _put_off(failing, now + AFTER_A_FAILURE)
        given = _give(desk_code, now)
        return replace(given, put_off=len(failing), has_more=given.has_more or len(due) == MOST_CASES)


def _give(desk_code: str, now: datetime, only_id: int | None = None) -> WarningRun:
    with transaction() as session:
        return _give_in(session, desk_code, now, only_id)


def _give_in(session: Session, desk_code: str, now: datetime, only_id: int | None) -> WarningRun:
    due = cases_to_warn(desk_code, now, MOST_CASES)
    one = due if only_id is None else due.where(Obstacle.id == only_id)
    cases = list(session.scalars(one.with_for_update(skip_locked=True)))
    given, pause = list_given([case.id for case in cases]), find_pause(local_day(now))
    warned = [told for case in cases if (told := _warn_of(session, case, given.get(case.id, ()), pause, now))]
    _write_letters(session, warned)
    return WarningRun(len(warned), has_more=len(cases) == MOST_CASES)


class _OnlyTried(Exception):
    """Takes back what was tried."""


def _fails(case_id: int, desk_code: str, now: datetime) -> bool:
    """Say whether it is this case on which the warnings of its desk fail; whatever becomes of it is taken back."""
    try:
        _try(case_id, desk_code, now)
    except _OnlyTried:
        return False
    except Exception:
        logger.exception("the warning of case %s failed; it is tried again in an hour", case_id)
        return True
    return False


def _try(case_id: int, desk_code: str, now: datetime) -> None:
    with transaction() as session:
        _give_in(session, desk_code, now, case_id)
        session.flush()
        raise _OnlyTried


def _put_off(case_ids: Sequence[int], until: datetime) -> None:
    with transaction() as session:
        session.execute(update(Obstacle).where(Obstacle.id.in_(case_ids)).values(warn_at=until))


def _warn_of(
    session: Session, case: Obstacle, given: Sequence[Given], pause: ReminderPause | None, now: datetime
) -> _Warned | None:
    """Give the warning that is due about one case, if any may leave now, and write when to look again."""
    dossier = read_dossier(case, now)
    watched = dossier.watched
    if watched is None:
        case.warn_at = FAR
        return None
    is_time = may_leave(dossier.calendar, now, is_urgent=watched.is_urgent)
    due = due_warning(watched, dossier.today, given, is_paused=pause is not None) if is_time else None
    ends_on = pause.ends_on if pause else None
    look = next_look(dossier.calendar, watched, now, is_settled=is_time, pause_ends_on=ends_on)
    case.warn_at = look or FAR
    owed = list_warned(dossier, watched, due) if due else []
    if due is None or not owed:
        return None
    row = CaseWarning(obstacle_id=case.id, kind=due.kind, mark=due.mark, given_at=now)
    session.add(row)
    session.flush()
    source = Source(MessageSource.WARNING, row.id, LETTERS[due.kind], now, case.journal_seq, due_ms=get_now_ms())
    return _Warned(dossier, due, source, owed)


def list_warned(dossier: Dossier, watched: Watched, due: Due) -> list[Owed]:
    """Return who is warned: who has the case and who leads its desk; of its silence the commune.

    A region has no desk above it: its secretary is told of lateness there, as of everything at a desk without anybody.
    """
    obstacle = dossier.obstacle
    if due.kind is WarningKind.CONFIRM:
        notice = Notice(Audience.COMMUNE, asks=True)
        return [
            Owed(reader, notice)
            for reader in list_commune_readers(obstacle.commune_code, obstacle.author_id, dossier.today)
        ]
    members = dossier.members_of(obstacle.desk_code)
    those = [one for one in members if one.is_lead or one.person_id == obstacle.assignee_id] or members
    is_alarm = not members or (due.kind is WarningKind.LATE and watched.level is Level.REGION)
    secretaries = list_regional_secretaries(obstacle.region_code, dossier.today) if is_alarm else []
    return [*_owed(those, Audience.ASSIGNEE), *_owed(secretaries, Audience.SECRETARY, but_not=those)]


def _owed(readers: Iterable[Reader], audience: Audience, but_not: Iterable[Reader] = ()) -> list[Owed]:
    told_already = {reader.person_id for reader in but_not}
    found = {reader.person_id: Owed(reader, Notice(audience)) for reader in readers}
    return [owed for person_id, owed in found.items() if person_id not in told_already]


def _write_letters(session: Session, warned: Sequence[_Warned]) -> None:
    """Write a line in the app for each case and reader, and one mail for each reader and kind of letter."""
    told = [(owed, one, facts) for one in warned for owed, facts in list_told(one.dossier, one.source, one.owed, {})]
    if not told:
        return
    letters: dict[tuple[int, str, str], list[Letter]] = defaultdict(list)
    for owed, one, facts in told:
        letters[owed.reader.person_id, owed.reader.place_code, one.source.event].append((owed, one, facts))
    wanted = read_wanted([owed.reader.person_id for owed, *_ in told], [one.dossier.obstacle.id for one in warned])
    rows = [message_row(owed, MessageChannel.APP, one.source, one.dossier, facts) for owed, one, facts in told]
    rows += [mail for alike in letters.values() for mail in _mails(alike, wanted)]
    session.execute(insert(OutboxMessage), rows)
    owes_messages(session)


def _mails(alike: Sequence[Letter], wanted: Wanted) -> list[dict[str, Any]]:
    """Return one mail for all of these that leave by themselves, and a row for each that does not."""
    rows = [mail_row(owed, one.source, one.dossier, facts, wanted) for owed, one, facts in alike]
    apart = [row for row in rows if row["status"] is not MessageStatus.QUEUED]
    leaving = [letter for letter, row in zip(alike, rows, strict=True) if row["status"] is MessageStatus.QUEUED]
    return [*apart, _mail(leaving, wanted)] if leaving else apart


def _mail(alike: Sequence[Letter], wanted: Wanted) -> dict[str, Any]:
    """Return one mail for all of these: about its case when it is one, else with a line for each."""
    owed, first, facts = alike[0]
    row = mail_row(owed, first.source, first.dossier, facts, wanted)
    if len(alike) == 1:
        return row
    lines = [
        {key: line[key] for key in LINE} | {"due_on": _day_of(one, line), "climbs_on": line["climbs_on"]}
        for _owed, one, line in alike
    ]
    return row | {"obstacle_id": None, "facts": facts | {"cases": lines}}


def _day_of(warned: _Warned, facts: Mapping[str, Any]) -> Any:
    return facts["confirm_by" if warned.due.kind is WarningKind.CONFIRM else "due_on"]
