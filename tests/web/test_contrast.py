"""The palette, proved: every pair of tokens that meets on a page is readable in both themes.

Browser checkers skip joined Arabic letters, so the tokens themselves are measured.
"""

import re
from pathlib import Path

import pytest

from escalation.web.assets import STATIC

CSS = STATIC / "css"
TEXT, INTERFACE = 4.5, 3.0
SURFACES = ("paper", "card")
TONES = ("accent", "calm", "wait", "late", "done", "idle")

TEXT_PAIRS = [
    *[(ink, surface) for ink in ("ink", "muted", "accent", "accent-strong", *TONES) for surface in SURFACES],
    *[(tone, f"{tone}-tint") for tone in TONES],
    *[("ink", f"{tone}-tint") for tone in TONES],
    *[("muted", tint) for tint in ("accent-tint", "idle-tint")],
    ("late", "accent-tint"),
    ("wait", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-mast", "mast"),
    ("mast-muted", "mast"),
]
INTERFACE_PAIRS = [(edge, surface) for edge in ("edge", "accent", "late") for surface in SURFACES]


def read_themes() -> dict[str, dict[str, str]]:
    light, dark = (CSS / "tokens.css").read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    found = {}
    for theme, text in (("light", light), ("dark", dark)):
        found[theme] = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))
    return found


THEMES = read_themes()


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_both_themes_name_the_same_colours() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_is_readable(theme: str, text: str, ground: str) -> None:
    ratio = contrast(THEMES[theme][text], THEMES[theme][ground])
    assert ratio >= TEXT, f"{theme}: --{text} on --{ground} is {ratio:.2f}, below {TEXT}: change it in tokens.css"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), INTERFACE_PAIRS)
def test_controls_stand_out(theme: str, edge: str, ground: str) -> None:
    ratio = contrast(THEMES[theme][edge], THEMES[theme][ground])
    assert ratio >= INTERFACE, f"{theme}: --{edge} on --{ground} is {ratio:.2f}, below {INTERFACE}: see tokens.css"


@pytest.mark.parametrize("sheet", sorted(CSS.glob("*.css")), ids=lambda sheet: sheet.name)
def test_sheets_take_their_colours_from_the_tokens(sheet: Path) -> None:
    if sheet.name in {"tokens.css", "print.css"}:
        return
    stray = re.findall(r"(?<![%&\w])#[0-9a-fA-F]{3,8}\b", sheet.read_text(encoding="utf-8"))
    assert not stray, f"{sheet.name} writes {stray}: name the colour in tokens.css, where it is measured"
