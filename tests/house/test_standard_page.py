"""The page of the standard names every requirement of levels 1 and 2, each with where it is met or why it is not."""

import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, report

PAGE = ROOT / "docs" / "asvs.md"
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22",
    "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
"""The level of each requirement, by its section, in its order. Source: OWASP ASVS 5.0.0."""
CHOSEN = ("1.2.10", "1.3.12", "2.3.5", "3.4.7", "3.4.8", "3.5.8", "5.2.4", "5.2.6", "6.3.5", "6.3.7", "6.3.8", "8.3.2",
          "14.2.8")  # fmt: skip
"""Of level 3, what was chosen."""
ROW = re.compile(r"^\| ([\d.]+)(?:–([\d.]+))? \| ([123, ]+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
HELD = re.compile(r"`test_\w+`|`make (?:lint|types)`|\bpage\b")

Row = tuple[str, str, str, str]
"""First number, last number, where, and by which test."""


def numbered() -> dict[str, str]:
    """Return the level of every requirement by its number, in the standard's order."""
    sections = ((section, enumerate(levels, 1)) for section, levels in LEVELS.items())
    return {f"{section}.{place}": level for section, places in sections for place, level in places}


def rows() -> Iterator[Row]:
    """Yield the lines of the page."""
    for first, last, _level, _asked, where, test in ROW.findall(PAGE.read_text(encoding="utf-8")):
        yield first, last or first, where, test


def covered(first: str, last: str) -> list[str]:
    """Return the numbers from one to another, those of level 3 within a range apart. Raises: ValueError."""
    every = list(numbered())
    between = every[every.index(first) : every.index(last) + 1]
    return [number for number in between if first == last or numbered()[number] != "3"]


def test_the_count_is_the_standards() -> None:
    levels = list(numbered().values())
    assert [levels.count(level) for level in "123"] == [70, 183, 92]


def test_every_requirement_has_its_line_and_only_one() -> None:
    asked = [number for number, level in numbered().items() if level != "3" or number in CHOSEN]
    found = [number for first, last, _where, _test in rows() for number in covered(first, last)]
    assert found == asked, sorted({*asked} ^ {*found})


def test_every_line_says_where_it_is_met_or_why_not() -> None:
    faults = [
        first
        for first, _last, where, test in rows()
        if not (HELD.search(test) or "**open**" in where + test or where.startswith("not applicable: "))
    ]
    assert not faults, report(faults, "Name a test that fails without it, or say why it is open or not applicable:")


@pytest.mark.parametrize("number", CHOSEN)
def test_what_was_chosen_is_of_level_three(number: str) -> None:
    assert numbered()[number] == "3"
