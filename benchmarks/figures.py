"""All figures in the order in which they are measured, those that write last, and what one of them found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmarks import case_page, crowd, filing, move, queue_page
from benchmarks.clients import Request
from benchmarks.rounds import Lane, Ratio, all_at_once, in_turn, one_by_one, p50, p95
from benchmarks.serve import Stand

Times = list[list[float]]


class Figure(Protocol):
    """A module of this folder that says what is asked of each side."""

    TITLE: str

    def ours(self, stand: Stand) -> Iterator[Request]: ...
    def ref(self, stand: Stand) -> Iterator[Request]: ...


FIGURES: tuple[Figure, ...] = (queue_page, case_page, crowd, filing, move)


@dataclass(frozen=True)
class Pair:
    """What one figure found at one size: the times of both sides, round by round."""

    ours: Times
    ref: Times

    @property
    def ratio(self) -> Ratio:
        """Return how many times as long ours takes."""
        return Ratio.between(self.ours, self.ref)

    @property
    def tail_ratio(self) -> float:
        """Return how many times as long the slowest of ours take."""
        return p95(pooled(self.ours)) / p95(pooled(self.ref))


def pooled(times: Times) -> list[float]:
    """Return the times of all rounds together."""
    return [one for times_of_round in times for one in times_of_round]


def in_ms(times: Times) -> str:
    """Return the median and the tail of all rounds in words."""
    every = pooled(times)
    return f"{p50(every) * 1000:.1f} / {p95(every) * 1000:.1f}"


def measure(figure: Figure, stands: Mapping[int, Stand], rounds: int, each: int) -> dict[int, Pair]:
    """Return what a figure finds on each stand, both sides of all of them in turn."""
    lanes: dict[tuple[int, str], Lane] = {}
    for size, stand in stands.items():
        for name, requests in (("ours", figure.ours), ("ref", figure.ref)):
            if figure is crowd:
                lanes[size, name] = all_at_once([requests(stand) for _ in range(crowd.CLIENTS)])
            else:
                lanes[size, name] = one_by_one(requests(stand), warm_up=each)
    # A crowd sends many requests in its turn.
    found = in_turn(lanes, rounds, max(1, each // 5) if figure is crowd else each)
    return {size: Pair(found[size, "ours"], found[size, "ref"]) for size in stands}
