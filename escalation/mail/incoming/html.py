"""The words of a mail written in HTML, line by line, without anything active; what it quotes ends them."""

from html.parser import HTMLParser
from typing import Final

BLOCKS: Final = frozenset(
    {"address", "article", "blockquote", "div", "dl", "dt", "dd", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)  # fmt: skip
UNSEEN: Final = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg", "select"})
VOID: Final = frozenset({"meta", "link", "base", "img", "input", "br", "hr"})
QUOTE_CLASSES: Final = frozenset(
    {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix", "zmail_extra"}
)
QUOTE_IDS: Final = frozenset(
    {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "isforwardcontent"}
)
"""What mail programs of Google, Yahoo, Proton, Mozilla, Zoho and Microsoft put around or before what they quote."""
SIGNATURE_CLASSES: Final = frozenset({"gmail_signature", "moz-signature"})


def text_of_html(source: str) -> str:
    """Return the words that a reader of the mail sees before what it quotes."""
    reader = _Reader()
    try:
        reader.feed(source)
        reader.close()
    except _Quoted:
        pass
    except (AssertionError, ValueError):
        # A declaration that is none: what was read up to it stands.
        pass
    lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
    return "\n".join(lines).strip()


class _Quoted(Exception):
    """What follows was written by somebody else."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._has_words = False
        self._hidden_by, self._depth = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins; stop where a quotation does."""
        given = {name: (value or "").lower() for name, value in attrs}
        classes = set(given.get("class", "").split())
        if self._has_words and self._is_quote(tag, given, classes):
            raise _Quoted
        if tag == "body":
            self._hidden_by = ""
        if self._hidden_by:
            self._depth += tag == self._hidden_by
        elif tag not in VOID and (tag in UNSEEN or classes & SIGNATURE_CLASSES):
            self._hidden_by, self._depth = tag, 1
        if tag in BLOCKS or tag == "br":
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line where a block ends."""
        if tag == self._hidden_by:
            self._depth -= 1
            self._hidden_by = self._hidden_by if self._depth else ""
        if tag in BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._hidden_by:
            self.said.append(data.replace("\n", " "))
            self._has_words = self._has_words or bool(data.strip())

    @staticmethod
    def _is_quote(tag: str, given: dict[str, str], classes: set[str]) -> bool:
        by_name = given.get("id", "").removeprefix("x_") in QUOTE_IDS or bool(classes & QUOTE_CLASSES)
        by_line = tag == "div" and "border-top:solid" in given.get("style", "").replace(" ", "").replace(
            "border:none;", ""
        )
        return by_name or by_line or (tag == "blockquote" and (given.get("type") == "cite" or "cite" in given))
