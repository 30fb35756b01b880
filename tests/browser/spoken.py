"""A page as it is read aloud: the browser's own tree of names and roles, asked for what a listener needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "spinbutton", "Date",
    "DisclosureTriangle", "table", "navigation", "region", "image", "heading", "radiogroup", "option",
}  # fmt: skip
"""What a listener is told of: without a name they hear "button", and nothing else."""
ONCE = ("main", "banner", "contentinfo")
FRAME = {"navigation", "region"}


@dataclass(frozen=True)
class Spoken:
    """One thing that a screen reader says: its role, its name, its depth where it is a heading."""

    role: str
    name: str
    level: int | None


def tree_of(page: Page) -> list[Spoken]:
    """Return what a screen reader meets on a page, in its order."""
    line = page.context.new_cdp_session(page)
    nodes = line.send("Accessibility.getFullAXTree")["nodes"]
    return [_spoken(node) for node in nodes if not node["ignored"]]


def faults_of_speech(page: Page) -> list[str]:
    """Return what a listener would miss: names, landmarks, one first heading, and no step left out below it."""
    said = tree_of(page)
    roles = Counter(one.role for one in said)
    faults = [f"speech: a {one.role} has no name" for one in said if one.role in NAMED and not one.name]
    faults += [f"speech: {roles[role]} of {role}, one is asked" for role in ONCE if roles[role] != 1]
    frames = Counter((one.role, one.name) for one in said if one.role in FRAME)
    faults += [f"speech: {count} times {role} {name!r}" for (role, name), count in frames.items() if count > 1]
    return faults + _faults_of_headings([one for one in said if one.role == "heading"])


def _faults_of_headings(headings: list[Spoken]) -> list[str]:
    firsts = [one.name for one in headings if one.level == 1]
    faults = [] if len(firsts) == 1 else [f"speech: first headings are {firsts}"]
    before = 1
    for one in headings:
        level = one.level or 0
        if not 1 <= level <= before + 1:
            faults.append(f"speech: heading {one.name!r} of depth {level} follows one of depth {before}")
        before = level
    return faults


def _spoken(node: dict[str, Any]) -> Spoken:
    levels = [one["value"].get("value") for one in node.get("properties", []) if one["name"] == "level"]
    name = str(node.get("name", {}).get("value", "")).strip()
    return Spoken(str(node["role"]["value"]), name, levels[0] if levels else None)
