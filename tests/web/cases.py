"""Cases at each point of their path, made by the services for tests of pages, and the fields each move's form sends."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from escalation.domain.calendar import local_day
from escalation.domain.codes import Action, Ground, Outcome, Remark
from escalation.services.case import moves
from tests.factories import OTHER_PROVINCE, Filed, Town, file_obstacle, move, obstacle_row

REASON, QUESTION, ANSWER, SOLUTION = "سبب واضح <b>", "ما رقم الاتفاقية؟", "رقمها 12/2026", "وُقعت الاتفاقية."

REPLY, BODY, OTHER_BODY = "وافقت الوكالة.", "AREP", "REGION"
TODAY = local_day(datetime.now(UTC))
SOON = (TODAY + timedelta(days=14)).isoformat()
LONG_AGO = datetime.now(UTC) - timedelta(days=60)
"""A case filed then is late at its province's desk."""

FIELDS: dict[Action, dict[str, str]] = {
    Action.CLAIM: {},
    Action.ASSIGN: {"assignee": "0"},
    Action.RELEASE: {},
    Action.ESCALATE: {"reason": REASON},
    Action.ESCALATE_OVERDUE: {},
    Action.SEND_BACK: {"reason": REASON},
    Action.TRANSFER: {"target": OTHER_PROVINCE, "reason": REASON},
    Action.REQUEST_INFORMATION: {"question": QUESTION},
    Action.ANSWER: {"answer": ANSWER, "channel": "phone"},
    Action.REFER_OUT: {"body": BODY, "session": "", "expected_on": SOON, "reason": REASON},
    Action.RECORD_REPLY: {"approach": "1", "reply": REPLY},
    Action.RESUME: {"reason": REASON},
    Action.RESOLVE: {"outcome": "removed", "resolution": SOLUTION, "evidence": "", "remaining": ""},
    Action.CONFIRM: {"evidence": ""},
    Action.CONTEST: {"reason": REASON},
    Action.DECLINE: {"ground": "already_answered", "reason": REASON, "duplicate_of": ""},
    Action.APPEAL: {"reason": REASON},
    Action.WITHDRAW: {"reason": REASON},
    Action.REOPEN: {"reason": REASON},
}
"""What each form sends; to whom a case is assigned depends on its desk: see ``answers``."""

NEEDED: dict[Action, list[str]] = {
    Action.ASSIGN: ["assignee"],
    Action.ESCALATE: ["reason"],
    Action.SEND_BACK: ["reason"],
    Action.TRANSFER: ["target", "reason"],
    Action.REQUEST_INFORMATION: ["question"],
    Action.ANSWER: ["answer"],
    Action.REFER_OUT: ["body", "expected_on", "reason"],
    Action.RECORD_REPLY: ["approach", "reply"],
    Action.RESUME: ["reason"],
    Action.RESOLVE: ["outcome", "resolution"],
    Action.CONTEST: ["reason"],
    Action.DECLINE: ["ground", "reason"],
    Action.APPEAL: ["reason"],
    Action.WITHDRAW: ["reason"],
    Action.REOPEN: ["reason"],
}


ASKED: dict[str, Any] = {"body": OTHER_BODY, "expected_on": date.fromisoformat(SOON), "reason": REASON}


def filed(town: Town) -> Filed:
    return file_obstacle(town.app, town.president)


def in_review(town: Town) -> Filed:
    return move(town.app, moves.claim, filed(town), town.reviewer)


def asked(town: Town) -> Filed:
    return move(town.app, moves.request_information, in_review(town), town.reviewer, question=QUESTION)


def resolved(town: Town) -> Filed:
    given: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": SOLUTION}
    return move(town.app, moves.resolve, in_review(town), town.reviewer, **given)


def closed(town: Town) -> Filed:
    return move(town.app, moves.confirm, resolved(town), town.president)


def withdrawn(town: Town) -> Filed:
    return move(town.app, moves.withdraw, filed(town), town.president, reason=REASON)


def at_region(town: Town) -> Filed:
    return move(town.app, moves.escalate, filed(town), town.reviewer, reason=REASON)


def in_review_at_region(town: Town) -> Filed:
    return move(town.app, moves.claim, at_region(town), town.member)


def asked_at_region(town: Town) -> Filed:
    return move(town.app, moves.request_information, in_review_at_region(town), town.member, question=QUESTION)


def referred(town: Town) -> Filed:
    return move(town.app, moves.refer_out, in_review(town), town.reviewer, **ASKED)


def declined(town: Town) -> Filed:
    given: dict[str, Any] = {"ground": Ground.OUTSIDE_SCOPE, "reason": REASON}
    return move(town.app, moves.decline, in_review(town), town.coordinator, **given)


def resolved_at_region(town: Town) -> Filed:
    given: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": SOLUTION}
    return move(town.app, moves.resolve, in_review_at_region(town), town.member, **given)


def declined_at_region(town: Town) -> Filed:
    given: dict[str, Any] = {"ground": Ground.OUTSIDE_SCOPE, "reason": REASON}
    return move(town.app, moves.decline, in_review_at_region(town), town.chair, **given)


def late(town: Town) -> Filed:
    return file_obstacle(town.app, town.president, now=LONG_AGO)


CASES: dict[str, Callable[[Town], Filed]] = {
    made.__name__: made
    for made in (
        filed, late, in_review, asked, referred, resolved, closed, withdrawn, declined,
        at_region, in_review_at_region, asked_at_region, resolved_at_region, declined_at_region,
    )
}  # fmt: skip


def answers(town: Town, case: Filed, action: Action) -> dict[str, str]:
    """Return what the form of a move sends for this case: it is assigned to a member of its present desk."""
    if action is not Action.ASSIGN:
        return FIELDS[action]
    at_region = obstacle_row(town.app, case)["level"] == "region"
    return {"assignee": str((town.member if at_region else town.reviewer).id)}


def slug(action: Action | Remark) -> str:
    """Return an action, or a remark, as addresses write it."""
    return action.value.replace("_", "-")


def address(case: Filed, action: Action | None = None) -> str:
    """Return the address of a case, or of one of its moves."""
    return f"/obstacles/{case.reference}" + (f"/{slug(action)}" if action else "")


def sent(case: Filed, action: Action, key: str = "a-key", **given: Any) -> dict[str, Any]:
    """Return what the form of a move sends from the page as it is now."""
    return {"version": str(case.version), "idempotency_key": key, **FIELDS[action], **given}


MOVES = {slug(action) for action in FIELDS}
"""The last word of the address of every move that has a page."""
