"""What is said of a table of people: that it cannot be read, what to correct in a cell, what each line will do."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from escalation import labels
from escalation.domain.codes import Language, Office
from escalation.domain.people_table import COLUMNS, NAMES, NEEDED
from escalation.models.imports import BacklogImport
from escalation.models.places import Place
from escalation.queries.places import get_places
from escalation.reference.catalogue import terms
from escalation.services.people.invitations import POWERFUL
from escalation.web.filing.import_words import FAULTS as CELL_FAULTS
from escalation.web.filing.import_words import REFUSED as FILE_REFUSED
from escalation.web.filing.import_words import CellFault, ColumnGuide, faults_in
from escalation.web.forms.admin import InviteForm
from escalation.web.language import NATIVE_NAMES

REFUSED = FILE_REFUSED | {
    "no_header": _l("The first line must name the columns, at least those of the address, the office and the place."),
    "no_lines": _l("This table is empty: write a line for each office under the names of the columns."),
}
FAULTS = CELL_FAULTS | {
    "unknown_place": _l("No place of your region has this name: write its name or its code as in the template."),
    "ambiguous_place": _l(
        "Two places have this name: add the province or prefecture in its column, or write the code."
    ),
    "other_province": _l("This place is not in the province or prefecture that the line names: correct one of them."),
    "wrong_level": _l("This office is not held there: name a commune, a province or the region, as the office asks."),
    "not_an_email": _l("This is not an e-mail address: write it like name@example.ma."),
    "not_a_phone": _l("This is not a telephone number: write it like 0612345678 or +212612345678."),
    "phone_taken": _l("Another person here signs in by this number: correct it, or leave the cell empty."),
    "phone_twice": _l("Another address of this table has the same number: correct one of them."),
    "says_otherwise": _l("An earlier line says otherwise of the same address: write the same in both."),
    "twice": _l("An earlier line gives the same person the same office there in that time: leave one out."),
    "before_its_start": _l("The last day is before the first one: correct one of them."),
    "day_too_old": _l("This day is too long ago: write a day after 1990."),
}


@dataclass(frozen=True)
class LinePreview:
    """What a line of a checked table will do."""

    number: int
    name: str
    email: str
    office: str
    place: Place
    becomes: str


def column_labels() -> dict[str, str]:
    """Return what each column asks, in the page's language, by its name."""
    form = InviteForm(formdata=None)
    labelled = {name: str(form[name].label.text) for name in COLUMNS if name in form}
    return {name: labelled.get(name, _("Province or prefecture")) for name in COLUMNS}


def guide() -> list[ColumnGuide]:
    """Return every column with its names."""
    names = column_labels()
    return [ColumnGuide(name, names[name], words, name in (*NEEDED, *NAMES)) for name, words in COLUMNS.items()]


def faults_of(row: BacklogImport) -> list[CellFault]:
    """Return the first faults of a refused table, line by line."""
    return faults_in(row, column_labels(), FAULTS)


def previews(row: BacklogImport, most: int) -> list[LinePreview]:
    """Return the first lines of a checked table as its page shows them."""
    first = row.outcomes[:most]
    places = get_places({outcome["place"] for outcome in first})
    return [_preview(outcome, places[outcome["place"]]) for outcome in first]


def results(row: BacklogImport) -> list[str]:
    """Return what became of the lines of a table that was brought in, by how many."""
    count = Counter(outcome["became"] for outcome in row.outcomes)
    said = {
        "invited": ngettext(
            "%(num)d invitation is on its way", "%(num)d invitations are on their way", count["invited"]
        ),
        "given": ngettext(
            "%(num)d office was given to somebody who has an account",
            "%(num)d offices were given to people who have an account",
            count["given"],
        ),
        "waits": ngettext(
            "%(num)d office waits for a second administrator",
            "%(num)d offices wait for a second administrator",
            count["waits"],
        ),
        "there_already": ngettext(
            "%(num)d line changed nothing: it was so already",
            "%(num)d lines changed nothing: it was so already",
            count["there_already"],
        ),
    }
    return [words for became, words in said.items() if count[became]]


def choices() -> dict[str, list[list[str]]]:
    """Return what the cells of some columns choose from: its code, and its name in Arabic and French."""
    return {
        "office": [[office, terms()[office][Language.AR], terms()[office][Language.FR]] for office in Office],
        "language": [[code, NATIVE_NAMES[code], NATIVE_NAMES[code]] for code in Language],
    }


def _preview(outcome: dict[str, Any], place: Place) -> LinePreview:
    language = labels.current_language()
    name = outcome.get("name_ar" if language is Language.AR else "name_fr") or outcome["email"]
    office = Office(outcome["office"])
    if outcome["is_done"]:
        becomes = _("it is so already: nothing changes")
    elif outcome["is_known"]:
        becomes = _("is here already: names, number and language stay")
    else:
        becomes = _("is invited by mail")
    if office in POWERFUL and not outcome["is_done"]:
        becomes = f"{becomes} · {_('after a second administrator, where there is one')}"
    return LinePreview(outcome["line"], name, outcome["email"], labels.office_label(office, place.kind), place, becomes)
