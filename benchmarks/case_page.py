"""The page of a case: its state, what the reader may do, its story and its messages; one open case after another."""

from collections.abc import Iterator
from random import Random

from sqlalchemy import create_engine, text

from benchmarks.clients import Request
from benchmarks.corpus import SEED
from benchmarks.serve import Stand

TITLE = "case page"
OPEN_HERE = "SELECT id, reference FROM obstacles WHERE desk_code = '03' AND ended_at IS NULL ORDER BY id"
CASES = 100


def ours(stand: Stand) -> Iterator[Request]:
    """Ask for one case after the other, as a member of the desk that has them."""
    browser, cases = stand.signed_in("member"), cases_of(stand)
    while True:
        for _, reference in cases:
            yield browser.get(f"/obstacles/{reference}")


def ref(stand: Stand) -> Iterator[Request]:
    """Ask the yardstick for the same cases in the same order."""
    browser, cases = stand.at_ref(), cases_of(stand)
    while True:
        for number, _ in cases:
            yield browser.get(f"/cases/{number}")


def cases_of(stand: Stand) -> list[tuple[int, str]]:
    """Return some open cases of the region's desk, the same whoever asks."""
    engine = create_engine(stand.url)
    with engine.connect() as connection:
        found = [(row.id, row.reference) for row in connection.execute(text(OPEN_HERE))]
    engine.dispose()
    return Random(SEED).sample(found, min(CASES, len(found)))
