"""The queue: fifty open cases of the region's desk, the nearest deadline first, for somebody who sits at it."""

from collections.abc import Iterator

from benchmarks.clients import Browser, Refused, Request
from benchmarks.serve import Stand

TITLE = "queue page"
ROWS = 50


def ours(stand: Stand) -> Iterator[Request]:
    """Ask for the first page of the queue, again and again."""
    return pages(stand.signed_in("member"), "/queue")


def ref(stand: Stand) -> Iterator[Request]:
    """Ask the yardstick for the same cases."""
    return pages(stand.at_ref(), "/cases?desk=03")


def pages(browser: Browser, path: str) -> Iterator[Request]:
    """Ask for a page of fifty cases; one that has fewer is not what is measured."""
    rows = browser.open(path).count('class="ref"')
    if rows != ROWS:
        raise Refused(f"{path} shows {rows} cases, not {ROWS}")
    while True:
        yield browser.get(path)
