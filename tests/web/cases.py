"""Cases at each point of their path, made by the services for tests of pages, and the fields each move's form sends."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from escalation.domain.codes import Action, Outcome
from escalation.domain.policy import Actor, allowed_actions, may_see
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.queries.cases import Dossier, read_dossier
from escalation.services import moves
from tests.factories import Filed, Inhabitant, Town, actor_of, file_obstacle, move

REASON, QUESTION, ANSWER, SOLUTION = "سبب واضح <b>", "ما رقم الاتفاقية؟", "رقمها 12/2026", "وُقعت الاتفاقية."

FIELDS: dict[Action, dict[str, str]] = {
    Action.CLAIM: {},
    Action.ESCALATE: {"reason": REASON},
    Action.REQUEST_INFORMATION: {"question": QUESTION},
    Action.ANSWER: {"answer": ANSWER, "channel": "phone"},
    Action.RESOLVE: {"outcome": "removed", "resolution": SOLUTION, "remaining": ""},
    Action.CONFIRM: {},
    Action.WITHDRAW: {"reason": REASON},
}
NEEDED: dict[Action, list[str]] = {
    Action.ESCALATE: ["reason"],
    Action.REQUEST_INFORMATION: ["question"],
    Action.ANSWER: ["answer"],
    Action.RESOLVE: ["outcome", "resolution"],
    Action.WITHDRAW: ["reason"],
}


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


CASES: dict[str, Callable[[Town], Filed]] = {
    made.__name__: made
    for made in (filed, in_review, asked, resolved, closed, withdrawn, at_region, in_review_at_region, asked_at_region)
}


def slug(action: Action) -> str:
    """Return an action as addresses write it."""
    return action.value.replace("_", "-")


def address(case: Filed, action: Action | None = None) -> str:
    """Return the address of a case, or of one of its moves."""
    return f"/obstacles/{case.reference}" + (f"/{slug(action)}" if action else "")


def sent(case: Filed, action: Action, key: str = "a-key", **given: Any) -> dict[str, Any]:
    """Return what the form of a move sends from the page as it is now."""
    return {"version": str(case.version), "idempotency_key": key, **FIELDS[action], **given}


def judged(town: Town, case: Filed, person: Inhabitant) -> tuple[bool, set[Action]]:
    """Return what the policy says of a person and a case: is it theirs to see, and what may they do with it now."""
    actor: Actor = actor_of(town.app, person)
    with town.app.app_context():
        dossier: Dossier = read_dossier(db.session.get_one(Obstacle, case.id), datetime.now(UTC))
        return may_see(actor, dossier.case), set(allowed_actions(actor, dossier.case)) & set(FIELDS)
