"""The strict reader of a drawn page: widths, themes, contrast, targets, language, comfort; each fault in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.stage import DESK, PHONE, SMALL_PHONE

HERE = Path(__file__).parent
PARTS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("eyes.js", "walkers.js", "comfort.js"))
LOOK = f"(wanted) => {{\n{PARTS}\nwanted.rules.forEach((rule) => rules[rule]());\nreturn {{ faults, looked }};\n}}"
READINGS: tuple[tuple[Any, Any, list[str]], ...] = (
    (DESK, "light", ["overflow", "structure", "contrast", "clipping", "stillness"]),
    (DESK, "dark", ["contrast"]),
    (PHONE, "dark", ["contrast"]),
    (PHONE, "light", ["overflow", "targets", "contrast", "scars", "clipping"]),
    (SMALL_PHONE, "light", ["overflow", "clipping"]),
)
"""What is looked at in which window and theme: a rule that the theme or the width cannot touch is asked once."""
SPACED: tuple[Any, ...] = (DESK, SMALL_PHONE)
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
"""The widest spacing of WCAG 1.4.12; a sheet made by a script is what the policy header leaves open."""
STATES: dict[str, list[str]] = {
    "pointed at": ["hover"],
    "pressed": ["hover", "focus", "focus-visible", "active"],
    "waiting": [],
}
WAITING = "(wait) => document.querySelectorAll('main button').forEach((one) => { one.disabled = wait; })"
LIVELY = "a, button, summary, input, select, textarea, label, li"


def faults_of(page: Page, language: str) -> list[str]:
    """Look at a page at three widths in two themes, its folded parts open, and return what is wrong with it."""
    unfold(page)
    faults: dict[str, str] = {}
    for window, theme, rules in READINGS:
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=theme)
        for fault in look(page, rules, language):
            faults.setdefault(fault, f"{window['width']} px, {theme}: {fault}")
    return list(faults.values())


def faults_of_comfort(page: Page) -> list[str]:
    """Read a page in colours of the reader's own and in the widest spacing that they may ask for."""
    unfold(page)
    page.emulate_media(forced_colors="active")
    faults = {fault: f"forced colours: {fault}" for fault in look(page, ["forced"])}
    page.emulate_media(forced_colors="none")
    page.evaluate(SPACING)
    for window in SPACED:
        page.set_viewport_size(window)
        for fault in look(page, ["overflow", "clipping"]):
            faults.setdefault(fault, f"{window['width']} px, spaced: {fault}")
    page.evaluate("document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1)")
    return list(faults.values())


def faults_of_states(page: Page) -> list[str]:
    """Read the words of a page while everything is pointed at, pressed, and waits for an answer; in two themes."""
    unfold(page)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    faults: dict[str, str] = {}
    for state, pseudo in STATES.items():
        _force(page, pseudo)
        page.evaluate(WAITING, state == "waiting")
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for fault in look(page, ["contrast"]):
                faults.setdefault(fault, f"{state}, {theme}: {fault}")
    page.evaluate(WAITING, False)
    return list(faults.values())


def look(page: Page, rules: list[str], language: str = "") -> list[str]:
    """Ask these rules of a page as it stands."""
    found: list[str] = page.evaluate(LOOK, {"language": language, "rules": rules})["faults"]
    return found


def words_looked_at(page: Page) -> list[str]:
    """Return every text whose contrast the reader measures."""
    found: list[str] = page.evaluate(LOOK, {"language": "", "rules": ["contrast"]})["looked"]
    return found


def unfold(page: Page) -> None:
    """Open the folded parts of a page."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def _force(page: Page, pseudo: list[str]) -> None:
    """Bring everything that can be used into these states at once, and out of others."""
    line = page.context.new_cdp_session(page)
    line.send("DOM.enable")
    line.send("CSS.enable")
    root = line.send("DOM.getDocument")["root"]["nodeId"]
    for node in line.send("DOM.querySelectorAll", {"nodeId": root, "selector": LIVELY})["nodeIds"]:
        line.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": pseudo})
