"""The table of moves is what the golden file says, whole, and the rules under it forbid what they say."""

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.case import Case
from escalation.domain.codes import ENDED, MOVES, NO_MOVES, OFFICE_LEVEL, Action, Event, Level, Status
from escalation.domain.errors import NotAllowed, TransitionNotAllowed
from escalation.domain.policy import CLOCK, allowed_actions, check_standing, may
from escalation.domain.workflow import (
    CLOCK_RULES,
    RULES,
    TABLE,
    Goes,
    Target,
    Who,
    check_rules,
    find_transition,
    is_final,
    moves_from,
)
from tests.domain.grid import GOLDEN, SITUATIONS, allowed_lines, case_at, has_row, in_situation, seats

LINES = GOLDEN.read_text(encoding="utf-8").splitlines()
DESKS = (Level.PROVINCE, Level.REGION)


def test_the_domain_allows_what_the_golden_file_says_and_nothing_else() -> None:
    found = list(allowed_lines())
    advice = "Read each difference against the table of moves; then python -m tests.domain.regenerate"
    assert found == LINES, advice


def test_the_pages_are_offered_what_the_golden_file_says_and_nothing_else() -> None:
    golden: dict[tuple[str, ...], set[str]] = {}
    for line in LINES:
        action, status, level, _target, office, place, situation = line.split(" -> ")[0].split()
        golden.setdefault((status, level, office, place, situation), set()).add(action)
    for status, level, seat, situation in product(Status, Level, seats(), SITUATIONS):
        actor, case = in_situation(case_at(status, level), seat, situation)
        key = (status, level, *str(seat).split(), situation)
        assert set(allowed_actions(actor, case)) == golden.get(key, set()), key


def test_the_clock_does_only_what_the_golden_file_says_and_only_in_its_time() -> None:
    golden = {tuple(line.split()[:3]) for line in LINES if " clock " in line}
    for status, level, action in product(Status, Level, Action):
        case = case_at(status, level)
        early = replace(case, is_past_grace=False, wait_is_over=False, confirmation_is_due=False)
        assert may(CLOCK, action, case) == ((action, status, level) in golden)
        assert not may(CLOCK, action, early)
        with pytest.raises(NotAllowed):
            check_standing(CLOCK, action, early)
    assert {action for action, *_ in golden} == set(CLOCK_RULES)


