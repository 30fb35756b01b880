"""Which moves have a page: the form each asks with, and the service that carries it out. One line a move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from escalation.domain.codes import Action, Channel, Outcome
from escalation.models.obstacles import Obstacle
from escalation.services import moves
from escalation.services.transitions import By
from escalation.web.forms.actions import AnswerForm, MoveForm, QuestionForm, ReasonForm, ResolveForm


@dataclass(frozen=True)
class Act:
    """One move as a page."""

    form: type[MoveForm]
    carry_out: Callable[[int, By, Any], Obstacle]
    is_final: bool = False
    """It ends the case, so its button says so in colour."""


def _resolve(obstacle_id: int, by: By, form: ResolveForm) -> Obstacle:
    return moves.resolve(
        obstacle_id,
        by,
        outcome=Outcome(form.outcome.data),
        resolution=form.resolution.data or "",
        remaining=form.remaining.data or "",
        commitment_who=form.commitment_who.data or "",
        commitment_what=form.commitment_what.data or "",
        commitment_by=form.commitment_by.data,
    )


# fmt: off
ACTS: dict[Action, Act] = {
    Action.CLAIM: Act(MoveForm, lambda i, by, _form: moves.claim(i, by)),
    Action.RESOLVE: Act(ResolveForm, _resolve),
    Action.REQUEST_INFORMATION: Act(
        QuestionForm, lambda i, by, form: moves.request_information(i, by, question=form.question.data)
    ),
    Action.ESCALATE: Act(ReasonForm, lambda i, by, form: moves.escalate(i, by, reason=form.reason.data)),
    Action.ANSWER: Act(
        AnswerForm,
        lambda i, by, form: moves.answer(i, by, answer=form.answer.data, channel=Channel(form.channel.data)),
    ),
    Action.CONFIRM: Act(MoveForm, lambda i, by, _form: moves.confirm(i, by)),
    Action.WITHDRAW: Act(ReasonForm, lambda i, by, form: moves.withdraw(i, by, reason=form.reason.data), is_final=True),
}
# fmt: on
