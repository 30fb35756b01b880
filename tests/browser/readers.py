"""Every reader of this directory, asked of one page in one language."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.judges import faults_found_by_engines
from tests.browser.keyboard import faults_of_focus
from tests.browser.sheets import rules_missed
from tests.browser.sight import unseen_words
from tests.browser.spoken import faults_of_speech
from tests.browser.stage import DESK, PHONE
from tests.browser.walkers import faults_of, faults_of_comfort, faults_of_states

WALKED = {"ar": PHONE, "fr": DESK}
"""The languages whose pages are walked with the Tab key too, and the window it is done in."""
POINTED_AT = "ar"
"""The language in which words are read in all states: colours do not change with words."""


def all_faults(page: Page, language: str) -> list[str]:
    """Return what is wrong with a page: seen, heard, used with a thumb and by the keyboard, in other colours."""
    page.wait_for_load_state()
    faults = faults_of(page, language) + faults_of_comfort(page) + faults_of_speech(page) + unseen_words(page)
    faults += rules_missed(page)
    if language == POINTED_AT:
        faults += faults_of_states(page)
    if language in WALKED:
        faults += faults_of_focus(page, WALKED[language])
    return faults + faults_found_by_engines(page, language)
