"""The letters that may be answered by mail: they say so, in words and in a header, and no other letter does."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

import pytest

from escalation.mail.mime import compose
from escalation.mail.render import render
from tests.mail.answerable import GOLDEN, REPLY_TO, every_answerable_case, every_other_case
from tests.mail.letters import GOLDEN as PLAIN
from tests.mail.letters import LETTERHEAD, Case
from tests.mail.regenerate import golden_text

CASES = list(every_answerable_case())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_words_are_exactly_those_kept(case: Case) -> None:
    kept = (GOLDEN / f"{case.name}.txt").read_text(encoding="utf-8")
    assert golden_text(case) == kept
    assert kept != (PLAIN / f"{case.name}.txt").read_text(encoding="utf-8")


def test_the_golden_files_are_those_of_the_mails_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {case.name for case in CASES}


def test_other_letters_offer_nothing_in_words() -> None:
    for case in every_other_case():
        assert golden_text(case) == (PLAIN / f"{case.name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_header_says_where_an_answer_goes(case: Case) -> None:
    message = message_from_bytes(compose(case.letter, LETTERHEAD), policy=default)
    assert message["Reply-To"] == REPLY_TO
    assert message["From"].addresses[0].addr_spec == LETTERHEAD.sender
    links = re.findall('<a [^>]*href="https://suivi.example.test([^"]*)"', render(case.letter, LETTERHEAD).html)
    assert links == ["/obstacles/OBS-2026-00042", "/account/messages"], "an answer is no link"
