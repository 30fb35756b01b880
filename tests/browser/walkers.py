"""The strict reader of a drawn page: widths, themes, contrast, targets, language and focus, each fault in words."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.stage import DESK, PHONE, SMALL_PHONE

HERE = Path(__file__).parent
LOOK = (HERE / "walkers.js").read_text(encoding="utf-8")
FOCUS = (HERE / "focus.js").read_text(encoding="utf-8")
MOST_STOPS = 45
SIZES = {"320": SMALL_PHONE, "360": PHONE, "1280": DESK}


def faults_of(page: Page, language: str) -> list[str]:
    """Look at a page at every width in both themes, its folded parts open, and return what is wrong with it."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    faults: dict[str, str] = {}
    for width, viewport in SIZES.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for fault in page.evaluate(LOOK, {"language": language, "isPhone": viewport is PHONE}):
                faults.setdefault(fault, f"{width} px, {theme}: {fault}")
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
