"""The empty table that one downloads, fills in and sends: as text, and as a workbook that holds the choices too."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response
from flask_babel import gettext as _

from escalation.domain.backlog import COLUMNS
from escalation.domain.codes import Language
from escalation.labels import current_language
from escalation.queries.places import list_communes_by_province
from escalation.services.backlog.workbooks import write_workbook
from escalation.web.filing.import_words import choices, guide

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv() -> Response:
    """Return the names of the columns as text that spreadsheets open as they should: marked as UTF-8, semicolons."""
    return csv_file(COLUMNS, "template.csv")


def as_workbook(region_code: str) -> Response:
    """Return the same as a workbook, with sheets of what the cells may hold: columns, communes, choices."""
    sheets: dict[str, Sequence[Sequence[str]]] = {
        "template": [list(COLUMNS)],
        "columns": [["column", _("What it asks"), _("Other names it may have")], *_columns()],
        "communes": [["commune", "name_ar", "name_fr", "province_ar", "province_fr"], *_communes(region_code)],
        **{column: [[column, "name_ar", "name_fr"], *rows] for column, rows in choices().items()},
    }
    return workbook_file(write_workbook(sheets, right_to_left=current_language() is Language.AR), "template.xlsx")


def csv_file(columns: Iterable[str], name: str) -> Response:
    """Return the names of columns as a text file."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(columns)
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", name)


def workbook_file(book: bytes, name: str) -> Response:
    """Return a workbook as a file."""
    return _file(book, WORKBOOK_TYPE, name)


def _columns() -> list[list[str]]:
    return [[column.name, column.label, " | ".join(column.also)] for column in guide()]


def _communes(region_code: str) -> list[list[str]]:
    return [
        [commune.code, commune.name_ar, commune.name_fr, province.name_ar, province.name_fr]
        for province, communes in list_communes_by_province({region_code}).items()
        for commune in communes
    ]


def _file(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
