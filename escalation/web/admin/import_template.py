"""The empty table of people that one downloads, fills in and sends: as text, or as a workbook with its choices."""

from collections.abc import Sequence

from flask import Response
from flask_babel import gettext as _

from escalation.domain.codes import Language
from escalation.domain.people_table import COLUMNS
from escalation.labels import current_language
from escalation.queries.places import get_places, list_communes_by_province
from escalation.services.backlog.workbooks import write_workbook
from escalation.web.admin.import_words import choices, guide
from escalation.web.filing.import_template import csv_file, workbook_file


def as_csv() -> Response:
    """Return the names of the columns as text that spreadsheets open as they should."""
    return csv_file(COLUMNS, "people.csv")


def as_workbook(region_code: str) -> Response:
    """Return the same as a workbook, with sheets of what the cells may hold: columns, places, offices, languages."""
    sheets: dict[str, Sequence[Sequence[str]]] = {
        "template": [list(COLUMNS)],
        "columns": [["column", _("What it asks"), _("Other names it may have")], *_columns()],
        "places": [["place", "name_ar", "name_fr", "province_ar", "province_fr"], *_places(region_code)],
        **{column: [[column, "name_ar", "name_fr"], *rows] for column, rows in choices().items()},
    }
    return workbook_file(write_workbook(sheets, right_to_left=current_language() is Language.AR), "people.xlsx")


def _columns() -> list[list[str]]:
    return [[column.name, column.label, " | ".join(column.also)] for column in guide()]


def _places(region_code: str) -> list[list[str]]:
    region, by_province = get_places({region_code})[region_code], list_communes_by_province({region_code})
    rows = [[region.code, region.name_ar, region.name_fr, "", ""]]
    rows += [[row.code, row.name_ar, row.name_fr, "", ""] for row in by_province]
    rows += [
        [commune.code, commune.name_ar, commune.name_fr, province.name_ar, province.name_fr]
        for province, communes in by_province.items()
        for commune in communes
    ]
    return rows
