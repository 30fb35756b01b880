"""Every page in three languages, three widths and two themes, read by the strict reader of `walkers`."""

from __future__ import annotations

import pytest

from tests.browser.pages import PAGES
from tests.browser.stage import DESK, LANGUAGES, PHONE, Stage
from tests.browser.walkers import faults_of, faults_of_focus

WALKED = {"ar": PHONE, "fr": DESK}
"""The languages whose pages are walked with the Tab key too, and the window it is done in."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_each_page_reads_well(name: str, language: str, stage: Stage) -> None:
    """No overflow, enough contrast, targets a thumb can hit, one heading, one language; a focus that is seen."""
    page = PAGES[name](stage, language)
    faults = faults_of(page, language)
    if language in WALKED:
        faults += faults_of_focus(page, WALKED[language])
    assert not faults, "\n".join(faults)
