"""How fast messages may leave: so many a second, counted in turns that follow each other, with a share kept free.

A pace is one number, the instant from which on the next turn is free; whoever takes turns moves it on. A little may be
taken ahead of time, and of that little the last turn is for what cannot wait: it passes everything that can.
Units: microseconds since the epoch.
"""

from dataclasses import dataclass

from escalation.domain.codes import Lane

SECOND_US = 1_000_000
AHEAD_US = SECOND_US // 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages may leave each second, in all and to one domain; 0: as many as will."""

    per_second: int = 0
    per_domain: int = 0


def turns_free(free_at_us: int, now_us: int, per_second: int, lane: Lane) -> int:
    """Return how many messages of a lane may leave now."""
    each = SECOND_US // per_second
    ahead = max(AHEAD_US, 2 * each) - (each if lane is Lane.BULK else 0)
    return max(0, (now_us + ahead - max(free_at_us, now_us)) // each)


def take_turns(free_at_us: int, now_us: int, per_second: int, count: int) -> int:
    """Return the pace after so many turns were taken."""
    return max(free_at_us, now_us) + count * (SECOND_US // per_second)


def domain_of(address: str) -> str:
    """Return the domain of an address, in one spelling."""
    return address.rpartition("@")[2].lower()
