"""The table of moves a second time, written from its specification and not from the code: the walker's own map."""

from escalation.domain.codes import Action, Level, Status
from tests.factories import COMMUNE, NEIGHBOUR, OTHER_PROVINCE, PROVINCE, REGION

A, S = Action, Status
P, R = Level.PROVINCE, Level.REGION
BOTH = (P, R)
SAME = "same"

Row = tuple[tuple[Status, ...], tuple[Level, ...], Status | tuple[Status, ...], Level | str]
"""From these statuses, at these levels; to which status, at which level."""

_STUDIED, _WORKED = (S.FILED, S.IN_REVIEW), (S.IN_REVIEW, S.REFERRED_OUT)
_WAITS = (S.INFORMATION_REQUESTED, S.REFERRED_OUT)

# fmt: off
ROWS: dict[Action, Row] = {
    A.CLAIM: (_STUDIED, BOTH, S.IN_REVIEW, SAME),
    A.ASSIGN: (_STUDIED, BOTH, S.IN_REVIEW, SAME),
    A.RELEASE: ((S.IN_REVIEW,), BOTH, S.FILED, SAME),
    A.REQUEST_INFORMATION: (_WORKED, BOTH, S.INFORMATION_REQUESTED, SAME),
    A.ANSWER: ((S.INFORMATION_REQUESTED,), BOTH, S.IN_REVIEW, SAME),
    A.REFER_OUT: (_WORKED, BOTH, S.REFERRED_OUT, SAME),
    A.RECORD_REPLY: ((*_WORKED, S.INFORMATION_REQUESTED), BOTH,
                     (S.IN_REVIEW, S.REFERRED_OUT, S.INFORMATION_REQUESTED), SAME),
    A.RESUME: (_WAITS, BOTH, S.IN_REVIEW, SAME),
    A.ESCALATE: ((*_STUDIED, S.REFERRED_OUT), (P,), S.FILED, R),
    A.ESCALATE_OVERDUE: ((*_STUDIED, *_WAITS), (P,), S.FILED, R),
    A.SEND_BACK: (_STUDIED, (R,), S.FILED, P),
    A.TRANSFER: (_STUDIED, BOTH, S.FILED, "target"),
    A.RESOLVE: (_WORKED, BOTH, S.RESOLVED, SAME),
    A.CONFIRM: ((S.RESOLVED,), BOTH, S.CLOSED, SAME),
    A.CONTEST: ((S.RESOLVED,), BOTH, S.FILED, R),
    A.DECLINE: ((S.IN_REVIEW,), BOTH, S.DECLINED, SAME),
    A.APPEAL: ((S.DECLINED,), (P,), S.FILED, R),
    A.WITHDRAW: ((*_STUDIED, *_WAITS, S.RESOLVED), BOTH, S.WITHDRAWN, SAME),
    A.REOPEN: ((S.CLOSED, S.WITHDRAWN, S.DECLINED, S.RESOLVED), BOTH, S.FILED, SAME),
}
# fmt: on

COMMUNES = {COMMUNE: frozenset({"president", "delegate"}), NEIGHBOUR: frozenset({"president2", "both"})}
"""Who speaks for each commune of the walk; its scribe only reads."""
SEATS = {
    PROVINCE: frozenset({"reviewer", "coordinator"}),
    REGION: frozenset({"member", "chair", "both"}),
    OTHER_PROVINCE: frozenset({"reviewer3"}),
}
LEADS = frozenset({"coordinator", "chair"})
"""Who sits where in the town, and who of them leads; ``both`` is recused from the cases of the neighbour."""

BY_COMMUNE = frozenset({A.ANSWER, A.ESCALATE_OVERDUE, A.CONFIRM, A.CONTEST, A.APPEAL, A.WITHDRAW})
BY_MEMBERS = frozenset({A.CLAIM, A.ESCALATE})
BY_LEADS = frozenset({A.ASSIGN, A.SEND_BACK, A.TRANSFER, A.DECLINE})
BY_HOLDERS = frozenset({A.RELEASE, A.REQUEST_INFORMATION, A.ANSWER, A.REFER_OUT, A.RECORD_REPLY, A.RESUME, A.RESOLVE})
BY_SECRETARY = frozenset({A.ESCALATE, A.TRANSFER})
"""When the desk has nobody."""
BY_CLOCK = frozenset({A.RESUME, A.ESCALATE_OVERDUE, A.CONFIRM})
AT_THE_DESK = sorted(BY_MEMBERS | BY_LEADS | BY_HOLDERS)
"""What is done by people who sit where the case is, and not by all of them."""
REOPENED_BY_COMMUNE = frozenset({S.CLOSED, S.WITHDRAWN})
"""What its desk's lead does not reopen; the rest is reopened by nobody else."""

READS = {
    COMMUNE: COMMUNES[COMMUNE] | {"scribe", "provincial", "secretary"},
    NEIGHBOUR: COMMUNES[NEIGHBOUR] | {"provincial", "secretary"},
}
"""Who reads every filed case of a commune, wherever it stands; desks read what they have or had."""
CLOCKWORK = "clock"


def serving(desk: str | None, commune: str) -> frozenset[str]:
    """Return who sits at a desk and is not recused from the cases of a commune."""
    return SEATS.get(desk or "", frozenset()) - COMMUNES[commune]


def who_may(
    action: Action, status: Status, seated: frozenset[str], holders: set[str], speaks: frozenset[str]
) -> set[str]:
    """Say who may make a move: of those who serve at its desk, those of them who have it, those who speak for it."""
    leads, is_reopening = seated & LEADS, action is A.REOPEN
    is_taken = action is A.CLAIM and status is S.IN_REVIEW and bool(holders)
    rows: list[tuple[bool, frozenset[str] | set[str]]] = [
        (action in BY_COMMUNE or (is_reopening and status in REOPENED_BY_COMMUNE), speaks),
        (action in BY_MEMBERS and not is_taken, seated),
        (action in BY_LEADS or (is_reopening and status not in REOPENED_BY_COMMUNE), leads),
        (action in BY_HOLDERS, leads | holders),
        (action in BY_SECRETARY and not seated, {"secretary"}),
        (action in BY_CLOCK, {CLOCKWORK}),
    ]
    return set().union(*(names for holds, names in rows if holds))


STANDS = (
    "status", "level", "desk_code", "assignee_id", "due_at", "clock_at", "warn_at", "answer_by", "confirm_by",
)  # fmt: skip
"""Where a case stands and by when: what nothing but a move changes."""
