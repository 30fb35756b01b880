"""What an address asks behind its question mark, as it can be searched for: what is none of ours asks nothing."""

from flask import request

from escalation.domain.typed import LINE_CHARS, clean_line

MOST_ROW = 2**31 - 1
MOST_LINE = 2**63 - 1
"""The highest numbers of rows of most tables, and of those that only grow."""


def asked_words(name: str) -> str:
    """Return the words asked for on one line, without what no row can hold; nothing where none are."""
    return clean_line(request.args.get(name, ""))[:LINE_CHARS]


def asked_number(name: str, most: int = MOST_ROW) -> int | None:
    """Return the number of the row asked for; None where none could bear it."""
    number = request.args.get(name, type=int)
    return number if number is not None and 0 < number <= most else None
