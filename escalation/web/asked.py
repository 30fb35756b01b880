"""What an address asks behind its question mark, as it can be searched for: what is none of ours asks nothing."""

from enum import StrEnum
from typing import TypeVar

from flask import request

from escalation.domain.typed import LINE_CHARS, clean_line

Code = TypeVar("Code", bound=StrEnum)

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


def asked_code(name: str, codes: type[Code]) -> Code | None:
    """Return the code asked for; None where it is none of them."""
    return next((code for code in codes if code == request.args.get(name)), None)
