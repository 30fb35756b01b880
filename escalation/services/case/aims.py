"""What a move is aimed at, checked against the rows: a colleague, another desk, somebody outside who was asked."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from escalation.domain.codes import Action, Level
from escalation.domain.errors import TransitionNotAllowed, WrongInput
from escalation.domain.workflow import Target
from escalation.extensions import db
from escalation.models.obstacles import Approach
from escalation.models.places import Place
from escalation.models.taxonomy import Body
from escalation.queries.case.cases import Dossier

Codes = Mapping[str, Any]


def aimed_at(action: Action, dossier: Dossier, codes: Codes) -> Target | None:
    """Return what the table calls the aim of this move. Raises: WrongInput when there is no such desk or approach."""
    if action is Action.TRANSFER:
        return _desk_aimed_at(dossier, codes["target"])
    asked = find_open_approach(dossier, codes["approach"])
    return Target.LAST_APPROACH if dossier.open_approaches == [asked] else Target.OTHER_APPROACH


def _desk_aimed_at(dossier: Dossier, desk_code: str) -> Target:
    obstacle = dossier.obstacle
    place = db.session.get(Place, desk_code)
    if place is None or place.retired or place.region_code != obstacle.region_code:
        raise WrongInput("target", "unknown_desk")
    if desk_code == obstacle.desk_code:
        raise WrongInput("target", "present_desk")
    if place.level is Level.REGION:
        return Target.REGION
    if place.level is not Level.PROVINCE:
        raise WrongInput("target", "unknown_desk")
    is_own = obstacle.level is Level.REGION and desk_code == obstacle.province_code
    return Target.OWN_PROVINCE if is_own else Target.OTHER_PROVINCE


def find_open_approach(dossier: Dossier, number: int) -> Approach:
    """Return the approach of a number that waits for its reply. Raises: WrongInput."""
    for approach in dossier.open_approaches:
        if approach.number == number:
            return approach
    raise WrongInput("approach", "not_open")


def same_approach(dossier: Dossier, codes: Codes) -> Approach | None:
    """Return the open approach to the body or the session that is asked again, if there is one."""
    asked = (codes.get("body"), codes.get("session"))
    return next((one for one in dossier.open_approaches if (one.body_code, one.session) == asked), None)


def check_given(action: Action, dossier: Dossier, codes: Codes) -> None:
    """Refuse what the rows of a case do not allow to be given. Raises: WrongInput, TransitionNotAllowed."""
    check = _CHECKS.get(action)
    if check is not None:
        check(dossier, codes)


def _check_assignee(dossier: Dossier, codes: Codes) -> None:
    seated = {member.person_id for member in dossier.members_of(dossier.obstacle.desk_code)}
    if codes["assignee"] not in seated:
        raise WrongInput("assignee", "not_at_this_desk")


def _check_staffed(dossier: Dossier, codes: Codes) -> None:
    if not dossier.members_of(codes["target"]):
        case = dossier.case
        raise TransitionNotAllowed(Action.TRANSFER, case.status, case.level, "desk_has_nobody")


def _check_approach(dossier: Dossier, codes: Codes) -> None:
    body, session = codes.get("body"), codes.get("session")
    if (body is None) == (session is None):
        raise WrongInput("body", "one_of_two")
    if body is not None and ((row := db.session.get(Body, body)) is None or row.retired):
        raise WrongInput("body", "unknown")
    check_expected(dossier, codes["expected_on"])
    again = same_approach(dossier, codes)
    if again is not None and again.was_extended:
        raise WrongInput("expected_on", "extended_once")
    if again is not None and codes["expected_on"] <= again.expected_on:
        raise WrongInput("expected_on", "asked_already")


def check_expected(dossier: Dossier, expected_on: date) -> None:
    """Refuse a day for a reply from outside that has passed or is too far. Raises: WrongInput."""
    if expected_on < dossier.today:
        raise WrongInput("expected_on", "in_the_past")
    if expected_on > furthest_reply(dossier):
        raise WrongInput("expected_on", "too_far")


def furthest_reply(dossier: Dossier) -> date:
    """Return the last day on which a reply from outside may be expected today."""
    return dossier.calendar.add_working_days(dossier.today, dossier.settings.outside_wait_days)


_CHECKS: dict[Action, Callable[[Dossier, Codes], None]] = {
    Action.ASSIGN: _check_assignee,
    Action.TRANSFER: _check_staffed,
    Action.REFER_OUT: _check_approach,
}
