"""The table of moves, whole: what may follow what, at which level, by whom, with what, and what it is called after.

Nothing else decides where an obstacle goes. The rules that depend on more than status and level stand in
``RULES`` beside the table; who counts as what is decided in ``escalation.domain.policy``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from escalation.domain.case import Case
from escalation.domain.codes import ENDED, OPEN, WAITING, Action, Cause, Event, Level, Status
from escalation.domain.errors import TransitionNotAllowed


class Who(StrEnum):
    """As what a person, or the clock, may make a move."""

    COMMUNE = "commune"
    AUTHOR = "author"
    STAFF = "staff"
    MEMBER = "member"
    LEAD = "lead"
    ASSIGNEE = "assignee"
    SECRETARY = "secretary"
    CLOCK = "clock"


class Target(StrEnum):
    """What a move aims at, where the table depends on it."""

    OTHER_PROVINCE = "other_province"
    OWN_PROVINCE = "own_province"
    REGION = "region"
    LAST_APPROACH = "last_approach"
    OTHER_APPROACH = "other_approach"


class Goes(StrEnum):
    """Which desk has the case after the move."""

    STAYS = "stays"
    FIRST_DESK = "first_desk"
    REGION = "region"
    PROVINCE = "province"
    TARGET = "target"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: "from these statuses, at these levels, these may, with this, and then it is that"."""

    action: Action
    before: frozenset[Status]
    levels: frozenset[Level]
    after: Status | None
    goes: Goes
    who: frozenset[Who]
    event: Event | None
    needs: tuple[str, ...] = ()
    target: Target | None = None
    cause: Cause | None = None

    def level_after(self, level: Level, first_desk: Level | None = None) -> Level | None:
        """Return the level at which the case stands after the move."""
        match self.goes:
            case Goes.STAYS:
                return level
            case Goes.FIRST_DESK:
                return first_desk
            case Goes.NOWHERE:
                return None
            case Goes.TARGET:
                return Level.REGION if self.target is Target.REGION else Level.PROVINCE
        return Level(self.goes.value)


C, P, R = frozenset({Level.COMMUNE}), frozenset({Level.PROVINCE}), frozenset({Level.REGION})
DESKS = P | R
A, S, E = Action, Status, Event
UNDER_STUDY = frozenset({S.FILED, S.IN_REVIEW})
WORKING = frozenset({S.IN_REVIEW, S.REFERRED_OUT})
HOLDERS = frozenset({Who.ASSIGNEE, Who.LEAD})
COMMUNE, LEAD = frozenset({Who.COMMUNE}), frozenset({Who.LEAD})
EMPTY_DESK = frozenset({Who.SECRETARY})


