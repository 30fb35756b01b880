"""The queue page again, asked for by eight clients at once: how many pages a second two workers give."""

from collections.abc import Iterator

from benchmarks import queue_page
from benchmarks.clients import Request
from benchmarks.serve import Stand

TITLE = "queue page, 8 clients at once"
CLIENTS = 8


def ours(stand: Stand) -> Iterator[Request]:
    """Ask for the first page of the queue, as one of many."""
    return queue_page.ours(stand)


def ref(stand: Stand) -> Iterator[Request]:
    """Ask the yardstick for the same cases, as one of many."""
    return queue_page.ref(stand)
