"""A page used by the keyboard alone: every stop in the order of the page, each in sight, none a trap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

FOCUS = (Path(__file__).parent / "focus.js").read_text(encoding="utf-8")
FROM_THE_TOP = """() => {
  window.scrollTo(0, 0);
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""
MOST_PARTS = 6
"""The days, months, years and the calendar of one date are stops of one field."""


def faults_of_focus(page: Page, window: dict[str, int]) -> list[str]:
    """Walk a page with the Tab key in a window of this size, and return where its reader would be lost."""
    page.set_viewport_size(window)  # type: ignore[arg-type]
    page.evaluate(FROM_THE_TOP)
    stops = page.evaluate(FOCUS, True)["stops"]
    faults: list[str] = []
    walked: list[int] = []
    dates = page.locator("input[type=date]").count()
    for _press in range(stops + dates * MOST_PARTS + 1):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS, False)
        if found is None:
            break
        faults += found["faults"]
        if found["at"] not in walked[-1:]:
            walked.append(found["at"])
            faults += _folding(page, found)
    else:
        faults.append("focus: the page lets nobody out")
    if walked != list(range(stops)):
        faults.append(f"focus: of {stops} stops these were met, in this order: {walked}")
    return faults


def _folding(page: Page, found: dict[str, Any]) -> list[str]:
    """Press both keys on a folded part: it opens and shuts again."""
    if found["isFolded"] is None:
        return []
    seen = [found["isFolded"]]
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUS, False)["isFolded"])
    return [] if seen == [seen[0], not seen[0], seen[0]] else [f"focus: a folded part does not answer the keys: {seen}"]
