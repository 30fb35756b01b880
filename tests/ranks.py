"""Whether one of two ways takes longer, told from times that were taken in turns: by ranks, never by seconds.

What else a machine does while it measures falls on both alike; a threshold in seconds would say more about the machine
than about the two ways.
"""

import random
import time
from collections.abc import Callable
from functools import cache
from itertools import chain
from math import comb

FALSE_ALARM = 0.001
"""How often one round says of two equal ways that a given one is slower."""
ROUNDS = 3
Act = Callable[[], object]


def slower_of(one: list[Act], other: list[Act], each: int) -> str:
    """Return ``one`` or ``other`` where that way is slower in every round, nothing where the rounds do not agree.

    In a round every act is done ``each`` times, all of them mixed anew. Two equal ways are told apart by chance in one
    of 500 million runs (2 x 0.001 to the third power), whatever the machine does meanwhile, for what it does does not
    know which act is which. Most runs end with their first round.
    """
    chance, verdicts = random.Random(), set()
    for _round in range(ROUNDS):
        verdicts.add(_verdict(one, other, each, chance))
        if verdicts not in ({"one"}, {"other"}):
            return ""
    return verdicts.pop()


def _verdict(one: list[Act], other: list[Act], each: int, chance: random.Random) -> str:
    acts = [(name, act) for name, group in (("one", one), ("other", other)) for act in group for _ in range(each)]
    chance.shuffle(acts)
    times = sorted((_time_of(act), name) for name, act in acts)
    ranks = {name: [rank for rank, (_time, owner) in enumerate(times) if owner == name] for name in ("one", "other")}
    for name, rest in (("one", "other"), ("other", "one")):
        above = sum(mine > theirs for mine in ranks[name] for theirs in ranks[rest])
        if _chance_of(above, len(ranks[name]), len(ranks[rest])) < FALSE_ALARM:
            return name
    return ""


def _time_of(act: Act) -> int:
    begun = time.perf_counter_ns()
    act()
    return time.perf_counter_ns() - begun


def _chance_of(above: int, mine: int, theirs: int) -> float:
    """Return how likely two equal ways have so many pairs, or more, in which mine is the slower (Mann-Whitney)."""
    counts = (_arrangements(pairs, mine, theirs) for pairs in range(above, mine * theirs + 1))
    return sum(chain(counts)) / comb(mine + theirs, mine)


@cache
def _arrangements(pairs: int, mine: int, theirs: int) -> int:
    """Return in how many orders of all times exactly so many pairs have mine as the slower."""
    if pairs < 0:
        return 0
    if mine == 0 or theirs == 0:
        return int(pairs == 0)
    return _arrangements(pairs - theirs, mine - 1, theirs) + _arrangements(pairs, mine, theirs - 1)
