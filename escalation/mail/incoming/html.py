"""The words of a mail written in HTML, line by line, without anything active; what it quotes ends them.

Tags are told from words in one pass from left to right: the library's parser can be made to look at the same ones
again and again.
"""

import re
from html import unescape
from typing import Final

BLOCKS: Final = frozenset(
    {"address", "article", "blockquote", "br", "div", "dl", "dt", "dd", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
     "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)  # fmt: skip
UNSEEN: Final = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg", "select"})
VOID: Final = frozenset({"meta", "link", "base", "img", "input", "br", "hr"})
QUOTE_CLASSES: Final = frozenset(
    {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix", "zmail_extra"}
)
QUOTE_IDS: Final = frozenset(
    {
        "divrplyfwdmsg",
        "appendonsend",
        "mail-editor-reference-message-container",
        "isforwardcontent",
        "ymail_android_signature",
        "ymail_ios_signature",
    }
)
"""What mail programs of Google, Yahoo, Proton, Mozilla, Zoho and Microsoft put around or before what they quote."""
SIGNATURE_CLASSES: Final = frozenset({"gmail_signature", "moz-signature"})
TAG_CHARS: Final = 2000
TAG: Final = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
ATTRIBUTE: Final = re.compile(r"([a-zA-Z-]{1,30})\s{0,5}=\s{0,5}(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
DECLARATION: Final = re.compile(r"[!?][^<>]{0,500}>")


def text_of_html(source: str) -> str:
    """Return the words that a reader of the mail sees before what it quotes."""
    reader = _Reader()
    first, *pieces = _uncommented(source).split("<")
    reader.say(first)
    for piece in pieces:
        if not reader.take(piece):
            break
    lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
    return "\n".join(lines).strip()


def _uncommented(source: str) -> str:
    """Return HTML without comments; one that does not end hides what follows it."""
    said, at = list[str](), 0
    while (begins := source.find("<!--", at)) >= 0:
        said.append(source[at:begins])
        ends = source.find("-->", begins + 4)
        if ends < 0:
            return "".join(said)
        at = ends + 3
    return "".join((*said, source[at:]))


class _Reader:
    """What was said so far, and whether what comes now is seen."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._has_words = False
        self._hidden_by, self._depth = "", 0

    def take(self, piece: str) -> bool:
        """Take what stands from one "<" to the next; False where a quotation begins."""
        tag = TAG.match(piece)
        if tag is None:
            declaration = DECLARATION.match(piece)
            self.say(piece[declaration.end() :] if declaration else f"<{piece}")
            return True
        ends = piece.find(">")
        if ends < 0:
            return True
        if tag.group(1):
            self._close(tag.group(2).lower())
        elif not self._open(tag.group(2).lower(), piece[tag.end() : min(ends, TAG_CHARS)]):
            return False
        self.say(piece[ends + 1 :])
        return True

    def say(self, words: str) -> None:
        """Keep what is shown."""
        if not self._hidden_by:
            self.said.append(unescape(words).replace("\n", " "))
            self._has_words = self._has_words or bool(words.strip())

    def _open(self, tag: str, attributes: str) -> bool:
        given = {name.lower(): value.strip("\"'").lower() for name, value in ATTRIBUTE.findall(attributes)}
        classes = set(given.get("class", "").split())
        if self._has_words and _is_quote(tag, given, classes):
            return False
        if tag == "body":
            self._hidden_by = ""
        if self._hidden_by:
            self._depth += tag == self._hidden_by
        elif tag not in VOID and (tag in UNSEEN or classes & SIGNATURE_CLASSES):
            self._hidden_by, self._depth = tag, 1
        if tag in BLOCKS:
            self.said.append("\n")
        return True

    def _close(self, tag: str) -> None:
        if tag == self._hidden_by:
            self._depth -= 1
            self._hidden_by = self._hidden_by if self._depth else ""
        if tag in BLOCKS:
            self.said.append("\n")


def _is_quote(tag: str, given: dict[str, str], classes: set[str]) -> bool:
    by_name = given.get("id", "").removeprefix("x_") in QUOTE_IDS or bool(classes & QUOTE_CLASSES)
    by_line = tag == "div" and "border-top:solid" in given.get("style", "").replace(" ", "")
    return by_name or by_line or (tag == "blockquote" and (given.get("type") == "cite" or "cite" in given))
