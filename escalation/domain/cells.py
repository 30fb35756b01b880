"""The cells of a table that somebody kept elsewhere: its columns by any of their names, and how each kind is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from escalation.domain.folding import name_key, place_key
from escalation.domain.typed import read_day

GIVEN_CHARS = 80

Codes = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Columns:
    """The columns of one kind of table, each with the other words by which it is known; some of them it must have."""

    words: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return {name_key(word): name for name, words in self.words.items() for word in (name, *words)}

    def of(self, heading: str) -> str | None:
        """Return the column that a heading names, in any of its words; None when it is none of these."""
        return self._by_key.get(name_key(heading))


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: a code, and what the cell held."""

    column: str
    reason: str
    given: str = ""


class Unreadable(Exception):
    """A cell cannot be read; the reason is a code."""


def missing(cells: Mapping[str, str], needed: Iterable[str]) -> list[Fault]:
    """Return a fault for each of these columns that a line leaves empty."""
    return [Fault(name, "missing") for name in needed if not cells.get(name)]


def one_of(codes: Codes, key: str) -> str:
    """Return the one code of a key. Raises: Unreadable."""
    return only(codes.get(key, frozenset()), "unknown", "ambiguous")


def only(found: frozenset[str], none: str, several: str) -> str:
    """Return what alone was found. Raises: Unreadable, with the reason for none or for several."""
    if len(found) != 1:
        raise Unreadable(several if found else none)
    return next(iter(found))


def one_named(codes: Codes, text: str) -> str:
    """Return the one code of a name. Raises: Unreadable."""
    return one_of(codes, name_key(text))


def place_in(places: Codes, text: str, province: str, provinces: Codes, province_of: Mapping[str, str]) -> str:
    """Return the place that a cell names by code or by name, where two share it by their province too.

    Raises: Unreadable.
    """
    found = places.get(place_key(text), frozenset())
    around = provinces.get(place_key(province), frozenset()) if province else frozenset()
    if found and around:
        there = frozenset(code for code in found if province_of.get(code, code) in around)
        return only(there, "other_province", "ambiguous_place")
    return only(found, "unknown_place", "ambiguous_place")


def short(text: str, most: int) -> str:
    """Return a text that is not too long. Raises: Unreadable."""
    if len(text) > most:
        raise Unreadable("too_long")
    return text


def day(text: str, first: date, last: date, before: str, after: str) -> date:
    """Return a day between two others, or say how it is none of them. Raises: Unreadable."""
    found: date = known(read_day(text), "not_a_day")
    if found < first or found > last:
        raise Unreadable(before if found < first else after)
    return found


def known(value: Any, reason: str) -> Any:
    """Return what was read; where nothing could be, that is the reason. Raises: Unreadable."""
    if value is None:
        raise Unreadable(reason)
    return value
