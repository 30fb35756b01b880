"""Two engines that others wrote read every page in `test_look`; here they are seen to find what is wrong."""

from __future__ import annotations

import pytest

from tests.browser import judges
from tests.browser.pages import PAGES
from tests.browser.stage import Stage

pytestmark = pytest.mark.skipif(not judges.are_installed(), reason=judges.MISSING)

BROKEN = {
    "axe label": "document.querySelector('[name=email]').labels[0].remove()",
    "axe color-contrast": "document.querySelector('h1').style.color = '#ccc'",
    "axe html-has-lang": "document.documentElement.removeAttribute('lang')",
    "axe landmark-one-main": "document.querySelector('main').setAttribute('role', 'none')",
    "htmlcs WCAG2AA.Principle1.Guideline1_3.1_3_1.F68": "document.querySelector('[name=email]').labels[0].remove()",
    "htmlcs WCAG2AA.Principle2.Guideline2_4.2_4_2.H25.1.NoTitleEl": "document.querySelector('title').remove()",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_engines_see_a_page_that_was_broken(fault: str, stage: Stage) -> None:
    """What is broken on purpose is named by the engine that knows it, so silence means something."""
    page = PAGES["sign-in"](stage, "en")
    before = judges.judge(page)
    assert before.rules >= 20
    assert before.messages >= 5
    page.evaluate(BROKEN[fault])
    assert any(found.startswith(fault) for found in judges.judge(page).faults)
