"""One file of what is held about a person: a page to read, a table for each part, and everything once more as JSON."""

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import render_template

from escalation.web.privacy.words import column_words, part_words

Held = tuple[str, list[dict[str, Any]], bool]

BEGINS_A_FORMULA = frozenset("=+-@")
BREAKS_A_CELL = ("\t", "\r", "\n")
UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
"""Characters that a table may pass over before it reads a formula: marks of direction, spaces, controls."""
MARK_OF_UTF8 = "\ufeff"


def pack(held: Iterable[Held], installation: str, now: datetime) -> bytes:
    """Return the archive's bytes."""
    parts = list(held)
    page = render_template(
        "privacy/held.html", parts=parts, installation=installation, at=now,
        part_words=part_words, column_words=column_words, text=as_text,
    )  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page)
        everything = {name: rows for name, rows, _has_more in parts}
        archive.writestr("everything.json", json.dumps(everything, ensure_ascii=False, indent=1))
        for name, rows, _has_more in parts:
            if rows:
                archive.writestr(f"{name}.csv", as_table(rows))
    return packed.getvalue()


def as_table(rows: list[dict[str, Any]]) -> str:
    """Return rows as CSV that a spreadsheet opens as text: no cell of it is a formula."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(rows[0])
    table.writerows([harmless(as_text(value)) for value in row.values()] for row in rows)
    return MARK_OF_UTF8 + written.getvalue()


def as_text(value: Any) -> str:
    """Return a plain value as one cell says it."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def harmless(words: str) -> str:
    """Return a cell with a mark before it where a spreadsheet would take its words for a formula.

    What is not seen at its beginning, and the wide forms of a sign, hide nothing.
    """
    seen = next((char for char in words if unicodedata.category(char) not in UNSEEN), "")
    is_formula = unicodedata.normalize("NFKC", seen)[:1] in BEGINS_A_FORMULA if seen else False
    return f"'{words}" if is_formula or words.startswith(BREAKS_A_CELL) else words
