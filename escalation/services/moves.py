"""The moves: one named function per act on an obstacle, each one transaction, one event and its messages.

``make_move`` is the only road: the row is locked, what was sent twice acts once, a stale page is told so, the
policy and the table decide, and then status, stay, clocks, journal and outbox change together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.domain import clocks
from escalation.domain.codes import ENDED, Action, Channel, ConfirmedBy, Outcome, Status
from escalation.domain.errors import MissingInput, NotAllowed, NotFound, StaleObstacle
from escalation.domain.policy import CLOCK, Actor, check_standing, mandate_for, may_see
from escalation.domain.workflow import Goes, Move, check_rules, find_transition
from escalation.models.obstacles import Obstacle
from escalation.queries.cases import Dossier, read_dossier
from escalation.services.journal import Entry, append_event
from escalation.services.notify import list_owed, write_messages
from escalation.services.stays import close_stay, open_stay, set_clock
from escalation.services.submissions import content_digest, keep_submission, lock_person, was_carried_out
from escalation.services.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts, when, having seen which version, and under which key of the form they sent."""

    actor: Actor
    now: datetime
    seen_version: int | None = None
    key: str | None = None


@dataclass(frozen=True)
class Given:
    """What a move was given: texts that people wrote, and codes and dates that the journal may hold."""

    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)

    def missing(self, needs: tuple[str, ...]) -> list[str]:
        """Return what the table asks for and was not given; what remains after a solution may be nothing."""
        given = {**self.texts, **self.codes}
        return [name for name in needs if name != "remaining" and not given.get(name)]


def claim(obstacle_id: int, by: By) -> Obstacle:
    """Take a case in charge."""
    return make_move(Action.CLAIM, obstacle_id, by)


