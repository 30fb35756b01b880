"""Pages turn around for Arabic by themselves: no style names a side of the screen."""

import re
from pathlib import Path

from tests.house.tree import ROOT, report, shown, stylesheets, templates

PHYSICAL = re.compile(
    r"""(?x)
    \b(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b
    | \bborder-(?:top|bottom)-(?:left|right)-radius\b
    | (?<![\w-])(?:left|right)\s*:
    | \b(?:text-align|float|clear|text-align-last|caption-side)\s*:\s*(?:left|right)\b
    | \balign\s*=\s*["']?(?:left|right)\b
    """
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INLINE_STYLE = re.compile(r"""\sstyle\s*=\s*["']|<style\b|\son[a-z]+\s*=\s*["']|<script(?![^>]*\bsrc=)""")


def faults_in(path: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return where the pattern stands in a file, comments of CSS aside."""
    text = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), path.read_text(encoding="utf-8"))
    lines = enumerate(text.splitlines(), 1)
    return [
        f"{shown(path, number)}: {found.group().strip()}" for number, line in lines if (found := pattern.search(line))
    ]


def test_no_style_names_left_or_right() -> None:
    faults = [fault for path in (*stylesheets(), *templates()) for fault in faults_in(path, PHYSICAL)]
    assert not faults, report(
        faults, "Use logical properties (margin-inline-start, inset-inline-end, text-align: start):"
    )


def test_no_page_has_inline_style_or_script() -> None:
    pages = [path for path in templates() if "email" not in path.parts]
    faults = [fault for path in pages for fault in faults_in(path, INLINE_STYLE)]
    assert not faults, report(faults, "The policy header refuses inline style, script and handlers; use the bundles:")


def test_every_arabic_guide_is_turned_around_to_its_end() -> None:
    guides = sorted((ROOT / "docs" / "guides" / "ar").glob("*.md"))
    open_ended = [shown(path) for path in guides if not path.read_text(encoding="utf-8").endswith("\n</div>\n")]
    assert guides
    assert not open_ended, report(open_ended, "Put every section of these guides before the last `</div>`:")
