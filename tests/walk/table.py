"""The table of moves a second time, written from its specification and not from the code: the walker's own map."""

from escalation.domain.codes import Action, Level, Status

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

COMMUNE = frozenset({"president", "delegate"})
DESKS = {P: frozenset({"reviewer", "coordinator"}), R: frozenset({"member", "chair", "both"})}
LEADS = {P: frozenset({"coordinator"}), R: frozenset({"chair"})}
"""Who is who in the town, for a case of its own commune at its own province or region."""

BY_COMMUNE = frozenset({A.ANSWER, A.ESCALATE_OVERDUE, A.CONFIRM, A.CONTEST, A.APPEAL, A.WITHDRAW, A.REOPEN})
BY_LEADS_ONLY = frozenset({A.ASSIGN, A.SEND_BACK, A.TRANSFER, A.DECLINE})
BY_SECRETARY = frozenset({A.ESCALATE, A.TRANSFER})
BY_CLOCK = frozenset({A.RESUME, A.ESCALATE_OVERDUE, A.CONFIRM})
ONLY_COMMUNE = frozenset({A.ESCALATE_OVERDUE, A.CONFIRM, A.CONTEST, A.APPEAL, A.WITHDRAW})
