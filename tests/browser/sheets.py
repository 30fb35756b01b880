"""Which rules a page would need and does not get: each page loads only the stylesheets that its kind of page needs."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from escalation.web.assets import BUNDLES, join_styles

MISSED = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
SHEETS = {name: join_styles(files) for name, files in BUNDLES.items() if name.endswith(".css")}


def rules_missed(page: Page) -> list[str]:
    """Return the rules that would apply to a part of this page, and stand only in sheets that it does not load."""
    return [str(rule) for rule in page.evaluate(MISSED, SHEETS)]
