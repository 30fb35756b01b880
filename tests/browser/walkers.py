"""The strict reader of a drawn page: widths, themes, contrast, targets, language and focus, each fault in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.stage import DESK, PHONE, SMALL_PHONE

HERE = Path(__file__).parent
LOOK = (HERE / "walkers.js").read_text(encoding="utf-8")
FOCUS = (HERE / "focus.js").read_text(encoding="utf-8")
MOST_STOPS = 45
READINGS: tuple[tuple[Any, Any, list[str]], ...] = (
    (DESK, "light", ["overflow", "structure", "contrast"]),
    (DESK, "dark", ["contrast"]),
    (PHONE, "dark", ["contrast"]),
    (PHONE, "light", ["overflow", "targets", "contrast", "scars"]),
    (SMALL_PHONE, "light", ["overflow"]),
)
"""What is looked at in which window and theme: a rule that the theme or the width cannot touch is asked once."""


def faults_of(page: Page, language: str) -> list[str]:
    """Look at a page at three widths in two themes, its folded parts open, and return what is wrong with it."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    faults: dict[str, str] = {}
    for window, theme, rules in READINGS:
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=theme)
        for fault in page.evaluate(LOOK, {"language": language, "rules": rules}):
            faults.setdefault(fault, f"{window['width']} px, {theme}: {fault}")
    return list(faults.values())


def faults_of_focus(page: Page, window: dict[str, int]) -> list[str]:
    """Walk a page with the Tab key in a window of this size, and return where its reader could not see the focus."""
    page.set_viewport_size(window)  # type: ignore[arg-type]
    page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    faults: list[str] = []
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:
            break
        faults += found
    return faults
