"""The moves: one named function per act on an obstacle, each one transaction, one event and its messages."""

from datetime import date
from typing import Any

from escalation.domain.codes import Action, Channel, ConfirmedBy, Ground, Level, Outcome
from escalation.domain.errors import MissingInput
from escalation.domain.policy import CLOCK
from escalation.models.obstacles import Obstacle
from escalation.services.case.transitions import By, Given, make_move


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
    evidence: str = "",
    commitment_who: str = "",
    commitment_what: str = "",
    commitment_by: date | None = None,
) -> Obstacle:
    """Present a solution to the commune, with what proves it in words and what remains.

    A commitment says who does what by when; for another outcome those three are ignored.

    Raises: MissingInput when a commitment lacks one of them.
    """
    texts = {"resolution": resolution, "remaining": remaining, "evidence": evidence}
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


def confirm(obstacle_id: int, by: By, *, evidence: str = "") -> Obstacle:
    """Say in the commune's name, or by the clock when it stayed silent, that the obstacle is gone; the case closes."""
    confirmed_by = ConfirmedBy.SILENCE if by.actor is CLOCK else ConfirmedBy.COMMUNE
    return make_move(Action.CONFIRM, obstacle_id, by, Given({"evidence": evidence}, {"confirmed_by": confirmed_by}))


def withdraw(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Take a case back in the commune's name, with the reason."""
    return make_move(Action.WITHDRAW, obstacle_id, by, Given(texts={"reason": reason}))


def assign(obstacle_id: int, by: By, *, assignee: int) -> Obstacle:
    """Give a case to a member of its desk. Raises: WrongInput when they do not sit there or are recused."""
    return make_move(Action.ASSIGN, obstacle_id, by, Given(codes={"assignee": assignee}))


def release(obstacle_id: int, by: By) -> Obstacle:
    """Let nobody have the case any more: it waits at its desk for somebody to take it in charge."""
    return make_move(Action.RELEASE, obstacle_id, by)


def refer_out(
    obstacle_id: int,
    by: By,
    *,
    expected_on: date,
    reason: str,
    body: str | None = None,
    session: Level | None = None,
) -> Obstacle:
    """Approach one body, or one council in session, and wait for its reply; the desk's clock stands still.

    Asked again before it replied, its time is extended, once.
    Raises: WrongInput when it is neither or both, or the day is past, too far or no later than before.
    """
    codes = {"body": body, "session": session, "expected_on": expected_on}
    return make_move(Action.REFER_OUT, obstacle_id, by, Given({"reason": reason}, codes))


def record_reply(obstacle_id: int, by: By, *, approach: int, reply: str) -> Obstacle:
    """Note what somebody outside replied; the last open one ends the wait.

    Raises: WrongInput when nobody with that number waits for a reply.
    """
    return make_move(Action.RECORD_REPLY, obstacle_id, by, Given({"reply": reply}, {"approach": approach}))


def resume(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """End a wait before its time and take the case up again; the desk's clock runs."""
    return make_move(Action.RESUME, obstacle_id, by, Given(texts={"reason": reason}))


def escalate_overdue(obstacle_id: int, by: By) -> Obstacle:
    """Send a late case up to the region: in the commune's name, or by the clock when the grace is over too."""
    return make_move(Action.ESCALATE_OVERDUE, obstacle_id, by)


def send_back(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Send a case back from the region to its province's desk, once."""
    return make_move(Action.SEND_BACK, obstacle_id, by, Given(texts={"reason": reason}))


def transfer(obstacle_id: int, by: By, *, target: str, reason: str) -> Obstacle:
    """Send a case to the desk that is competent for it; ``target`` is the place of that desk.

    Raises: WrongInput when there is no such desk, TransitionNotAllowed when it has nobody.
    """
    return make_move(Action.TRANSFER, obstacle_id, by, Given({"reason": reason}, {"target": target}))


def contest(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Say in the commune's name that the obstacle is still there; the case goes to the region."""
    return make_move(Action.CONTEST, obstacle_id, by, Given(texts={"reason": reason}))


def decline(obstacle_id: int, by: By, *, ground: Ground, reason: str, duplicate_of: str = "") -> Obstacle:
    """Not take a case up, on one of the grounds; ``duplicate_of`` is the reference of the one filed before."""
    codes = {"ground": ground, "duplicate_of": duplicate_of or None}
    return make_move(Action.DECLINE, obstacle_id, by, Given({"reason": reason}, codes))


def appeal(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Ask in the commune's name that the region reconsider what the province declined."""
    return make_move(Action.APPEAL, obstacle_id, by, Given(texts={"reason": reason}))


def reopen(obstacle_id: int, by: By, *, reason: str) -> Obstacle:
    """Open again what had ended, or take back a solution that is not confirmed yet."""
    return make_move(Action.REOPEN, obstacle_id, by, Given(texts={"reason": reason}))
