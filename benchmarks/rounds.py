"""Measuring in turn: one request of each lane, then one of each again: what slows the machine slows them all."""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.clients import Request

Key = TypeVar("Key", bound=Hashable)
Lane = Callable[[], float]
OF_EACH_CLIENT = 5


def one_by_one(requests: Iterator[Request], warm_up: int) -> Lane:
    """Return what times one request after the other; some others first, untimed. Units: seconds."""
    for _ in range(warm_up):
        next(requests).send()
    return lambda: next(requests).send()[0]


def all_at_once(clients: Sequence[Iterator[Request]]) -> Lane:
    """Return what times several clients at once, by the time that one request of all takes. Units: seconds."""

    def crowd() -> float:
        faults: list[BaseException] = []
        threads = [threading.Thread(target=_send_some, args=(client, faults)) for client in clients]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - started
        if faults:
            raise faults[0]
        return took_s / (OF_EACH_CLIENT * len(clients))

    crowd()
    return crowd


def _send_some(client: Iterator[Request], faults: list[BaseException]) -> None:
    try:
        for _ in range(OF_EACH_CLIENT):
            next(client).send()
    except BaseException as fault:  # noqa: BLE001 - raised again by who waits
        faults.append(fault)


def in_turn(lanes: Mapping[Key, Lane], rounds: int, each: int) -> dict[Key, list[list[float]]]:
    """Return the times of each lane, round by round: one of each, one of each again, every second time backwards."""
    found: dict[Key, list[list[float]]] = {key: [[] for _ in range(rounds)] for key in lanes}
    for number in range(rounds):
        for turn in range(each):
            for key in list(lanes)[:: 1 if turn % 2 == 0 else -1]:
                found[key][number].append(lanes[key]())
    return found


def p50(times: Sequence[float]) -> float:
    """Return the median."""
    return median(times)


def p95(times: Sequence[float]) -> float:
    """Return the time that 95 in 100 do not exceed."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


@dataclass(frozen=True)
class Ratio:
    """How many times as long one lane takes as another: the median over the rounds, the least and the most."""

    middle: float
    least: float
    most: float

    @classmethod
    def between(cls, upper: Sequence[Sequence[float]], lower: Sequence[Sequence[float]]) -> "Ratio":
        """Return the ratio of the medians of each round."""
        each = [p50(above) / p50(below) for above, below in zip(upper, lower, strict=True)]
        return cls(median(each), min(each), max(each))

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f}–{self.most:.2f})"
