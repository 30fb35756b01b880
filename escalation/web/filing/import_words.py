"""What is said of a table that cannot be read, of a cell that must be corrected, and of each column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation import labels
from escalation.domain.backlog import COLUMNS, NEEDED
from escalation.domain.codes import Channel, Language, Urgency
from escalation.models.imports import BacklogImport
from escalation.queries.taxonomy import list_bodies, list_obstacle_types, list_sectors
from escalation.web.forms.filing import FilingForm

REFUSED = {
    "too_large": _l("This file is too large: send at most 5 MB and 2,000 lines, in several files if needed."),
    "too_many_lines": _l("This table has too many lines: send at most 2,000 at a time."),
    "old_workbook": _l("This is a workbook of the old kind: save it as .xlsx or as CSV UTF-8, and send that."),
    "unreadable": _l("This file cannot be read: save it as .xlsx or as CSV UTF-8, and send that."),
    "no_header": _l("The first line must name the columns, at least those of the commune and of the project."),
    "column_twice": _l("Two columns have the same name: leave one of them out."),
    "no_lines": _l("This table is empty: write a line for each obstacle under the names of the columns."),
}
FAULTS = {
    "missing": _l("This cell is empty: fill it in."),
    "unknown_place": _l("No commune of the region has this name: write its name or its code as in the template."),
    "ambiguous_place": _l(
        "Two communes have this name: add the province or prefecture in its column, or write the code."
    ),
    "other_province": _l("This commune is not in the province or prefecture that the line names: correct one of them."),
    "unknown": _l("This is none of the choices: write one of them as in the template, or its code."),
    "ambiguous": _l("This may mean several of the choices: write its full name or its code."),
    "too_long": _l("This text is too long: shorten it."),
    "not_a_day": _l("This is not a day: write it like 31/12/2026."),
    "day_to_come": _l("This day has not come yet: write a day in the past."),
    "day_too_old": _l("This day is too long ago: write a day after 1990."),
    "day_past": _l("This day has passed: write a day to come."),
    "day_too_far": _l("This day is too far away: write a day within the next ten years."),
    "not_whole": _l("This is not a whole number: write digits only."),
    "not_an_amount": _l("This is not an amount in dirhams: write it like 2480000 or 2480000,50."),
    "not_a_phone": _l("This is not a telephone number: write it like 0612345678."),
}
SHOWN_FAULTS = 200


@dataclass(frozen=True)
class CellFault:
    """What is wrong in one cell, in words."""

    line: int
    column: str
    given: str
    words: str


@dataclass(frozen=True)
class ColumnGuide:
    """One column of a table: the names it may have, and what it holds."""

    name: str
    label: str
    also: tuple[str, ...]
    is_needed: bool


def faults_of(row: BacklogImport) -> list[CellFault]:
    """Return the first faults of a refused table, line by line."""
    return faults_in(row, column_labels(), FAULTS)


def faults_in(row: BacklogImport, names: Mapping[str, str], words: Mapping[str, Any]) -> list[CellFault]:
    """Return the first faults of a table of any kind, by the names of its columns and the words for each fault."""
    found = [
        CellFault(outcome["line"], names[column], given, str(words[reason]))
        for outcome in row.outcomes
        for column, reason, given in outcome.get("faults", [])
    ]
    return found[:SHOWN_FAULTS]


def column_labels() -> dict[str, str]:
    """Return what each column asks, in the page's language, by its name."""
    form = FilingForm(formdata=None)
    labelled = {name: str(form[name].label.text) for name in COLUMNS if name in form}
    return {name: labelled.get(name, _("Province or prefecture")) for name in COLUMNS}


def guide() -> list[ColumnGuide]:
    """Return every column with its names."""
    names = column_labels()
    return [ColumnGuide(name, names[name], words, name in NEEDED) for name, words in COLUMNS.items()]


def choices() -> dict[str, list[list[str]]]:
    """Return what the cells of some columns choose from: its code, and its name in Arabic and French."""
    rows: dict[str, Sequence[Any]] = {
        "obstacle_type": list_obstacle_types(),
        "project_owner": list_bodies(),
        "sector": list_sectors(),
    }
    found = {column: [[row.code, row.name_ar, row.name_fr] for row in listed] for column, listed in rows.items()}
    coded: dict[str, dict[str, str]] = {
        "urgency": {urgency: f"urgency_{urgency}" for urgency in Urgency},
        "channel": {channel: f"channel_{channel}" for channel in Channel if channel is not Channel.WEB},
    }
    for column, codes in coded.items():
        found[column] = [
            [code, *(labels.term(key, language) for language in (Language.AR, Language.FR))]
            for code, key in codes.items()
        ]
    return found
