"""A move: a member of the desk takes a case in charge, up to the answer; then event, stay and messages are durable."""

from collections.abc import Iterator

from benchmarks.case_page import cases_of
from benchmarks.clients import Request
from benchmarks.filing import filled_in
from benchmarks.serve import Stand

TITLE = "move (POST)"


def ours(stand: Stand) -> Iterator[Request]:
    """File a case and fetch the form of the move, untimed, and send the form."""
    president, reviewer = stand.signed_in("president"), stand.signed_in("reviewer")
    while True:
        _, filed = filled_in(president).send()
        case = filed.location.removesuffix("/receipt")
        yield reviewer.post(f"{case}/claim", reviewer.hidden_fields(f"{case}/claim"), leads_to=case)


def ref(stand: Stand) -> Iterator[Request]:
    """Change one row of the yardstick after the other."""
    browser, cases = stand.at_ref(), cases_of(stand)
    while True:
        for number, _ in cases:
            yield browser.post(f"/cases/{number}/claim", {"who": "member"}, leads_to=f"/cases/{number}")
