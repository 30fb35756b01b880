"""The letters that offer an answer by mail, as they read where one is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.mail.letters import Case, every_case

GOLDEN = Path(__file__).parent / "golden_answerable"
REPLY_TO = f"reply+{'a' * 36}@reply.example.test"
OFFERING = {("information_requested", "commune"), ("comment_added", "commune"), ("comment_added", "assignee")}


def every_answerable_case() -> Iterator[Case]:
    """Yield each of them."""
    for case in every_case():
        if (case.letter.event, case.letter.audience) in OFFERING:
            yield replace(case, letter=replace(case.letter, reply_to=REPLY_TO))


def every_other_case() -> Iterator[Case]:
    """Yield every letter that says the same, whether it may be answered by mail or not."""
    for case in every_case():
        if (case.letter.event, case.letter.audience) not in OFFERING:
            yield replace(case, letter=replace(case.letter, reply_to=REPLY_TO))
