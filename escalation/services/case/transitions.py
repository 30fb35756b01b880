"""How any move is made: the one road from a locked row to a new status, its event and its messages.

What was sent twice acts once, a stale page is told so, the policy and the table decide, and then status, stay,
clocks, journal and outbox change together. The named moves stand in ``escalation.services.case.moves``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain.calendar import end_of_day
from escalation.domain.codes import DESK_OFFICES, ENDED, Action, Cause, Event, MessageSource
from escalation.domain.errors import MissingInput, NotAllowed, NotFound, StaleObstacle, TransitionNotAllowed
from escalation.domain.policy import CLOCK, Actor, MandateHeld, check_standing, mandate_for, may_see
from escalation.domain.turns import ClockAct, Turn
from escalation.domain.workflow import Goes, Move, check_rules, find_transition, moves_from
from escalation.models.obstacles import Obstacle
from escalation.models.unfinished import UndoStep
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.messages.outbox import get_now_ms
from escalation.queries.people.people import find_president
from escalation.services.case.aims import aimed_at, check_given
from escalation.services.case.facts import Making, keep_facts
from escalation.services.case.pictures import picture_of
from escalation.services.case.stays import close_stay, open_stay, set_clock
from escalation.services.case.submissions import (
    content_digest,
    keep_submission,
    lock_person,
    was_carried_out,
    was_made_with_others,
)
from escalation.services.files.attaching import attach, drop_repeated, named_in_journal, take_chosen
from escalation.services.journal import Entry, append_event
from escalation.services.messages.notify import Source, list_owed, write_messages
from escalation.services.transaction import transaction
from escalation.services.webhooks.rows import write_webhooks

EITHER: dict[str, str] = {"body": "session"}
"""What may be given instead of what the table asks for."""


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts, when, having seen which version, and under which key of the form they sent."""

    actor: Actor
    now: datetime
    seen_version: int | None = None
    key: str | None = None
    form_path: str | None = None
    """The address of that form: the files that were chosen in it go with what is sent."""
    may_undo: bool = False
    """The act may be taken back for some seconds, and its messages wait as long."""
    turn: Turn | None = None
    """The turn that the clock takes, when the clock acts."""
    way: str | None = None
    """How the words came, where it was not from a page."""


@dataclass(frozen=True)
class Given:
    """What a move was given: texts that people wrote, and codes and dates that the journal may hold."""

    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)

    def missing(self, needs: tuple[str, ...]) -> list[str]:
        """Return what the table asks for and was not given; what remains after a solution may be nothing."""
        given = {**self.texts, **self.codes}
        return [
            name
            for name in needs
            if name != "remaining" and not given.get(name) and not given.get(EITHER.get(name, ""))
        ]


def make_move(action: Action, obstacle_id: int, by: By, given: Given | None = None) -> Obstacle:
    """Make one move of the table, whole or not at all.

    Raises: NotFound, StaleObstacle, NotAllowed, TransitionNotAllowed, MissingInput, WrongInput, AlreadySubmitted.
    """
    given = given or Given()
    digest = content_digest({"action": action, "obstacle": obstacle_id, **given.texts, **given.codes})
    with transaction() as session:
        if by.key:
            lock_person(session, by.actor.person_id)
        obstacle = lock_obstacle(session, obstacle_id)
        if was_carried_out(session, by.actor.person_id, by.key, digest):
            drop_repeated(session, obstacle_id, by.actor.person_id, by.form_path)
            return obstacle
        dossier = read_dossier(obstacle, by.now, [code for code in [given.codes.get("target")] if code])
        move, mandate = check_move(dossier, action, by)
        if by.actor is not CLOCK and (lacking := given.missing(move.needs)):
            raise MissingInput(lacking)
        carry_out(session, dossier, _aimed(dossier, move, by, given), by, mandate=mandate, given=given)
        keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=obstacle_id, now=by.now)
        return dossier.obstacle


