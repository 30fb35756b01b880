"""Reading a table that somebody sends, as text or as a workbook, within bounds: which columns it has, and its lines."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from escalation.domain.cells import Columns
from escalation.domain.errors import DomainError
from escalation.domain.typed import clean_text
from escalation.services.backlog.workbooks import BrokenWorkbook, read_workbook

MOST_BYTES = 5_000_000
MOST_LINES = 2_000
MOST_ROWS = 20_000
"""Empty rows counted, for a sheet may hold some between its lines."""
MOST_COLUMNS = 60
SEPARATORS = (",", ";", "\t")

WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{3}")

Rows = Iterable[Sequence[str]]


class TableRefused(DomainError):
    """A file cannot be read as a table of ours; ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Line:
    """One line of a table: its number as a spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    lines: list[Line]
    unread: list[str]
    """The headings that name no column of ours."""


def read_table(raw: bytes, columns: Columns) -> Table:
    """Return the lines of a file under the columns that its first filled row names. Raises: TableRefused."""
    if len(raw) > MOST_BYTES:
        raise TableRefused("too_large")
    if raw.startswith(OLD_WORKBOOK):
        raise TableRefused("old_workbook")
    if not raw.startswith(WORKBOOK):
        return _read_rows(_best_rows(_decoded(raw), columns), columns)
    try:
        return _read_rows(read_workbook(raw, MOST_COLUMNS), columns)
    except BrokenWorkbook as broken:
        raise TableRefused(broken.reason) from broken


def _read_rows(rows: Rows, ours: Columns) -> Table:
    numbered = ((number, [clean_text(cell) for cell in row]) for number, row in enumerate(_bounded(rows), 1))
    filled = ((number, row) for number, row in numbered if any(row))
    _number, headings = next(filled, (0, []))
    columns = _columns(headings, ours)
    lines: list[Line] = []
    for number, row in filled:
        cells = {name: row[place] for place, name in columns.items() if place < len(row) and row[place]}
        if cells:
            lines.append(Line(number, cells))
        if len(lines) > MOST_LINES:
            raise TableRefused("too_many_lines")
    if not lines:
        raise TableRefused("no_lines")
    return Table(lines, [heading[:80] for place, heading in enumerate(headings) if heading and place not in columns])


def _columns(headings: Sequence[str], ours: Columns) -> dict[int, str]:
    """Return which column stands at which place. Raises: TableRefused."""
    named = {place: ours.of(heading) for place, heading in enumerate(headings[:MOST_COLUMNS])}
    columns = {place: name for place, name in named.items() if name is not None}
    if not set(ours.needed) <= set(columns.values()):
        raise TableRefused("no_header" if headings else "no_lines")
    if len(set(columns.values())) < len(columns):
        raise TableRefused("column_twice")
    return columns


def _bounded(rows: Rows) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise TableRefused("too_many_lines")
        yield row


def _decoded(raw: bytes) -> str:
    """Return a text as it was meant: in UTF-8, or as an Arabic or a French Windows writes. Raises: TableRefused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(raw, "utf-16")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Of the two, only the Arabic one has letters for every byte; French words never look like Arabic ones in it.
        arabic = raw.decode("cp1256", errors="replace")
        text = _strictly(raw, "cp1256" if _ARABIC_WORD.search(arabic) else "cp1252")
    if "\0" in text:
        raise TableRefused("unreadable")
    return text


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise TableRefused("unreadable") from wrong


def _best_rows(text: str, ours: Columns) -> Rows:
    """Return the rows of a text, parted by whatever parts its headings best. Raises: TableRefused."""
    text = re.sub(r"\Asep=.[\r\n]+", "", text)
    return _rows_of(text, max(SEPARATORS, key=lambda separator: _known_headings(text, separator, ours)))


def _known_headings(text: str, separator: str, ours: Columns) -> int:
    first = next((row for row in islice(_rows_of(text, separator), 100) if any(cell.strip() for cell in row)), [])
    return sum(ours.of(clean_text(cell)) is not None for cell in first[:MOST_COLUMNS])


def _rows_of(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as broken:
        raise TableRefused("unreadable") from broken
