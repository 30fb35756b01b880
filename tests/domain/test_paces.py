"""How many may leave at once, and what is kept free for those that cannot wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.codes import Lane
from escalation.domain.paces import SECOND_US, domain_of, take_turns, turns_free

NOW = 1_790_000_000 * SECOND_US


@pytest.mark.parametrize(("rate", "bulk", "interactive"), [(1, 1, 2), (5, 1, 2), (10, 1, 2), (100, 19, 20)])
def test_a_little_may_be_taken_ahead_and_of_it_the_last_for_what_cannot_wait(
    rate: int, bulk: int, interactive: int
) -> None:
    assert turns_free(0, NOW, rate, Lane.BULK) == bulk
    assert turns_free(0, NOW, rate, Lane.INTERACTIVE) == interactive


@given(st.integers(1, 1000), st.integers(1, 50))
def test_what_cannot_wait_finds_a_turn_whatever_bulk_has_taken(rate: int, rounds: int) -> None:
    free_at, now = 0, NOW
    for _ in range(rounds):
        free_at = take_turns(free_at, now, rate, turns_free(free_at, now, rate, Lane.BULK))
        assert turns_free(free_at, now, rate, Lane.INTERACTIVE) >= 1
        now += SECOND_US // (3 * rate)


@given(st.integers(1, 1000), st.lists(st.integers(0, 2 * SECOND_US), max_size=40))
def test_no_second_sees_more_than_the_limit_and_what_may_be_ahead(rate: int, pauses: list[int]) -> None:
    free_at, now, taken = 0, NOW, 0
    for pause in pauses:
        now += pause
        count = turns_free(free_at, now, rate, Lane.INTERACTIVE)
        free_at, taken = take_turns(free_at, now, rate, count), taken + count
    assert taken <= rate * (now - NOW) / SECOND_US * 1.01 + max(2, rate / 5 + 1)


def test_the_domain_of_an_address_has_one_spelling() -> None:
    assert domain_of("A.B@Example.TEST") == "example.test"
