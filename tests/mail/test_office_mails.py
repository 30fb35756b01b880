"""The letters about offices: their exact words, no two alike, and no case in any of them."""

import pytest

from escalation.domain.account_codes import AccountNotice
from escalation.mail.render import render
from tests.mail.letters import LETTERHEAD, Case
from tests.mail.office_letters import GOLDEN, TURNS, every_office_case
from tests.mail.regenerate import golden_text

CASES = list(every_office_case())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_letter_about_an_office_says_exactly_this(case: Case) -> None:
    assert golden_text(case) == (GOLDEN / f"{case.name}.txt").read_text(encoding="utf-8")
    html = render(case.letter, LETTERHEAD).html
    assert "OBS-" not in html
    assert f'dir="{"rtl" if case.letter.language == "ar" else "ltr"}"' in html


def test_every_notice_about_an_office_has_its_letters_and_no_two_say_the_same() -> None:
    assert {notice for notice, _turn in TURNS} == {one for one in AccountNotice if one.startswith("office_")}
    assert {path.stem for path in GOLDEN.iterdir()} == {case.name for case in CASES}
    assert len({golden_text(case) for case in CASES}) == len(CASES)