def test_no_row_is_ambiguous() -> None:
    keys = Counter(
        (move.action, status, level, move.target) for move in TABLE for status in move.before for level in move.levels
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_action_and_every_event_of_a_move_is_in_the_table_and_no_other() -> None:
    assert {move.action for move in TABLE} == set(Action)
    assert {move.event for move in TABLE} - {None} == MOVES
    assert set(Event) == MOVES | NO_MOVES
    assert not MOVES & NO_MOVES


def test_every_row_says_who_and_goes_somewhere() -> None:
    for move in TABLE:
        assert move.who
        assert (
            (move.after is None)
            == (move.event is None)
            == (move.goes is Goes.NOWHERE)
            == (move.action is Action.DISCARD)
        )
    assert {who for move in TABLE for who in move.who} == set(Who)


def reachable() -> set[tuple[Status, Level]]:
    """Return every status and level that moves lead to from a draft."""
    seen, ahead = set(), [(Status.DRAFT, Level.COMMUNE)]
    while ahead:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        for move in moves_from(*here):
            firsts = DESKS if move.goes is Goes.FIRST_DESK else (None,)
            levels = (move.level_after(here[1], first) for first in firsts)
            ahead += [(move.after, level) for level in levels if move.after and level]
    return seen


def test_every_status_and_every_action_is_reached_from_a_draft() -> None:
    desks = {(status, level) for status in Status for level in DESKS if status is not Status.DRAFT}
    assert reachable() == desks | {(Status.DRAFT, Level.COMMUNE)}
    assert {move.action for here in reachable() for move in moves_from(*here)} == set(Action)


@pytest.mark.parametrize("level", DESKS)
@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_end_is_left_by_appeal_or_reopening_only(status: Status, level: Level) -> None:
    assert is_final(status)
    assert {move.action for move in moves_from(status, level)} <= {Action.APPEAL, Action.REOPEN}


def test_a_decline_at_the_region_is_final_but_for_its_own_lead() -> None:
    assert [(move.action, move.who) for move in moves_from(Status.DECLINED, Level.REGION)] == [
        (Action.REOPEN, frozenset({Who.LEAD}))
    ]


@given(st.lists(st.integers(min_value=0), max_size=40))
def test_a_walk_never_leaves_the_table(choices: list[int]) -> None:
    status, level = Status.DRAFT, Level.COMMUNE
    for choice in choices:
        moves = list(moves_from(status, level))
        move = moves[choice % len(moves)]
        assert find_transition(move.action, status, level, move.target) is move
        after = move.level_after(level, DESKS[choice % 2])
        if move.after is None or after is None:
            assert move.action is Action.DISCARD
            return
        status, level = move.after, after
        assert (status, level) in reachable()
        assert level is not Level.COMMUNE


@pytest.mark.parametrize("action", Action)
def test_a_move_that_the_table_lacks_is_refused(action: Action) -> None:
    for status, level, target in product(Status, Level, (None, *Target)):
        if not has_row(action, status, level, target):
            with pytest.raises(TransitionNotAllowed, match="no_such_move"):
                find_transition(action, status, level, target)


def refusal(action: Action, case: Case) -> str | None:
    """Return the reason for which a rule forbids a move, or None."""
    try:
        check_rules(case, action)
    except TransitionNotAllowed as refused:
        return refused.reason
    return None


P, R = Level.PROVINCE, Level.REGION
RULE_CASES = [
    (Action.CLAIM, Status.FILED, P, {}, None),
    (Action.CLAIM, Status.IN_REVIEW, P, {}, "already_claimed"),
    (Action.CLAIM, Status.IN_REVIEW, P, {"assignee_serves": False}, None),
    (Action.SEND_BACK, Status.FILED, R, {}, None),
    (Action.SEND_BACK, Status.FILED, R, {"was_sent_back": True}, "sent_back_once"),
    (Action.SEND_BACK, Status.FILED, R, {"came_by": Event.OBSTACLE_APPEALED}, "came_by_appeal_contest_or_clock"),
    (Action.SEND_BACK, Status.FILED, R, {"came_by": Event.OBSTACLE_CONTESTED}, "came_by_appeal_contest_or_clock"),
    (Action.SEND_BACK, Status.FILED, R, {"came_by_clock": True}, "came_by_appeal_contest_or_clock"),
    (Action.SEND_BACK, Status.FILED, R, {"came_by": Event.OBSTACLE_ESCALATED}, None),
    (Action.SEND_BACK, Status.FILED, R, {"province_desk_staffed": False}, "desk_has_nobody"),
    (Action.TRANSFER, Status.FILED, P, {"transfers": 1}, "second_transfer_at_the_region"),
    (Action.TRANSFER, Status.FILED, R, {"transfers": 1}, None),
    (Action.TRANSFER, Status.FILED, P, {}, None),
    (Action.RECORD_REPLY, Status.REFERRED_OUT, P, {}, None),
    (Action.RECORD_REPLY, Status.IN_REVIEW, P, {"has_open_approach": False}, "nobody_was_asked"),
    (Action.RECORD_REPLY, Status.INFORMATION_REQUESTED, R, {"has_open_approach": False}, "nobody_was_asked"),
    (Action.REFER_OUT, Status.IN_REVIEW, P, {"has_open_approach": False}, None),
    (Action.CONTEST, Status.RESOLVED, P, {}, None),
    (Action.CONTEST, Status.RESOLVED, P, {"contested_levels": frozenset({P})}, "contested_once"),
    (Action.CONTEST, Status.RESOLVED, R, {"contested_levels": frozenset({P})}, None),
    (Action.CONTEST, Status.RESOLVED, R, {"contested_levels": frozenset({P, R})}, "contested_once"),
    (Action.ESCALATE_OVERDUE, Status.FILED, P, {"is_overdue": False}, "not_overdue_yet"),
    (Action.ESCALATE_OVERDUE, Status.FILED, P, {"is_past_grace": False}, None),
    (Action.APPEAL, Status.DECLINED, P, {"may_still_appeal": False}, "too_late"),
    (Action.APPEAL, Status.DECLINED, P, {"may_still_reopen": False}, None),
    (Action.REOPEN, Status.CLOSED, P, {"may_still_reopen": False}, "too_late"),
    (Action.REOPEN, Status.DECLINED, P, {"may_still_appeal": False}, None),
    (Action.WITHDRAW, Status.FILED, P, {"may_still_reopen": False, "may_still_appeal": False}, None),
]


@pytest.mark.parametrize(("action", "status", "level", "facts", "reason"), RULE_CASES)
def test_the_rules_under_the_table(
    action: Action, status: Status, level: Level, facts: dict[str, Any], reason: str | None
) -> None:
    assert refusal(action, replace(case_at(status, level), **facts)) == reason


def test_every_rule_is_tried() -> None:
    assert {action for action, *_, reason in RULE_CASES if reason} == set(RULES)


def test_an_office_sits_where_its_level_is() -> None:
    lines = [line.split() for line in LINES if " clock " not in line]
    for words in lines:
        office, place = words[4].removesuffix("+permission"), words[5]
        assert place.removeprefix("own_") == next(str(level) for code, level in OFFICE_LEVEL.items() if code == office)
