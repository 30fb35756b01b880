"""The test by ranks: equal ways are equal, a slower one is found, and the chances are those of the books."""

import pytest

from tests import ranks
from tests.ranks import slower_of


def spin(count: int) -> int:
    """Do so much."""
    return sum(range(count))


def test_a_slower_way_is_found_and_equal_ones_are_not() -> None:
    assert slower_of([lambda: spin(4000)], [lambda: spin(1000)], each=25) == "one"
    assert slower_of([lambda: spin(1000)], [lambda: spin(4000)], each=25) == "other"
    assert slower_of([lambda: spin(2000)], [lambda: spin(2000)], each=25) == ""


@pytest.mark.parametrize(
    ("above", "mine", "theirs", "chance"), [(9, 3, 3, 1 / 20), (8, 3, 3, 2 / 20), (0, 3, 3, 1.0), (16, 4, 4, 1 / 70)]
)
def test_the_chances_are_those_of_counting_every_order(above: int, mine: int, theirs: int, chance: float) -> None:
    assert ranks._chance_of(above, mine, theirs) == pytest.approx(chance)