def escalate(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Refer a case from the province's desk to the region's, with the reason."""
    return make_move(Action.ESCALATE, obstacle_id, by, Given(texts={"reason": reason}))


def request_information(obstacle_id: int, by: By, *, question: str) -> Obstacle:
    """Ask the commune; the desk's clock stands still until it answers."""
    return make_move(Action.REQUEST_INFORMATION, obstacle_id, by, Given(texts={"question": question}))


def answer(obstacle_id: int, by: By, *, answer: str, channel: Channel = Channel.WEB) -> Obstacle:
    """Answer the desk's question in the commune's name; the desk's clock runs again."""
    return make_move(Action.ANSWER, obstacle_id, by, Given(texts={"answer": answer}, codes={"channel": channel}))


def resolve(
    obstacle_id: int,
    by: By,
    *,
    outcome: Outcome,
    resolution: str,
    remaining: str = "",
    commitment_who: str = "",
    commitment_what: str = "",
    commitment_by: date | None = None,
) -> Obstacle:
    """Present a solution to the commune; a commitment says who does what by when, else those are ignored.

    Raises: MissingInput when a commitment lacks one of them.
    """
    texts = {"resolution": resolution, "remaining": remaining}
    codes: dict[str, Any] = {"outcome": outcome}
    if outcome is Outcome.COMMITMENT:
        promise: dict[str, Any] = {
            "commitment_who": commitment_who,
            "commitment_what": commitment_what,
            "commitment_by": commitment_by,
        }
        if lacking := [name for name, value in promise.items() if not value]:
            raise MissingInput(lacking)
        texts |= {"commitment_who": commitment_who, "commitment_what": commitment_what}
        codes |= {"commitment_by": commitment_by}
    return make_move(Action.RESOLVE, obstacle_id, by, Given(texts, codes))


def confirm(obstacle_id: int, by: By) -> Obstacle:
    """Say in the commune's name, or by the clock when it stayed silent, that the obstacle is gone; the case closes."""
    confirmed_by = ConfirmedBy.SILENCE if by.actor is CLOCK else ConfirmedBy.COMMUNE
    return make_move(Action.CONFIRM, obstacle_id, by, Given(codes={"confirmed_by": confirmed_by}))


def withdraw(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Take a case back in the commune's name, with the reason."""
    return make_move(Action.WITHDRAW, obstacle_id, by, Given(texts={"reason": reason}))


def make_move(action: Action, obstacle_id: int, by: By, given: Given | None = None) -> Obstacle:
    """Make one move of the table, whole or not at all.

    Raises: NotFound, StaleObstacle, NotAllowed, TransitionNotAllowed, MissingInput, AlreadySubmitted.
    """
    given = given or Given()
    digest = content_digest({"action": action, "obstacle": obstacle_id, **given.texts, **given.codes})
    with transaction() as session:
        if by.key:
            lock_person(session, by.actor.person_id)
        obstacle = lock_obstacle(session, obstacle_id)
        if was_carried_out(session, by.actor.person_id, by.key, digest):
            return obstacle
        dossier = read_dossier(obstacle, by.now)
        move, mandate_id = check_move(dossier, action, by)
        if lacking := given.missing(move.needs):
            raise MissingInput(lacking)
        carry_out(session, dossier, move, by, mandate_id=mandate_id, given=given)
        keep_submission(session, by.actor.person_id, by.key, digest, obstacle_id=obstacle_id, now=by.now)
        return dossier.obstacle


def lock_obstacle(session: Session, obstacle_id: int) -> Obstacle:
    """Return the row of an obstacle, locked until the transaction ends. Raises: NotFound."""
    row = session.scalars(select(Obstacle).where(Obstacle.id == obstacle_id).with_for_update()).first()
    if row is None:
        raise NotFound("obstacle")
    return row


def check_move(dossier: Dossier, action: Action, by: By) -> tuple[Move, int | None]:
    """Return the row of the table that holds and the mandate that allows it.

    A stale page is told so before anything else that only the newer state makes wrong.
    Raises: NotFound, StaleObstacle, NotAllowed, TransitionNotAllowed.
    """
    case, obstacle, actor = dossier.case, dossier.obstacle, by.actor
    if actor is not CLOCK and not may_see(actor, case):
        raise NotFound("obstacle")
    if by.seen_version is not None and by.seen_version != obstacle.version:
        raise StaleObstacle(obstacle.reference, by.seen_version, obstacle.version)
    check_standing(actor, action, case)
    move = find_transition(action, case.status, case.level)
    check_rules(case, action)
    mandate = mandate_for(actor, move, case)
    if mandate is None and actor is not CLOCK:
        raise NotAllowed(action)
    return move, mandate.id if mandate else None


def carry_out(session: Session, dossier: Dossier, move: Move, by: By, *, mandate_id: int | None, given: Given) -> None:
    """Change status, stay and clocks, write the event, and write the messages it owes."""
    obstacle, now = dossier.obstacle, by.now
    before = {"from_status": obstacle.status, "from_level": obstacle.level, "from_desk": obstacle.desk_code}
    if move.after is None or move.event is None:
        raise ValueError(f"{move.action} is not a journaled move")
    _move_stay(session, dossier, move, by)
    obstacle.status, obstacle.changed_at = move.after, now
    obstacle.version += 1
    _keep_facts(dossier, move, by, given)
    set_clock(session, dossier, now)
    after = {"status": obstacle.status, "level": obstacle.level, "desk": obstacle.desk_code}
    dates = {"due_on": dossier.referral.due_on if dossier.referral else None}
    codes = _plain(before | after | dates | {"cause": move.cause, "version": obstacle.version} | dict(given.codes))
    journal_and_tell(session, dossier, Entry(move.event, codes, given.texts), by, mandate_id=mandate_id)


def journal_and_tell(session: Session, dossier: Dossier, entry: Entry, by: By, *, mandate_id: int | None) -> None:
    """Write an event, which says how many people it tells, and the messages that tell them."""
    owed = list_owed(dossier, entry.event, by.actor.person_id)
    counted = replace(entry, codes={**entry.codes, "told": len(owed)})
    event = append_event(session, dossier.obstacle, counted, actor=by.actor, mandate_id=mandate_id, now=by.now)
    write_messages(session, dossier, event, owed, entry.codes)


def _move_stay(session: Session, dossier: Dossier, move: Move, by: By) -> None:
    """Close the present stay when the case leaves its desk or ends, and open the next one where it goes."""
    obstacle, event = dossier.obstacle, move.event
    if event is None:
        return
    moves_on = move.goes is not Goes.STAYS or obstacle.status in ENDED
    if moves_on or move.after in ENDED:
        close_stay(dossier, event, by.now)
    if moves_on:
        desks = {Goes.REGION: obstacle.region_code, Goes.PROVINCE: obstacle.province_code}
        level = move.level_after(obstacle.level) or obstacle.level
        desk_code = desks.get(move.goes) or obstacle.desk_code or obstacle.region_code
        open_stay(session, dossier, desk_code, level, event=event, cause=move.cause, now=by.now)


def _keep_facts(dossier: Dossier, move: Move, by: By, given: Given) -> None:
    """Write what the move says of the obstacle itself: who has it, what is awaited by when, what became of it."""
    obstacle, settings, today = dossier.obstacle, dossier.settings, dossier.today
    obstacle.answer_by = obstacle.confirm_by = None
    obstacle.ended_at = by.now if obstacle.status in ENDED else None
    if move.action is Action.CLAIM and dossier.referral is not None:
        obstacle.assignee_id = by.actor.person_id
        dossier.referral.claimed_at = dossier.referral.claimed_at or by.now
    elif obstacle.status is Status.FILED:
        obstacle.assignee_id = None
    elif obstacle.status is Status.INFORMATION_REQUESTED:
        obstacle.answer_by = clocks.question_answer_by(dossier.calendar, today, settings.question_wait_days)
    elif obstacle.status is Status.RESOLVED:
        obstacle.outcome = given.codes["outcome"]
        obstacle.commitment_by = given.codes.get("commitment_by")
        obstacle.confirm_by = clocks.confirm_by(dossier.calendar, today, settings.confirm_days, obstacle.commitment_by)
    elif obstacle.status is Status.CLOSED:
        obstacle.confirmed_by = given.codes["confirmed_by"]


def _plain(codes: Mapping[str, Any]) -> dict[str, Any]:
    """Return codes and dates as plain JSON values, without what is empty."""
    given = {name: value for name, value in codes.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
