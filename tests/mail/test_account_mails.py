"""The letters about how one signs in: their exact words; the code stands in one of them, without a link."""

import re
from dataclasses import replace

import html5lib
import pytest

from escalation.domain.account_codes import AccountNotice
from escalation.mail.letter import AccountFacts, UnsendableLetter
from escalation.mail.render import render
from tests.mail.account_letters import GOLDEN, every_account_case
from tests.mail.letters import LETTERHEAD, Case
from tests.mail.regenerate import golden_text

CASES = list(every_account_case())
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
LINK = re.compile(r"https?://\S+")


def test_the_golden_files_of_accounts_are_those_of_the_mails_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {case.name for case in CASES}


@every
def test_the_words_about_an_account_are_exactly_those_kept(case: Case) -> None:
    kept = (GOLDEN / f"{case.name}.txt").read_text(encoding="utf-8")
    assert golden_text(case) == kept, (
        "If the change is meant: python -m tests.mail.regenerate, then read the difference."
    )


@every
def test_a_code_and_a_link_never_stand_in_one_letter(case: Case) -> None:
    mail = render(case.letter, LETTERHEAD)
    html5lib.HTMLParser(strict=True).parse(mail.html)
    holds_code = case.letter.event == AccountNotice.SIGN_IN_CODE
    for part in (mail.text, mail.html):
        assert ("048213" in part) == holds_code
        assert bool(LINK.search(part)) != holds_code
    assert "048213" not in mail.subject, "a locked telephone shows subjects"


def test_a_letter_whose_code_can_be_made_no_more_does_not_leave() -> None:
    letter = next(case.letter for case in CASES if case.letter.event == AccountNotice.SIGN_IN_CODE)
    assert isinstance(letter.facts, AccountFacts)
    with pytest.raises(UnsendableLetter):
        render(replace(letter, facts=replace(letter.facts, secret="")), LETTERHEAD)
