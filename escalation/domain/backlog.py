"""A table of obstacles that somebody kept elsewhere: its columns by any of their names, and what a line must hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from escalation.domain.codes import Channel, Urgency
from escalation.domain.content import Content
from escalation.domain.folding import name_key, place_key
from escalation.domain.typed import (
    FURTHEST,
    LINE_CHARS,
    OLDEST,
    PARAGRAPH_CHARS,
    PHONE_CHARS,
    clean_line,
    is_phone,
    read_centimes,
    read_day,
    read_whole,
)

GIVEN_CHARS = 80

COLUMNS: dict[str, tuple[str, ...]] = {
    "commune": ("الجماعة", "رمز الجماعة", "Commune", "Code de la commune"),
    "province": ("الإقليم", "العمالة", "العمالة أو الإقليم", "Province", "Préfecture", "Province ou préfecture"),
    "project_name": ("المشروع", "اسم المشروع", "Projet", "Nom du projet", "Intitulé du projet"),
    "project_owner": ("صاحب المشروع", "Maître d’ouvrage"),
    "obstacle_type": ("العائق", "نوع العائق", "الإكراه", "Obstacle", "Type d’obstacle", "Contrainte"),
    "blocked_since": ("منذ متى", "تاريخ التعثر", "Depuis quand", "Bloqué depuis", "Date de blocage"),
    "description": ("الوصف", "ما الذي حدث", "Description", "Que s’est-il passé"),
    "request": ("المطلوب", "الطلب", "Demande", "Ce qui est attendu", "Ce qui est demandé"),
    "title": ("العنوان", "عنوان الملف", "Titre", "Titre du dossier"),
    "sector": ("القطاع", "Secteur"),
    "programme": ("البرنامج", "Programme"),
    "budget": ("الميزانية", "كلفة المشروع", "Budget", "Coût du projet"),
    "amount_blocked": ("المبلغ المعلق", "Montant en attente", "Montant bloqué"),
    "people_affected": ("عدد المستفيدين", "عدد المستفيدين المعنيين", "الساكنة المعنية", "Habitants concernés"),
    "asked_of": ("من يمكنه المساعدة", "الهيئات المعنية", "Qui peut aider", "Organismes concernés"),
    "tried_already": ("ما تم القيام به", "Démarches déjà faites", "Déjà tenté"),
    "urgency": ("درجة الاستعجال", "الاستعجال", "Urgence"),
    "urgency_reason": ("سبب الاستعجال", "Motif de l’urgence"),
    "needed_by": ("قبل تاريخ", "آخر أجل", "Avant le", "Date limite"),
    "callback_phone": ("الهاتف", "رقم الهاتف", "Téléphone", "Tél"),
    "channel": ("كيف ورد", "طريقة التوصل", "Canal", "Voie de réception"),
}
"""Each column by the name of its question in a filing, with the other words by which it is known."""

NEEDED = ("commune", "project_name")
LINES = ("project_name", "title", "programme")
PARAGRAPHS = ("description", "request", "tried_already", "urgency_reason")

_COLUMN_OF = {name_key(word): name for name, words in COLUMNS.items() for word in (name, *words)}

Codes = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Directory:
    """What the cells of a table may name, by the keys of every spelling."""

    communes: Codes
    provinces: Codes
    province_of: Mapping[str, str]
    """The province of each commune, by code."""
    bodies: Codes
    types: Codes
    sectors: Codes
    urgencies: Codes
    channels: Codes


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: a code, and what the cell held."""

    column: str
    reason: str
    given: str = ""


class Unreadable(Exception):
    """A cell cannot be read; the reason is a code."""


@dataclass
class Checked:
    """One line: the draft it makes, or what is wrong with it."""

    commune_code: str = ""
    channel: Channel | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def content(self) -> Content:
        """Return the answers of the draft."""
        return Content(**self.answers)


def column_of(heading: str) -> str | None:
    """Return the column that a heading names, in any of its words; None when it is none of ours."""
    return _COLUMN_OF.get(name_key(heading))


