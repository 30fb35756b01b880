"""What was found, as tables of ratios: all of it for `docs/performance.md`, its last line for the README."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Pair, in_ms
from benchmarks.rounds import Ratio, p50

Found = Mapping[tuple[str, str], Mapping[int, Pair]]
"""By the title of a figure and the kind of database: what it found at each size."""

Drained = Mapping[str, tuple[Mapping[str, Mapping[str, Sequence[float]]], Mapping[str, Sequence[float]]]]
"""By the kind of database: of each relay, how many messages a second each side sent in each round; and the delays."""

SIDES = ("ours", "bare", "naive")
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def ratios(found: Found) -> str:
    """Return every ratio between ours and the yardstick, with the times it is made of."""
    rows = [
        (title, kind, f"{size:,}", in_ms(pair.ours), in_ms(pair.ref), str(pair.ratio), f"{pair.tail_ratio:.2f}")
        for (title, kind), pairs in found.items()
        for size, pair in pairs.items()
    ]
    head = ("page or act", "database", "obstacles", "ours, ms p50 / p95", "ref, ms p50 / p95",
            "ours ÷ ref, p50 (least–most of the rounds)", "ours ÷ ref, p95")  # fmt: skip
    return _table(head, rows)


def growth(found: Found) -> str:
    """Return how many times as long each side takes at the largest size as at the smallest."""
    rows = [
        (title, kind, str(_growth(pairs, "ours")), str(_growth(pairs, "ref"))) for (title, kind), pairs in found.items()
    ]
    [small, *_, large] = next(iter(found.values()))
    return _table(("page or act", "database", f"ours, {small:,} → {large:,}", f"ref, {small:,} → {large:,}"), rows)


def drained(found: Drained) -> str:
    """Return how many messages a second each side sent into each relay, and their ratios."""
    rows = [
        (sink, kind, *(f"{p50(rates[side]):,.0f}" for side in SIDES), _of(rates, "bare"), _of(rates, "naive"))
        for kind, (by_sink, _) in found.items()
        for sink, rates in by_sink.items()
    ]
    head = ("relay", "database", *(f"{side}, messages/s" for side in SIDES), "ours ÷ bare (least–most)",
            "ours ÷ naive (least–most)")  # fmt: skip
    return _table(head, rows)


def delayed(found: Drained) -> str:
    """Return how long single messages took to the relay while nothing else was to do."""
    rows = [
        (kind, *(in_ms([list(delays[way])]) for way in delays), f"{p50(delays['ours']) / p50(delays['naive']):.2f}")
        for kind, (_, delays) in found.items()
    ]
    ways = list(next(iter(found.values()))[1])
    return _table(("database", *(f"{way}, ms p50 / p95" for way in ways), "ours ÷ naive, p50"), rows)


def summary(found: Found) -> str:
    """Return a line for each figure: its ratio at the largest size, and its growth up to there, on each database."""
    kinds = list(dict.fromkeys(kind for _, kind in found))
    [small, *_, large] = next(iter(found.values()))
    rows = [
        (title, *(cell for kind in kinds for cell in _short(found[title, kind])))
        for title in dict.fromkeys(title for title, _ in found)
    ]
    head = ("page or act", *(cell for kind in kinds for cell in (f"{kind}: ours ÷ ref", f"{small:,} → {large:,}")))
    return _table(head, rows)


def write_between(path: Path, text: str) -> None:
    """Put a text between the two marks of a page, in place of what stood there."""
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _of(rates: Mapping[str, Sequence[float]], side: str) -> str:
    each = [ours / other for ours, other in zip(rates["ours"], rates[side], strict=True)]
    return str(Ratio(median(each), min(each), max(each)))


def _short(pairs: Mapping[int, Pair]) -> tuple[str, str]:
    return f"{list(pairs.values())[-1].ratio.middle:.1f}", f"× {_growth(pairs, 'ours').middle:.2f}"


def _growth(pairs: Mapping[int, Pair], side: str) -> Ratio:
    every = [getattr(pair, side) for pair in pairs.values()]
    return Ratio.between(every[-1], every[0])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
