"""For whom somebody acts at a desk: whoever named them, and whoever named those, however the names are linked."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """One who is away today, the office they hold at the desk, and who they named to act in it."""

    mandate_id: int
    holder_id: int
    deputy_id: int


def offices_stood_in_for(person_id: int, named: Collection[Named]) -> frozenset[int]:
    """Return the offices of one desk in which a person acts for others today.

    A deputy who is away too is stood in for in their turn, so that nobody's cases wait; nobody stands in for
    themselves, and a circle ends where it began.
    """
    passes_to_me, waiting = {person_id}, [person_id]
    while waiting:
        deputy_id = waiting.pop()
        new = {one.holder_id for one in named if one.deputy_id == deputy_id} - passes_to_me
        passes_to_me |= new
        waiting.extend(new)
    return frozenset(one.mandate_id for one in named if one.deputy_id in passes_to_me and one.holder_id != person_id)
