"""Every page in three languages, widths and themes, read by the readers of this directory and by two engines."""

from __future__ import annotations

import pytest

from tests.browser.judges import faults_found_by_engines
from tests.browser.keyboard import faults_of_focus
from tests.browser.pages import PAGES
from tests.browser.sight import unseen_words
from tests.browser.spoken import faults_of_speech
from tests.browser.stage import DESK, LANGUAGES, PHONE, Stage
from tests.browser.walkers import faults_of, faults_of_comfort, faults_of_states

WALKED = {"ar": PHONE, "fr": DESK}
"""The languages whose pages are walked with the Tab key too, and the window it is done in."""
POINTED_AT = "ar"
"""The language in which words are read in all states: colours do not change with words."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_each_page_reads_well(name: str, language: str, stage: Stage) -> None:
    """Seen, heard, used with a thumb and by the keyboard alone; with other colours and spaces, and without motion."""
    page = PAGES[name](stage, language)
    faults = faults_of(page, language) + faults_of_comfort(page) + faults_of_speech(page) + unseen_words(page)
    if language == POINTED_AT:
        faults += faults_of_states(page)
    if language in WALKED:
        faults += faults_of_focus(page, WALKED[language])
    faults += faults_found_by_engines(page, language)
    assert not faults, "\n".join(faults)
