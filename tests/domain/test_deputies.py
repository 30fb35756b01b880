"""For whom somebody acts, when people who are away name one another."""

import random

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.deputies import Named, offices_stood_in_for

AMINA, BRAHIM, CHAMA = 1, 2, 3


def named(*pairs: tuple[int, int]) -> list[Named]:
    """Return who is away and their deputy; the office of each bears ten times their number."""
    return [Named(away * 10, away, deputy) for away, deputy in pairs]


def test_a_deputy_who_is_away_too_is_stood_in_for_in_their_turn() -> None:
    chain = named((AMINA, BRAHIM), (BRAHIM, CHAMA))
    assert offices_stood_in_for(CHAMA, chain) == {10, 20}
    assert offices_stood_in_for(BRAHIM, chain) == {10}
    assert offices_stood_in_for(AMINA, chain) == set()


def test_a_circle_ends_where_it_began_and_nobody_acts_for_themselves() -> None:
    circle = named((AMINA, BRAHIM), (BRAHIM, CHAMA), (CHAMA, AMINA))
    assert offices_stood_in_for(AMINA, circle) == {20, 30}
    assert offices_stood_in_for(AMINA, named((AMINA, AMINA))) == set()


def test_of_two_offices_only_the_one_that_was_given_is_passed_on() -> None:
    two = [Named(10, AMINA, BRAHIM), Named(11, AMINA, CHAMA)]
    assert offices_stood_in_for(BRAHIM, two) == {10}
    assert offices_stood_in_for(CHAMA, two) == {11}


PAIRS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=10)


@given(PAIRS, st.integers(1, 6))
def test_it_is_what_following_the_names_step_by_step_finds(pairs: list[tuple[int, int]], me: int) -> None:
    links = [Named(number, away, deputy) for number, (away, deputy) in enumerate(pairs)]
    reached = {me}
    for _step in range(len(pairs)):
        reached |= {away for away, deputy in pairs if deputy in reached}
    expected = {one.mandate_id for one in links if one.deputy_id in reached and one.holder_id != me}
    shuffled = random.Random(1).sample(links, len(links))
    assert offices_stood_in_for(me, links) == offices_stood_in_for(me, shuffled) == expected