def lock_obstacle(session: Session, obstacle_id: int) -> Obstacle:
    """Return the row of an obstacle, locked until the transaction ends. Raises: NotFound."""
    row = session.scalars(select(Obstacle).where(Obstacle.id == obstacle_id).with_for_update()).first()
    if row is None:
        raise NotFound("obstacle")
    return row


def check_move(dossier: Dossier, action: Action, by: By) -> tuple[Move, MandateHeld | None]:
    """Return the row of the table that holds, whatever it is aimed at, and the mandate that allows it.

    A stale page is told so before anything else that only the newer state makes wrong.
    Raises: NotFound, StaleObstacle, NotAllowed, TransitionNotAllowed.
    """
    case, obstacle, actor = dossier.case, dossier.obstacle, by.actor
    if actor is not CLOCK and not may_see(actor, case):
        raise NotFound("obstacle")
    if by.seen_version is not None and by.seen_version != obstacle.version:
        raise StaleObstacle(obstacle.reference, by.seen_version, obstacle.version)
    check_standing(actor, action, case)
    move = next((move for move in moves_from(case.status, case.level) if move.action is action), None)
    if move is None:
        raise TransitionNotAllowed(action, case.status, case.level)
    check_rules(case, action)
    mandate = mandate_for(actor, move, case)
    if mandate is None and actor is not CLOCK:
        raise NotAllowed(action)
    return move, mandate


def _aimed(dossier: Dossier, move: Move, by: By, given: Given) -> Move:
    """Return the row of the table for what this move is aimed at, and for who makes it."""
    case, action = dossier.case, move.action
    if move.target is not None:
        move = find_transition(action, case.status, case.level, aimed_at(action, dossier, given.codes))
    check_given(action, dossier, given.codes)
    if action is Action.ESCALATE_OVERDUE:
        move = replace(move, cause=Cause.CLOCK if by.actor is CLOCK else Cause.COMMUNE)
    return move


def carry_out(
    session: Session, dossier: Dossier, move: Move, by: By, *, mandate: MandateHeld | None, given: Given
) -> None:
    """Change status, stay and clocks, write the event, and write the messages it owes."""
    obstacle = dossier.obstacle
    was_at, was_of = obstacle.status, obstacle.level
    before = {"from_status": was_at, "from_level": was_of, "from_desk": obstacle.desk_code}
    if move.after is None or move.event is None:
        raise ValueError(f"{move.action} is not a journaled move")
    picture = picture_of(dossier)
    _move_stay(session, dossier, move, by, given)
    obstacle.status, obstacle.changed_at = move.after, by.now
    obstacle.version += 1
    obstacle.ended_at = by.now if obstacle.status in ENDED else None
    making = Making(
        session=session,
        dossier=dossier,
        from_status=was_at,
        from_level=was_of,
        person_id=by.actor.person_id,
        now=by.now,
        codes=given.codes,
    )
    more = keep_facts(move.action, making)
    set_clock(session, dossier, _counted_from(by))
    own = {"cause": move.cause, "by_clock": by.actor is CLOCK or None, "meant_for": meant_for(by, dossier.today)}
    codes = plain_codes(before | own | dict(given.codes) | more)
    entry = Entry(move.event, codes, given.texts, _acting_for(dossier, move, mandate))
    until_ms = _undo_until(dossier, by)
    event_id = journal_and_tell(session, dossier, entry, by, mandate=mandate, not_before_ms=until_ms)
    if until_ms is not None and by.actor.person_id is not None:
        step = UndoStep(
            obstacle_id=obstacle.id,
            event_id=event_id,
            person_id=by.actor.person_id,
            version=obstacle.version,
            until_ms=until_ms,
            before=picture,
            key=by.key,
        )
        session.merge(step)


def meant_for(by: By, today: date) -> date | None:
    """Return the day on which the clock should have acted, when that was before today."""
    return by.turn.falls_on if by.turn is not None and by.turn.falls_on < today else None


def _counted_from(by: By) -> datetime:
    """Return the instant from which clocks run or stand still: a wait that the clock ends was over at its own day."""
    ends_wait = by.turn is not None and by.turn.act is ClockAct.RESUME
    return end_of_day(by.turn.last_day) if by.turn is not None and ends_wait else by.now


