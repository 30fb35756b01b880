"""What a move writes on the obstacle itself: who has it, what is awaited by when, who was asked, what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.domain import clocks
from escalation.domain.codes import ON_THE_DESK, Action, Level, Status
from escalation.models.obstacles import Approach
from escalation.queries.case.cases import Dossier
from escalation.services.case.aims import find_open_approach, same_approach

Codes = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Making:
    """A move that is being made: on which case, from where, by whom and when, and the codes it was given."""

    session: Session
    dossier: Dossier
    from_status: Status
    from_level: Level
    person_id: int | None
    now: datetime
    codes: Mapping[str, Any]


def keep_facts(action: Action, making: Making) -> Codes:
    """Write what a move says of the obstacle, and return the codes that its event holds besides."""
    obstacle = making.dossier.obstacle
    if obstacle.status is not making.from_status:
        obstacle.answer_by = obstacle.confirm_by = None
    if obstacle.status is Status.FILED:
        obstacle.assignee_id = None
        obstacle.outcome = obstacle.confirmed_by = obstacle.commitment_by = None
    if obstacle.status not in ON_THE_DESK or obstacle.level is not Level.REGION:
        obstacle.marked_for_meeting = False
    keep = KEEPERS.get(action)
    return keep(making) if keep else {}


def _take_in_charge(making: Making) -> Codes:
    dossier = making.dossier
    dossier.obstacle.assignee_id = making.codes.get("assignee", making.person_id)
    if dossier.referral is not None:
        dossier.referral.claimed_at = dossier.referral.claimed_at or making.now
    return {}


def _await_answer(making: Making) -> Codes:
    dossier = making.dossier
    answer_by = clocks.question_answer_by(dossier.calendar, dossier.today, dossier.settings.question_wait_days)
    dossier.obstacle.answer_by = answer_by
    return {"answer_by": answer_by}


def _await_others(making: Making) -> Codes:
    """Note who was asked; somebody asked again before replying has their time extended, once."""
    dossier, codes = making.dossier, making.codes
    again = same_approach(dossier, codes)
    if again is not None:
        again.expected_on, again.was_extended = codes["expected_on"], True
        return {"approach": again.number, "extended": True}
    approach = Approach(
        obstacle_id=dossier.obstacle.id,
        number=len(dossier.approaches) + 1,
        body_code=codes.get("body"),
        session=codes.get("session"),
        asked_on=dossier.today,
        asked_seq=dossier.obstacle.journal_seq + 1,
        expected_on=codes["expected_on"],
        was_extended=False,
    )
    making.session.add(approach)
    dossier.approaches.append(approach)
    return {"approach": approach.number}


def _note_reply(making: Making) -> Codes:
    approach = find_open_approach(making.dossier, making.codes["approach"])
    approach.replied_seq = making.dossier.obstacle.journal_seq + 1
    return {"body": approach.body_code, "session": approach.session}


def _present_solution(making: Making) -> Codes:
    dossier, obstacle = making.dossier, making.dossier.obstacle
    obstacle.outcome = making.codes["outcome"]
    obstacle.commitment_by = making.codes.get("commitment_by")
    obstacle.confirm_by = clocks.confirm_by(
        dossier.calendar, dossier.today, dossier.settings.confirm_days, obstacle.commitment_by
    )
    return {"confirm_by": obstacle.confirm_by}


def _close(making: Making) -> Codes:
    making.dossier.obstacle.confirmed_by = making.codes["confirmed_by"]
    return {}


def _mark_for_meeting(making: Making) -> Codes:
    """Mark a case that the region's own solution did not settle for the next special meeting."""
    making.dossier.obstacle.marked_for_meeting = making.from_level is Level.REGION
    return {"for_meeting": True} if making.from_level is Level.REGION else {}


KEEPERS: dict[Action, Callable[[Making], Codes]] = {
    Action.CLAIM: _take_in_charge,
    Action.ASSIGN: _take_in_charge,
    Action.REQUEST_INFORMATION: _await_answer,
    Action.REFER_OUT: _await_others,
    Action.RECORD_REPLY: _note_reply,
    Action.RESOLVE: _present_solution,
    Action.CONFIRM: _close,
    Action.CONTEST: _mark_for_meeting,
}
