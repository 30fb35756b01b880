"""What the processes write: to standard error, in UTC, so that nobody's word begins a line or turns one round."""

import logging
import time
import unicodedata

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Characters that break a line, move a cursor or turn the writing round."""
UNDER = "  | "
"""Before each line that goes on from the one above: whatever a fault quotes is no entry of its own."""


class PlainLines(logging.Formatter):
    """One line an entry; the lines of a fault stand under it, marked."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - a name of the standard library
        """Return the entry, its words on one line."""
        return _plain(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - a name of the standard library
        """Return a fault with its places."""
        return "\n".join(UNDER + _plain(line) for line in super().formatException(ei).split("\n"))  # type: ignore[arg-type]


def begin_logs() -> None:
    """Write warnings and errors of every part of this process in the one way."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainLines(FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _plain(words: str) -> str:
    return "".join(_escaped(char) if unicodedata.category(char) in ESCAPED else char for char in words)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
