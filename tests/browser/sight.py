"""What the browser itself drew, against what our reader of contrast looked at: no word may escape it.

Engines pass over joined Arabic letters without a word, so the reader's own count has to be proved.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from playwright.sync_api import Page

from tests.browser.walkers import words_looked_at

TEXT, ELEMENT = 3, 1
NOT_READ = {"visually-hidden", "skip"}
"""The classes of words that are there for listeners, or are shown only while they have the focus."""


def unseen_words(page: Page) -> list[str]:
    """Return the words that the browser drew on this page and the reader of contrast did not look at."""
    looked, drawn = Counter(words_looked_at(page)), Counter(drawn_words(page))
    faults = [f"contrast: {count} times not looked at: {text!r}" for text, count in (drawn - looked).items()]
    return faults if drawn else ["contrast: the browser drew no word"]


def drawn_words(page: Page) -> list[str]:
    """Return every text of the page's own that the browser laid out and shows."""
    line = page.context.new_cdp_session(page)
    shot = line.send("DOMSnapshot.captureSnapshot", {"computedStyles": ["visibility"]})
    document, strings = shot["documents"][0], shot["strings"]
    nodes, layout = document["nodes"], document["layout"]
    found = []
    for node, (_x, _y, width, height), styles in zip(
        layout["nodeIndex"], layout["bounds"], layout["styles"], strict=True
    ):
        if nodes["nodeType"][node] != TEXT or not (width and height) or _is_of_the_browser(nodes, strings, node):
            continue
        text = strings[nodes["nodeValue"][node]].strip()
        if text and strings[styles[0]] == "visible":
            found.append(text)
    return found


def _is_of_the_browser(nodes: dict[str, Any], strings: list[str], node: int) -> bool:
    """Whether a text stands inside a control, or is one of those that are not for eyes."""
    node = nodes["parentIndex"][node]
    while node >= 0:
        name, attributes = strings[nodes["nodeName"][node]], nodes["attributes"][node]
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        classes = next((strings[value] for key, value in pairs.items() if strings[key] == "class"), "")
        if name in ("SELECT", "#document-fragment") or name.startswith("::") or NOT_READ & set(classes.split()):
            return True
        node = nodes["parentIndex"][node]
    return False
