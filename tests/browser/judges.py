"""axe-core and HTML_CodeSniffer, which read a drawn page for WCAG 2.2 AA; `make e2e` fetches them where there is npm.

Both are blind to much that is written in Arabic (joined letters look like pictures to them): contrast is proved by
`walkers`, never by their silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.stage import DESK, PHONE

HERE = Path(__file__).parent
ENGINES = (
    HERE / "engines" / "node_modules" / "axe-core" / "axe.min.js",
    HERE / "engines" / "node_modules" / "html_codesniffer" / "build" / "HTMLCS.js",
)
MISSING = "axe-core and HTML_CodeSniffer are not installed (`make e2e` does it where npm is), so they judged no page"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
JUDGE = (HERE / "judges.js").read_text(encoding="utf-8")
READINGS: dict[str, tuple[tuple[Any, Any], ...]] = {
    "ar": ((PHONE, "light"),),
    "fr": ((PHONE, "light"), (DESK, "dark")),
    "en": ((DESK, "dark"),),
}
"""Windows and themes in which each language is judged: what does not hang on words is judged in one of them."""


@dataclass(frozen=True)
class Verdict:
    """What the engines said of a page in one window and theme, and how much they looked at."""

    faults: list[str]
    rules: int
    messages: int


def are_installed() -> bool:
    """Whether both engines are here."""
    return all(path.exists() for path in ENGINES)


def judge(page: Page) -> Verdict:
    """Ask both engines about a page as it stands."""
    if not page.evaluate("'axe' in window"):
        for source in _sources():
            page.evaluate(source)
    return Verdict(**page.evaluate(JUDGE, list(TAGS)))


def faults_found_by_engines(page: Page, language: str) -> list[str]:
    """Return what the engines find wrong on a telephone by day and on a desk by night, folded parts open."""
    if not are_installed():
        return []
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    faults: dict[str, str] = {}
    for window, theme in READINGS[language]:
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=theme)
        for fault in judge(page).faults:
            faults.setdefault(fault, f"{window['width']} px, {theme}: {fault}")
    return list(faults.values())


@cache
def _sources() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in ENGINES)
