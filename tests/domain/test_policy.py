"""Who may do and who may see, from mandates and the facts of a case alone."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.case import Case
from escalation.domain.codes import OFFICE_LEVEL, Action, Level, Office, Status
from escalation.domain.errors import NotAllowed
from escalation.domain.policy import (
    CLOCK,
    Actor,
    CommuneTerm,
    MandateHeld,
    allowed_actions,
    check_standing,
    is_recused,
    mandate_for,
    may,
    may_edit_draft,
    may_file,
    may_prepare,
    may_see,
)
from escalation.domain.workflow import find_transition
from tests.domain.grid import ME, PLACES, SOMEBODY, THE_AUTHOR, Seat, case_at

COMMUNE, NEIGHBOUR = PLACES["own_commune"], PLACES["other_commune"]
PROVINCE, REGION = PLACES["own_province"], PLACES["own_region"]
FILED = case_at(Status.FILED, Level.PROVINCE)
DRAFT = case_at(Status.DRAFT, Level.COMMUNE)


def holds(*mandates: tuple[Office, str], terms: tuple[CommuneTerm, ...] = (), may_file: bool = False) -> Actor:
    """Return an actor with these mandates, numbered from 1."""
    held = (MandateHeld(number, office, place, may_file) for number, (office, place) in enumerate(mandates, 1))
    return Actor(ME, tuple(held), terms)


@pytest.mark.parametrize(
    ("term", "recused"),
    [
        (CommuneTerm(COMMUNE, date(2021, 9, 8), None), True),
        (CommuneTerm(COMMUNE, date(2015, 9, 8), date(2021, 9, 7)), False),
        (CommuneTerm(COMMUNE, date(2021, 9, 8), date(2026, 3, 1)), False),
        (CommuneTerm(COMMUNE, date(2021, 9, 8), date(2026, 3, 2)), True),
        (CommuneTerm(COMMUNE, date(2026, 5, 1), date(2026, 6, 1)), True),
        (CommuneTerm(NEIGHBOUR, date(2021, 9, 8), None), False),
    ],
)
def test_recused_is_who_held_an_office_in_the_commune_since_the_filing(term: CommuneTerm, recused: bool) -> None:
    reviewer = holds((Office.PROVINCE_REVIEWER, PROVINCE), terms=(term,))
    assert is_recused(reviewer, FILED) is recused
    assert may(reviewer, Action.CLAIM, FILED) is not recused
    assert may_see(reviewer, FILED)


def test_who_is_recused_is_told_so() -> None:
    reviewer = holds((Office.PROVINCE_REVIEWER, PROVINCE), terms=(CommuneTerm(COMMUNE, date(2021, 9, 8), None),))
    with pytest.raises(NotAllowed) as refused:
        check_standing(reviewer, Action.CLAIM, FILED)
    assert refused.value.reason == "recused"
    with pytest.raises(NotAllowed) as refused:
        check_standing(holds((Office.GROUP_MEMBER, REGION)), Action.CLAIM, FILED)
    assert refused.value.reason == "no_mandate"


def test_who_is_recused_still_acts_for_the_commune() -> None:
    both = holds(
        (Office.PROVINCE_COORDINATOR, PROVINCE),
        (Office.COMMUNE_PRESIDENT, COMMUNE),
        terms=(CommuneTerm(COMMUNE, date(2021, 9, 8), None),),
    )
    assert set(allowed_actions(both, FILED)) == {Action.WITHDRAW, Action.ESCALATE_OVERDUE}


@pytest.mark.parametrize(
    ("action", "status", "mandate_id"),
    [(Action.CLAIM, Status.FILED, 2), (Action.WITHDRAW, Status.FILED, 3), (Action.ASSIGN, Status.FILED, 4)],
)
def test_the_answer_is_the_mandate_that_allows_the_act(action: Action, status: Status, mandate_id: int) -> None:
    many = holds(
        (Office.ADMINISTRATOR, REGION),
        (Office.PROVINCE_REVIEWER, PROVINCE),
        (Office.COMMUNE_PRESIDENT, COMMUNE),
        (Office.PROVINCE_COORDINATOR, PROVINCE),
    )
    move = find_transition(action, status, Level.PROVINCE)
    found = mandate_for(many, move, FILED)
    assert found is not None
    assert found.id == mandate_id


@pytest.mark.parametrize("action", [Action.FILE, Action.DISCARD])
def test_a_delegate_acts_for_the_commune_with_a_permission_only(action: Action) -> None:
    without, permitted = (Seat(Office.COMMUNE_DELEGATE, "own_commune", may_file=given) for given in (False, True))
    assert not may(Actor(ME, (without.mandate(),)), action, DRAFT)
    assert may(Actor(ME, (permitted.mandate(),)), action, DRAFT)
    elsewhere = Seat(Office.COMMUNE_DELEGATE, "other_commune", may_file=True)
    assert not may(Actor(ME, (elsewhere.mandate(),)), action, DRAFT)


def test_a_permission_is_of_one_mandate() -> None:
    two = Actor(
        ME,
        (
            MandateHeld(1, Office.COMMUNE_DELEGATE, COMMUNE),
            MandateHeld(2, Office.COMMUNE_DELEGATE, NEIGHBOUR, may_file=True),
        ),
    )
    assert not may(two, Action.FILE, DRAFT)
    assert not may_file(two, COMMUNE)
    assert may_file(two, NEIGHBOUR)


def test_a_delegate_without_permission_discards_their_own_draft_only() -> None:
    scribe = holds((Office.COMMUNE_DELEGATE, COMMUNE))
    assert may(scribe, Action.DISCARD, replace(DRAFT, author_id=ME))
    assert may_edit_draft(scribe, DRAFT)
    assert not may_edit_draft(scribe, FILED)


def test_the_secretariat_files_only_what_it_wrote_in_its_region() -> None:
    staff = holds((Office.SECRETARIAT_STAFF, REGION))
    assert may(staff, Action.FILE, replace(DRAFT, author_id=ME))
    assert not may(staff, Action.FILE, DRAFT)
    assert not may(holds((Office.SECRETARIAT_STAFF, PLACES["other_region"])), Action.FILE, replace(DRAFT, author_id=ME))
    assert may_prepare(staff, COMMUNE, REGION)
    assert not may_prepare(staff, COMMUNE, PLACES["other_region"])
    assert not may_prepare(holds((Office.PROVINCE_COORDINATOR, PROVINCE)), COMMUNE, REGION)


def test_the_assignee_is_nobody_special_once_their_mandate_here_ended() -> None:
    case = replace(case_at(Status.IN_REVIEW, Level.PROVINCE), assignee_id=ME)
    assert Action.RESOLVE in allowed_actions(holds((Office.PROVINCE_REVIEWER, PROVINCE)), case)
    assert allowed_actions(holds((Office.PROVINCE_REVIEWER, PLACES["other_province"])), case) == ()
    assert allowed_actions(Actor(ME), case) == ()


def test_the_regional_secretary_moves_a_case_off_an_empty_desk_and_nothing_else() -> None:
    secretary = holds((Office.REGIONAL_SECRETARY, REGION))
    assert allowed_actions(secretary, FILED) == ()
    empty = replace(FILED, desk_is_staffed=False)
    assert allowed_actions(secretary, empty) == (Action.ESCALATE, Action.TRANSFER)


def test_after_a_transfer_the_other_province_decides_and_the_first_one_reads() -> None:
    there = replace(FILED, desk_code=PLACES["other_province"], desks=frozenset({PROVINCE, PLACES["other_province"]}))
    first, other = (holds((Office.PROVINCE_REVIEWER, place)) for place in (PROVINCE, PLACES["other_province"]))
    assert allowed_actions(first, there) == ()
    assert Action.CLAIM in allowed_actions(other, there)
    assert may_see(first, there)
    assert may_see(other, there)
    assert not may_see(other, FILED)


def test_a_level_that_passed_a_case_up_keeps_reading_it() -> None:
    climbed = replace(case_at(Status.FILED, Level.REGION), desks=frozenset({PROVINCE, REGION}))
    reviewer = holds((Office.PROVINCE_REVIEWER, PROVINCE))
    assert may_see(reviewer, climbed)
    assert allowed_actions(reviewer, climbed) == ()
    assert not may_see(holds((Office.GROUP_MEMBER, REGION)), FILED)


SEES_FILED = {
    (Office.COMMUNE_PRESIDENT, "own_commune"),
    (Office.COMMUNE_DELEGATE, "own_commune"),
    (Office.PROVINCE_REVIEWER, "own_province"),
    (Office.PROVINCE_COORDINATOR, "own_province"),
    (Office.PROVINCIAL_SECRETARY, "own_province"),
    (Office.REGIONAL_SECRETARY, "own_region"),
}


@pytest.mark.parametrize(
    ("office", "place"),
    [(office, place) for office in Office for place in PLACES if place.endswith(OFFICE_LEVEL[office])],
)
def test_who_sees_a_case_at_the_province_and_a_draft(office: Office, place: str) -> None:
    actor = Actor(ME, (Seat(office, place).mandate(),))
    assert may_see(actor, FILED) == ((office, place) in SEES_FILED)
    assert may_see(actor, DRAFT) == ((office, place) in SEES_FILED and place == "own_commune")


@pytest.mark.parametrize("case", [FILED, DRAFT, case_at(Status.IN_REVIEW, Level.REGION)])
def test_nobody_and_an_actor_without_mandate_may_nothing(case: Case) -> None:
    for actor in (Actor(ME), Actor(THE_AUTHOR), Actor(SOMEBODY), Actor(None)):
        assert allowed_actions(actor, case) == ()
        assert not may_see(actor, case)


def test_the_clock_is_one_and_not_merely_nobody() -> None:
    due = case_at(Status.RESOLVED, Level.PROVINCE)
    assert may(CLOCK, Action.CONFIRM, due)
    assert not may(Actor(person_id=None), Action.CONFIRM, due)
    with pytest.raises(NotAllowed):
        check_standing(CLOCK, Action.CONFIRM, replace(due, confirmation_is_due=False))
    with pytest.raises(NotAllowed):
        check_standing(CLOCK, Action.CLAIM, FILED)


AWAY, COLLEAGUE = 801, 802
TERMS = st.sampled_from(((), (CommuneTerm(COMMUNE, date(2021, 9, 8), None),)))
DESK_OFFICES = st.sampled_from((Office.PROVINCE_REVIEWER, Office.PROVINCE_COORDINATOR))


@given(
    offices=st.tuples(DESK_OFFICES, DESK_OFFICES),
    my_terms=TERMS,
    their_terms=TERMS,
    assignee=st.sampled_from((None, ME, AWAY, COLLEAGUE)),
    status=st.sampled_from((Status.FILED, Status.IN_REVIEW, Status.REFERRED_OUT, Status.RESOLVED, Status.DECLINED)),
)
def test_a_deputy_does_what_they_or_who_is_away_may_and_never_more(
    offices: tuple[Office, Office],
    my_terms: tuple[CommuneTerm, ...],
    their_terms: tuple[CommuneTerm, ...],
    assignee: int | None,
    status: Status,
) -> None:
    case = replace(case_at(status, Level.PROVINCE), assignee_id=assignee, desk_is_staffed=True)
    own, theirs = MandateHeld(1, offices[0], PROVINCE), MandateHeld(2, offices[1], PROVINCE)
    held = replace(theirs, for_person_id=AWAY, for_terms=their_terms)
    alone, away = Actor(ME, (own,), my_terms), Actor(AWAY, (theirs,), their_terms)
    deputy = set(allowed_actions(Actor(ME, (own, held), my_terms), case))
    mine, passed_on = set(allowed_actions(alone, case)), set(allowed_actions(away, case))
    assert mine <= deputy <= mine | passed_on
    if my_terms:
        assert not deputy, "whoever is recused decides nothing, for themselves or for others"
    elif not their_terms:
        assert deputy == mine | passed_on


def test_ones_own_office_is_used_before_that_of_who_is_away() -> None:
    own = MandateHeld(7, Office.PROVINCE_REVIEWER, PROVINCE)
    held = MandateHeld(3, Office.PROVINCE_COORDINATOR, PROVINCE, for_person_id=AWAY)
    deputy = Actor(ME, (own, held))
    claim = find_transition(Action.CLAIM, Status.FILED, Level.PROVINCE)
    assign = find_transition(Action.ASSIGN, Status.FILED, Level.PROVINCE)
    assert mandate_for(deputy, claim, FILED) is own
    assert mandate_for(deputy, assign, FILED) is held