def journal_and_tell(
    session: Session,
    dossier: Dossier,
    entry: Entry,
    by: By,
    *,
    mandate: MandateHeld | None,
    not_before_ms: int | None = None,
) -> int:
    """Write an event, which says where the case stands and how many people it tells, and the messages that tell them.

    The files that were chosen with its words go with it. Return the id of the event.
    """
    obstacle = dossier.obstacle
    owed = list_owed(dossier, entry.event, by.actor.person_id)
    state = {"status": obstacle.status, "level": obstacle.level, "desk": obstacle.desk_code}
    dates = {"due_on": dossier.referral.due_on if dossier.referral else None, "version": obstacle.version}
    told = {"told": len(owed), "mailed": sum(one.notice.by_mail for one in owed)}
    is_filing = entry.event is Event.OBSTACLE_FILED
    files = take_chosen(session, obstacle, by.actor.person_id, by.form_path, with_draft=is_filing)
    acting_for = entry.acting_for_id or (mandate.for_person_id if mandate else None)
    way = {"way": by.way} if by.way else {}
    codes = {**plain_codes(state | dates), **entry.codes, **told, **way, **named_in_journal(files)}
    whole = replace(entry, codes=codes, acting_for_id=acting_for)
    event = append_event(
        session, obstacle, whole, actor=by.actor, mandate_id=mandate.id if mandate else None, now=by.now
    )
    attach(files, obstacle, by.now, event.seq)
    is_of_many = is_filing and was_made_with_others(session, obstacle.author_id, obstacle.id)
    source = Source(MessageSource.EVENT, event.id, event.event, event.occurred_at, event.seq, is_of_many)
    write_messages(session, dossier, source, owed, whole.codes, not_before_ms=not_before_ms)
    write_webhooks(session, dossier, source, not_before_ms)
    return event.id


def held_until(session: Session, obstacle: Obstacle) -> int | None:
    """Return until when the last move may be taken back: what is told meanwhile waits with it. None when it may not.

    Units: milliseconds on the database's clock.
    """
    step = session.get(UndoStep, obstacle.id)
    is_live = step is not None and step.version == obstacle.version and step.until_ms > get_now_ms()
    return step.until_ms if step is not None and is_live else None


def plain_codes(codes: Mapping[str, Any]) -> dict[str, Any]:
    """Return codes and dates as plain JSON values, without what is empty."""
    given = {name: value for name, value in codes.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}


def _undo_until(dossier: Dossier, by: By) -> int | None:
    """Return until when the act may be taken back; None when it may not. Units: ms on the database's clock."""
    if not by.may_undo or not dossier.settings.undo_seconds:
        return None
    return get_now_ms() + dossier.settings.undo_seconds * 1000


def _acting_for(dossier: Dossier, move: Move, mandate: MandateHeld | None) -> int | None:
    """Return the president for whom a desk notes an answer that reached it another way."""
    if move.action is not Action.ANSWER or mandate is None:
        return None
    noted = mandate.office in DESK_OFFICES[dossier.case.level]
    return find_president(dossier.obstacle.commune_code, dossier.today) if noted else None


def _move_stay(session: Session, dossier: Dossier, move: Move, by: By, given: Given) -> None:
    """Close the present stay when the case leaves its desk or ends, and open the next one where it goes."""
    obstacle, event = dossier.obstacle, move.event
    if event is None:
        return
    moves_on = move.goes is not Goes.STAYS or obstacle.status in ENDED
    if moves_on or move.after in ENDED:
        close_stay(dossier, event, by.now)
    if moves_on:
        desks = {
            Goes.REGION: obstacle.region_code,
            Goes.PROVINCE: obstacle.province_code,
            Goes.TARGET: given.codes.get("target"),
        }
        level = move.level_after(obstacle.level) or obstacle.level
        desk_code = desks.get(move.goes) or obstacle.desk_code or obstacle.region_code
        open_stay(session, dossier, desk_code, level, event=event, cause=move.cause, now=by.now)