def _at(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


# fmt: off
TABLE: tuple[Move, ...] = (
    Move(A.FILE, _at(S.DRAFT), C, S.FILED, Goes.FIRST_DESK, COMMUNE | {Who.STAFF}, E.OBSTACLE_FILED),
    Move(A.DISCARD, _at(S.DRAFT), C, None, Goes.NOWHERE, COMMUNE | {Who.AUTHOR}, None),
    Move(A.CLAIM, UNDER_STUDY, DESKS, S.IN_REVIEW, Goes.STAYS, frozenset({Who.MEMBER}), E.OBSTACLE_CLAIMED),
    Move(A.ASSIGN, UNDER_STUDY, DESKS, S.IN_REVIEW, Goes.STAYS, LEAD, E.OBSTACLE_ASSIGNED, ("assignee",)),
    Move(A.RELEASE, _at(S.IN_REVIEW), DESKS, S.FILED, Goes.STAYS, HOLDERS, E.OBSTACLE_RELEASED),
    Move(A.REQUEST_INFORMATION, WORKING, DESKS, S.INFORMATION_REQUESTED, Goes.STAYS, HOLDERS,
         E.INFORMATION_REQUESTED, ("question",)),
    Move(A.ANSWER, _at(S.INFORMATION_REQUESTED), DESKS, S.IN_REVIEW, Goes.STAYS, COMMUNE | HOLDERS,
         E.INFORMATION_PROVIDED, ("answer", "channel")),
    Move(A.REFER_OUT, WORKING, DESKS, S.REFERRED_OUT, Goes.STAYS, HOLDERS, E.OBSTACLE_REFERRED_OUT,
         ("body", "expected_on", "reason")),
    Move(A.RECORD_REPLY, _at(S.REFERRED_OUT), DESKS, S.IN_REVIEW, Goes.STAYS, HOLDERS,
         E.OUTSIDE_REPLY_RECORDED, ("approach", "reply"), target=Target.LAST_APPROACH),
    Move(A.RECORD_REPLY, _at(S.REFERRED_OUT), DESKS, S.REFERRED_OUT, Goes.STAYS, HOLDERS,
         E.OUTSIDE_REPLY_RECORDED, ("approach", "reply"), target=Target.OTHER_APPROACH),
    Move(A.RECORD_REPLY, _at(S.IN_REVIEW), DESKS, S.IN_REVIEW, Goes.STAYS, HOLDERS,
         E.OUTSIDE_REPLY_RECORDED, ("approach", "reply")),
    Move(A.RECORD_REPLY, _at(S.INFORMATION_REQUESTED), DESKS, S.INFORMATION_REQUESTED, Goes.STAYS, HOLDERS,
         E.OUTSIDE_REPLY_RECORDED, ("approach", "reply")),
    Move(A.RESUME, WAITING, DESKS, S.IN_REVIEW, Goes.STAYS, HOLDERS | {Who.CLOCK}, E.WAIT_ENDED, ("reason",)),
    Move(A.ESCALATE, UNDER_STUDY | {S.REFERRED_OUT}, P, S.FILED, Goes.REGION,
         frozenset({Who.MEMBER}) | EMPTY_DESK, E.OBSTACLE_ESCALATED, ("reason",), cause=Cause.DECISION),
    Move(A.ESCALATE_OVERDUE, UNDER_STUDY | WAITING, P, S.FILED, Goes.REGION, COMMUNE | {Who.CLOCK},
         E.OBSTACLE_ESCALATED),
    Move(A.SEND_BACK, UNDER_STUDY, R, S.FILED, Goes.PROVINCE, LEAD, E.OBSTACLE_SENT_BACK, ("reason",)),
    Move(A.TRANSFER, UNDER_STUDY, DESKS, S.FILED, Goes.TARGET, LEAD | EMPTY_DESK, E.OBSTACLE_TRANSFERRED,
         ("target", "reason"), target=Target.OTHER_PROVINCE),
    Move(A.TRANSFER, UNDER_STUDY, P, S.FILED, Goes.TARGET, LEAD | EMPTY_DESK, E.OBSTACLE_TRANSFERRED,
         ("target", "reason"), target=Target.REGION),
    Move(A.RESOLVE, WORKING, DESKS, S.RESOLVED, Goes.STAYS, HOLDERS, E.OBSTACLE_RESOLVED,
         ("outcome", "resolution", "remaining")),
    Move(A.CONFIRM, _at(S.RESOLVED), DESKS, S.CLOSED, Goes.STAYS, COMMUNE | {Who.CLOCK}, E.OBSTACLE_CLOSED),
    Move(A.CONTEST, _at(S.RESOLVED), DESKS, S.FILED, Goes.REGION, COMMUNE, E.OBSTACLE_CONTESTED, ("reason",)),
    Move(A.DECLINE, _at(S.IN_REVIEW), DESKS, S.DECLINED, Goes.STAYS, LEAD, E.OBSTACLE_DECLINED, ("ground", "reason")),
    Move(A.APPEAL, _at(S.DECLINED), P, S.FILED, Goes.REGION, COMMUNE, E.OBSTACLE_APPEALED, ("reason",)),
    Move(A.WITHDRAW, OPEN, DESKS, S.WITHDRAWN, Goes.STAYS, COMMUNE, E.OBSTACLE_WITHDRAWN, ("reason",)),
    Move(A.REOPEN, _at(S.CLOSED, S.WITHDRAWN), DESKS, S.FILED, Goes.STAYS, COMMUNE, E.OBSTACLE_REOPENED, ("reason",)),
    Move(A.REOPEN, _at(S.DECLINED, S.RESOLVED), DESKS, S.FILED, Goes.STAYS, LEAD, E.OBSTACLE_REOPENED, ("reason",)),
)
# fmt: on

Rule = Callable[[Case], str | None]
"""A rule answers None when the move is allowed, or the code of the reason why not."""


def _claim(case: Case) -> str | None:
    taken = case.status is Status.IN_REVIEW and case.assignee_serves
    return "already_claimed" if taken else None


def _send_back(case: Case) -> str | None:
    if case.was_sent_back:
        return "sent_back_once"
    if case.came_by in (Event.OBSTACLE_APPEALED, Event.OBSTACLE_CONTESTED) or case.came_by_clock:
        return "came_by_appeal_contest_or_clock"
    return None if case.province_desk_staffed else "desk_has_nobody"


def _transfer(case: Case) -> str | None:
    return "second_transfer_at_the_region" if case.transfers and case.level is Level.PROVINCE else None


def _record_reply(case: Case) -> str | None:
    return None if case.has_open_approach else "nobody_was_asked"


def _contest(case: Case) -> str | None:
    return "contested_once" if case.level in case.contested_levels else None


def _escalate_overdue(case: Case) -> str | None:
    return None if case.is_overdue else "not_overdue_yet"


def _appeal(case: Case) -> str | None:
    return None if case.may_still_appeal else "too_late"


def _reopen(case: Case) -> str | None:
    return None if case.may_still_reopen else "too_late"


RULES: dict[Action, Rule] = {
    Action.CLAIM: _claim,
    Action.SEND_BACK: _send_back,
    Action.TRANSFER: _transfer,
    Action.RECORD_REPLY: _record_reply,
    Action.CONTEST: _contest,
    Action.ESCALATE_OVERDUE: _escalate_overdue,
    Action.APPEAL: _appeal,
    Action.REOPEN: _reopen,
}

CLOCK_RULES: dict[Action, Callable[[Case], bool]] = {
    Action.ESCALATE_OVERDUE: lambda case: case.is_past_grace,
    Action.RESUME: lambda case: case.wait_is_over,
    Action.CONFIRM: lambda case: case.confirmation_is_due,
}
"""When the clock itself may make a move that a person may make earlier."""


def moves_from(status: Status, level: Level) -> Iterable[Move]:
    """Return the rows of the table that start from a status at a level."""
    return (move for move in TABLE if status in move.before and level in move.levels)


def find_transition(action: Action, status: Status, level: Level, target: Target | None = None) -> Move:
    """Return the one row of the table for this action from this status and level, aimed at this target.

    Raises: TransitionNotAllowed.
    """
    for move in moves_from(status, level):
        if move.action is action and move.target is target:
            return move
    raise TransitionNotAllowed(action, status, level)


def check_rules(case: Case, action: Action) -> None:
    """Refuse a move that the table has but a rule under it forbids for this case.

    Raises: TransitionNotAllowed.
    """
    rule = RULES.get(action)
    reason = rule(case) if rule else None
    if reason:
        raise TransitionNotAllowed(action, case.status, case.level, reason)


def is_final(status: Status) -> bool:
    """Say whether nothing but an appeal or a reopening can follow."""
    return status in ENDED
