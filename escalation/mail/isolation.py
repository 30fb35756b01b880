"""How words of unknown direction stand in a sentence: cleaned, then isolated, in plain text and in HTML.

Source: Unicode Standard Annex #9, explicit isolates; HTML, the `bdi` element.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from markupsafe import Markup, escape

LEFT_TO_RIGHT_ISOLATE: Final = "\u2066"
FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"
LEFT_TO_RIGHT: Final = ' dir="ltr"'
JOINERS: Final = "\u200c\u200d"
ADDRESS: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

Isolate = Callable[[str], str]


def clean(words: str) -> str:
    """Return the words on one line, without characters that cannot be seen and without web addresses.

    A mail has one link, and it is ours.
    """
    if not words.isprintable():
        words = "".join(" " if _breaks(char) else char for char in words if _breaks(char) or not _hides(char))
    words = " ".join(words.split())
    return ADDRESS.sub("…", words) if "://" in words or "www." in words.lower() else words


def isolate_text(words: str) -> str:
    """Return the words so that their direction is their own, in plain text."""
    return stand_in_text(clean(words))


def isolate_html(words: str) -> str:
    """Return the words so that their direction is their own, in HTML, escaped."""
    return stand_in_html(clean(words))


def stand_in_text(words: str, *, is_code: bool = False) -> str:
    """Isolate clean words in plain text; a code reads left to right."""
    return f"{LEFT_TO_RIGHT_ISOLATE if is_code else FIRST_STRONG_ISOLATE}{words}{POP_ISOLATE}"


def stand_in_html(words: str, *, is_code: bool = False) -> str:
    """Isolate clean words in HTML, and escape them; a code reads left to right."""
    return Markup(f"<bdi{LEFT_TO_RIGHT if is_code else ''}>{escape(words)}</bdi>")  # noqa: S704  # nosec B704 - escaped here


def joined_html(parts: Iterable[str]) -> str:
    """Return parts of a line of HTML one after the other; what is not escaped yet is."""
    return Markup().join(parts)


def lines_html(lines: Iterable[str]) -> str:
    """Return lines of HTML, each on its own; what is not escaped yet is."""
    return Markup("<br>").join(lines)


def _breaks(char: str) -> bool:
    return char in "\t\n\v\f\r\x85\u2028\u2029"


def _hides(char: str) -> bool:
    return unicodedata.category(char) in UNSEEN and char not in JOINERS