def check_line(cells: Mapping[str, str], directory: Directory, today: date) -> Checked:
    """Return the draft that a line makes, or every cell of it that must be corrected first."""
    line = Checked()
    for name in NEEDED:
        if not cells.get(name):
            line.faults.append(Fault(name, "missing"))
    for name, read in _readers(cells, directory, today):
        text = cells.get(name, "")
        if text:
            try:
                _put(line, name, read(text))
            except Unreadable as unreadable:
                line.faults.append(Fault(name, str(unreadable), text[:GIVEN_CHARS]))
    return line


def _put(line: Checked, name: str, value: Any) -> None:
    if name == "commune":
        line.commune_code = value
    elif name == "channel":
        line.channel = Channel(value)
    elif name != "province":
        line.answers[{"budget": "budget_centimes", "amount_blocked": "amount_blocked_centimes"}.get(name, name)] = value


def _readers(cells: Mapping[str, str], directory: Directory, today: date) -> Iterator[tuple[str, Callable[[str], Any]]]:
    yield "commune", lambda text: _commune(text, cells.get("province", ""), directory)
    yield "province", lambda text: _one_of(directory.provinces, place_key(text))
    for name in LINES:
        yield name, lambda text: _short(clean_line(text), LINE_CHARS)
    for name in PARAGRAPHS:
        yield name, lambda text: _short(text, PARAGRAPH_CHARS)
    chosen = {"project_owner": directory.bodies, "obstacle_type": directory.types, "sector": directory.sectors}
    for name, codes in (chosen | {"channel": directory.channels}).items():
        yield name, partial(_one_named, codes)
    yield "urgency", lambda text: Urgency(_one_of(directory.urgencies, name_key(text)))
    yield "asked_of", lambda text: _several(directory.bodies, text)
    yield "blocked_since", lambda text: _day(text, OLDEST, today, "day_too_old", "day_to_come")
    yield "needed_by", lambda text: _day(text, today, today + FURTHEST, "day_past", "day_too_far")
    for name in ("budget", "amount_blocked"):
        yield name, lambda text: _read(read_centimes(text), "not_an_amount")
    yield "people_affected", lambda text: _read(read_whole(text), "not_whole")
    yield "callback_phone", _phone


def _commune(text: str, province: str, directory: Directory) -> str:
    """Return the commune that a cell names by code or by name, where there are two of one name by its province too."""
    found = directory.communes.get(place_key(text), frozenset())
    around = directory.provinces.get(place_key(province), frozenset()) if province else frozenset()
    if found and around:
        there = frozenset(code for code in found if directory.province_of[code] in around)
        return _only(there, "other_province", "ambiguous_commune")
    return _only(found, "unknown_commune", "ambiguous_commune")


def _one_of(codes: Codes, key: str) -> str:
    return _only(codes.get(key, frozenset()), "unknown", "ambiguous")


def _only(found: frozenset[str], none: str, several: str) -> str:
    if len(found) != 1:
        raise Unreadable(several if found else none)
    return next(iter(found))


def _one_named(codes: Codes, text: str) -> str:
    return _one_of(codes, name_key(text))


def _several(codes: Codes, text: str) -> tuple[str, ...]:
    """Return the codes of a list: a bar, a semicolon or a new line parts them, for a name may itself hold a comma."""
    parts = re.split(r"[|;؛\n]", text)
    return tuple(dict.fromkeys(_one_of(codes, name_key(part)) for part in parts if part.strip()))


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise Unreadable("too_long")
    return text


def _day(text: str, first: date, last: date, before: str, after: str) -> date:
    day: date = _read(read_day(text), "not_a_day")
    if day < first or day > last:
        raise Unreadable(before if day < first else after)
    return day


def _read(value: Any, reason: str) -> Any:
    if value is None:
        raise Unreadable(reason)
    return value


def _phone(text: str) -> str:
    """Return a telephone number; a table that took it for a number has lost the zero it began with."""
    number = clean_line(text)
    if number.isascii() and number.isdigit() and len(number) == 9 and number[0] in "5678":
        number = f"0{number}"
    if not is_phone(number) or len(number) > PHONE_CHARS:
        raise Unreadable("not_a_phone")
    return number
