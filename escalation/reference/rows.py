"""Reading one CSV file strictly: each cell is asked for by column name and type, and a fault names file and line.

What the columns mean is in ``catalogue``.
"""

import csv
import io
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import TypeVar

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Member = TypeVar("Member", bound=StrEnum)


class BrokenRow(ValueError):
    """A reference file says something that cannot be loaded; ``line`` counts the header as line 1."""

    def __init__(self, file: str, line: int, column: str, message: str) -> None:
        where = f"{file}, line {line}" + (f", column {column}" if column else "")
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True)
class Row:
    """The cells of one line, read by column and type; each method raises BrokenRow."""

    file: str
    line: int
    cells: dict[str, str]

    def broken(self, column: str, message: str) -> BrokenRow:
        """Return the error that names this line and column."""
        return BrokenRow(self.file, self.line, column, message)

    def text(self, column: str, most: int = 4000) -> str:
        """Return the text of a cell, which may be empty."""
        value = self.cells[column].strip()
        if len(value) > most:
            raise self.broken(column, f"is longer than {most} characters")
        return value

    def name(self, column: str, most: int = 4000) -> str:
        """Return the text of a cell that may not be empty."""
        value = self.text(column, most)
        if not value:
            raise self.broken(column, "is empty")
        return value

    def code(self, column: str, most: int) -> str:
        """Return a code: Latin letters, digits, points, hyphens and underscores."""
        value = self.name(column, most)
        if not CODE.fullmatch(value):
            raise self.broken(column, f"{value!r} is not a code")
        return value

    def member(self, column: str, codes: type[Member]) -> Member:
        """Return the member of a closed list."""
        return codes(self.one_of(column, [code.value for code in codes]))

    def one_of(self, column: str, known: Collection[str]) -> str:
        """Return a value that is one of those known."""
        value = self.name(column)
        if value not in known:
            raise self.broken(column, f"{value!r} is not one of {', '.join(sorted(known))}")
        return value

    def whole(self, column: str) -> int | None:
        """Return a whole number from zero up, or None for an empty cell."""
        value = self.text(column)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise self.broken(column, f"{value!r} is not a whole number")
        return int(value)

    def degrees(self, column: str, limit: float) -> float | None:
        """Return a coordinate in degrees, at most ``limit`` either way, or None for an empty cell."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not abs(number) <= limit:
            raise self.broken(column, f"{value!r} is not a number of degrees between -{limit:g} and {limit:g}")
        return number


def read_rows(folder: Traversable, file: str, columns: Collection[str]) -> Iterator[Row]:
    """Yield the rows of one file, each with exactly the header's number of cells; columns nobody asks for are let be.

    Raises: BrokenRow.
    """
    lines = csv.reader(io.StringIO(_text(folder, file), newline=""), strict=True)
    try:
        header = next(lines, [])
        for column in columns:
            if header.count(column) != 1:
                raise BrokenRow(file, 1, column, "the header must name this column once")
        starts_at = lines.line_num + 1
        for cells in lines:
            if cells:
                if len(cells) != len(header):
                    raise BrokenRow(file, starts_at, "", f"has {len(cells)} cells, the header has {len(header)}")
                yield Row(file, starts_at, dict(zip(header, cells, strict=True)))
            starts_at = lines.line_num + 1
    except csv.Error as error:
        raise BrokenRow(file, lines.line_num, "", str(error)) from error


def _text(folder: Traversable, file: str) -> str:
    try:
        raw = folder.joinpath(*file.split("/")).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise BrokenRow(file, 1, "", "the file is missing") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenRow(file, raw.count(b"\n", 0, error.start) + 1, "", "is not UTF-8") from error
