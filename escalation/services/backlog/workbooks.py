"""Workbooks of spreadsheets: reading the first sheet of one within bounds, and writing an empty one to fill in.

A workbook is a packed archive of XML. Before anything is built from it, its parts are counted as they unpack: a small
file can unpack to an endless one.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import IO, Any
from xml.parsers import expat

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

MOST_PARTS = 200
MOST_UNPACKED_BYTES = 40_000_000
MOST_ELEMENTS = 400_000
CHUNK = 65_536
READ_AS_XML = (".xml", ".rels")


class BrokenWorkbook(Exception):
    """A workbook cannot be read, or is larger than any honest one; ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Counter:
    """Counts the elements of a workbook's parts as they unpack, and refuses what no spreadsheet writes."""

    def __init__(self) -> None:
        self.elements = self.unpacked = 0

    def read(self, part: IO[bytes]) -> bytes:
        """Return a part whole, counted while it unpacked."""
        chunks: list[bytes] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._count
        parser.StartDoctypeDeclHandler = self._refuse
        for chunk in iter(lambda: part.read(CHUNK), b""):
            chunks.append(chunk)
            self.unpacked += len(chunk)
            if self.unpacked > MOST_UNPACKED_BYTES:
                raise BrokenWorkbook("too_large")
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
        return b"".join(chunks)

    def _count(self, _name: str, _attributes: object) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise BrokenWorkbook("too_large")

    def _refuse(self, *_declared: object) -> None:
        raise BrokenWorkbook("unreadable")


def read_workbook(raw: bytes, most_columns: int) -> Iterator[list[str]]:
    """Return the rows of the first sheet as texts; of a formula, what it last came to. Raises: BrokenWorkbook."""
    try:
        book = load_workbook(_counted(raw), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(max_col=most_columns, values_only=True):
            yield [_text(value) for value in row]
    except (zipfile.BadZipFile, expat.ExpatError, InvalidFileException) as broken:
        raise BrokenWorkbook("unreadable") from broken
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, OSError, NotImplementedError,
            RuntimeError, SyntaxError, OverflowError) as broken:  # fmt: skip
        # What the library raises on parts that are not as they should be has no name of its own.
        raise BrokenWorkbook("unreadable") from broken


def _counted(raw: bytes) -> io.BytesIO:
    """Return the workbook with its parts of XML alone, all counted: what was not counted cannot be read."""
    counter, counted = _Counter(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, zipfile.ZipFile(counted, "w") as kept:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise BrokenWorkbook("too_large")
        if len({each.filename for each in parts}) < len(parts):
            raise BrokenWorkbook("unreadable")
        for each in parts:
            if each.filename.casefold().endswith(READ_AS_XML):
                with archive.open(each) as part:
                    kept.writestr(each.filename, counter.read(part))
    counted.seek(0)
    return counted


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def write_workbook(sheets: dict[str, Sequence[Sequence[str]]], *, right_to_left: bool) -> bytes:
    """Return a workbook of these sheets, by name, the first row of each in bold letters; cells hold text only."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.sheet_view.rightToLeft = right_to_left
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append(list(row))
        for place, cell in enumerate(sheet[1], 1):
            cell.font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(place)].width = 24
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
