"""Every combination of action, status, level, target, office, place and situation, and what the domain answers to it.

The golden file holds the combinations that are allowed, one a line; everything else is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from escalation.domain.case import Case
from escalation.domain.codes import Action, Level, Office, Status
from escalation.domain.errors import NotAllowed, TransitionNotAllowed
from escalation.domain.policy import CLOCK, Actor, CommuneTerm, MandateHeld, check_standing, mandate_for
from escalation.domain.workflow import Goes, Move, Target, check_rules, find_transition

GOLDEN = Path(__file__).parent / "golden" / "moves.txt"

PLACES = {
    "own_commune": "03.531.07.09",
    "other_commune": "03.531.07.03",
    "own_province": "03.531",
    "other_province": "03.561",
    "own_region": "03",
    "other_region": "01",
}
SITUATIONS = ("plain", "assignee", "author", "recused", "assignee_gone", "empty_desk")
"""What else is true: the actor has the case, wrote it or is recused; who had it is gone; its desk has nobody."""

ME, SOMEBODY, THE_AUTHOR = 1, 2, 3


@dataclass(frozen=True)
class Seat:
    """An office somewhere, with a delegate's permission to file or without."""

    office: Office
    place: str
    may_file: bool = False

    def __str__(self) -> str:
        return f"{self.office}{'+permission' if self.may_file else ''} {self.place}"

    def mandate(self, mandate_id: int = 7) -> MandateHeld:
        """Return the mandate that gives this seat."""
        return MandateHeld(mandate_id, self.office, PLACES[self.place], self.may_file)


def seats() -> Iterator[Seat]:
    """Yield every office at every place."""
    for office, place in product(Office, PLACES):
        yield Seat(office, place)
        if office is Office.COMMUNE_DELEGATE:
            yield Seat(office, place, may_file=True)


def case_at(status: Status, level: Level) -> Case:
    """Return a case on which no rule under the table forbids anything, and whose every clock has run out."""
    desk = {Level.COMMUNE: None, Level.PROVINCE: PLACES["own_province"], Level.REGION: PLACES["own_region"]}[level]
    return Case(
        status=status,
        level=level,
        commune_code=PLACES["own_commune"],
        province_code=PLACES["own_province"],
        region_code=PLACES["own_region"],
        author_id=THE_AUTHOR,
        desk_code=desk,
        assignee_id=SOMEBODY,
        filed_on=None if status is Status.DRAFT else date(2026, 3, 2),
        desks=frozenset({desk} if desk else ()),
        is_overdue=True,
        is_past_grace=True,
        wait_is_over=True,
        confirmation_is_due=True,
    )


def in_situation(case: Case, seat: Seat, situation: str) -> tuple[Actor, Case]:
    """Return the actor of a seat and the case, in one situation."""
    terms = (CommuneTerm(case.commune_code, date(2021, 9, 8), None),) if situation == "recused" else ()
    changes: dict[str, dict[str, Any]] = {
        "assignee": {"assignee_id": ME},
        "author": {"author_id": ME},
        "assignee_gone": {"assignee_serves": False},
        "empty_desk": {"assignee_serves": False, "desk_is_staffed": False},
    }
    return Actor(ME, (seat.mandate(),), terms), replace(case, **changes.get(situation, {}))


def decide(actor: Actor, action: Action, case: Case, target: Target | None) -> Move | None:
    """Return the row of the table by which this actor may make this move, or None."""
    try:
        move = find_transition(action, case.status, case.level, target)
        check_rules(case, action)
        if actor is CLOCK:
            check_standing(actor, action, case)
            return move
    except TransitionNotAllowed:
        return None
    return move if mandate_for(actor, move, case) else None


def allowed_lines() -> Iterator[str]:
    """Yield one line per allowed combination, in the order of the codes."""
    for action, status, level, target in product(Action, Status, Level, (None, *Target)):
        if not has_row(action, status, level, target):
            continue
        case = case_at(status, level)
        start = f"{action} {status} {level} {target or '-'}"
        for seat, situation in product(seats(), SITUATIONS):
            actor, situated = in_situation(case, seat, situation)
            if move := decide(actor, action, situated, target):
                yield f"{start} {seat} {situation} -> {_after(move, level)}"
        if (move := _by_clock(action, case, target)) is not None:
            yield f"{start} clock - due -> {_after(move, level)}"


def has_row(action: Action, status: Status, level: Level, target: Target | None) -> bool:
    """Say whether the table has such a row, whoever acts."""
    try:
        find_transition(action, status, level, target)
    except TransitionNotAllowed:
        return False
    return True


def _by_clock(action: Action, case: Case, target: Target | None) -> Move | None:
    try:
        return decide(CLOCK, action, case, target)
    except NotAllowed:
        return None


def _after(move: Move, level: Level) -> str:
    after = "first_desk" if move.goes is Goes.FIRST_DESK else move.level_after(level)
    return f"{move.after or '-'} {after or '-'} {move.event or '-'}"
