"""Which moves have a page: the form each asks with, and the service that carries it out. One line a move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from escalation.domain.codes import Action, Channel, Ground, Level, Outcome
from escalation.domain.errors import MissingInput
from escalation.models.obstacles import Obstacle
from escalation.services.case import moves
from escalation.services.case.transitions import By
from escalation.web.forms.actions import AnswerForm, ConfirmForm, MoveForm, QuestionForm, ReasonForm, ResolveForm
from escalation.web.forms.aims import AssignForm, DeclineForm, ReferOutForm, ReplyForm, TransferForm, number_in


@dataclass(frozen=True)
class Act:
    """One move as a page."""

    form: type[MoveForm]
    carry_out: Callable[[int, By, Any], Obstacle]
    is_final: bool = False
    """It ends the case, so its button says so in colour."""
    is_direct: bool = False
    """It asks nothing and has nothing to explain: the case page may send it itself."""


def _resolve(obstacle_id: int, by: By, form: ResolveForm) -> Obstacle:
    return moves.resolve(
        obstacle_id,
        by,
        outcome=Outcome(form.outcome.data),
        resolution=form.resolution.data or "",
        remaining=form.remaining.data or "",
        evidence=form.evidence.data or "",
        commitment_who=form.commitment_who.data or "",
        commitment_what=form.commitment_what.data or "",
        commitment_by=form.commitment_by.data,
    )


def _refer_out(obstacle_id: int, by: By, form: ReferOutForm) -> Obstacle:
    if form.expected_on.data is None:
        raise MissingInput(["expected_on"])
    return moves.refer_out(
        obstacle_id,
        by,
        body=form.body.data or None,
        session=Level(form.session.data) if form.session.data else None,
        expected_on=form.expected_on.data,
        reason=form.reason.data or "",
    )


def _decline(obstacle_id: int, by: By, form: DeclineForm) -> Obstacle:
    ground, reason = Ground(form.ground.data), form.reason.data or ""
    return moves.decline(obstacle_id, by, ground=ground, reason=reason, duplicate_of=form.earlier_case)


# fmt: off
ACTS: dict[Action, Act] = {
    Action.CLAIM: Act(MoveForm, lambda i, by, _form: moves.claim(i, by), is_direct=True),
    Action.CONFIRM: Act(ConfirmForm, lambda i, by, form: moves.confirm(i, by, evidence=form.evidence.data or "")),
    Action.CONTEST: Act(ReasonForm, lambda i, by, form: moves.contest(i, by, reason=form.reason.data)),
    Action.ANSWER: Act(
        AnswerForm,
        lambda i, by, form: moves.answer(i, by, answer=form.answer.data, channel=Channel(form.channel.data)),
    ),
    Action.RECORD_REPLY: Act(
        ReplyForm,
        lambda i, by, form: moves.record_reply(i, by, approach=number_in(form.approach), reply=form.reply.data),
    ),
    Action.RESOLVE: Act(ResolveForm, _resolve),
    Action.REQUEST_INFORMATION: Act(
        QuestionForm, lambda i, by, form: moves.request_information(i, by, question=form.question.data)
    ),
    Action.REFER_OUT: Act(ReferOutForm, _refer_out),
    Action.RESUME: Act(ReasonForm, lambda i, by, form: moves.resume(i, by, reason=form.reason.data)),
    Action.APPEAL: Act(ReasonForm, lambda i, by, form: moves.appeal(i, by, reason=form.reason.data)),
    Action.ESCALATE_OVERDUE: Act(MoveForm, lambda i, by, _form: moves.escalate_overdue(i, by)),
    Action.ESCALATE: Act(ReasonForm, lambda i, by, form: moves.escalate(i, by, reason=form.reason.data)),
    Action.ASSIGN: Act(AssignForm, lambda i, by, form: moves.assign(i, by, assignee=number_in(form.assignee))),
    Action.SEND_BACK: Act(ReasonForm, lambda i, by, form: moves.send_back(i, by, reason=form.reason.data)),
    Action.TRANSFER: Act(
        TransferForm,
        lambda i, by, form: moves.transfer(i, by, target=form.target.data, reason=form.reason.data),
    ),
    Action.RELEASE: Act(MoveForm, lambda i, by, _form: moves.release(i, by), is_direct=True),
    Action.REOPEN: Act(ReasonForm, lambda i, by, form: moves.reopen(i, by, reason=form.reason.data)),
    Action.DECLINE: Act(DeclineForm, _decline, is_final=True),
    Action.WITHDRAW: Act(ReasonForm, lambda i, by, form: moves.withdraw(i, by, reason=form.reason.data), is_final=True),
}
# fmt: on
"""In the order in which a case page offers them: what is most often done comes first, what ends a case last."""
