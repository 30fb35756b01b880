"""Every page in three languages, widths and themes, read by the readers of this directory and by two engines."""

from __future__ import annotations

import pytest

from tests.browser.pages import PAGES
from tests.browser.readers import all_faults
from tests.browser.stage import LANGUAGES, Stage


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_each_page_reads_well(name: str, language: str, stage: Stage) -> None:
    """Seen, heard, used with a thumb and by the keyboard alone; with other colours and spaces, and without motion."""
    faults = all_faults(PAGES[name](stage, language), language)
    assert not faults, "\n".join(faults)
