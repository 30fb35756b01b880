"""A table of obstacles that somebody kept elsewhere: its columns by any of their names, and what a line must hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from escalation.domain.cells import (
    GIVEN_CHARS,
    Codes,
    Columns,
    Fault,
    Unreadable,
    day,
    known,
    missing,
    one_named,
    one_of,
    place_in,
    short,
)
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
    read_whole,
)

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

OBSTACLES = Columns(COLUMNS, NEEDED)


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


def check_line(cells: Mapping[str, str], directory: Directory, today: date) -> Checked:
    """Return the draft that a line makes, or every cell of it that must be corrected first."""
    line = Checked(faults=missing(cells, NEEDED))
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
    yield (
        "commune",
        lambda text: place_in(
            directory.communes, text, cells.get("province", ""), directory.provinces, directory.province_of
        ),
    )
    yield "province", lambda text: one_of(directory.provinces, place_key(text))
    for name in LINES:
        yield name, lambda text: short(clean_line(text), LINE_CHARS)
    for name in PARAGRAPHS:
        yield name, lambda text: short(text, PARAGRAPH_CHARS)
    chosen = {"project_owner": directory.bodies, "obstacle_type": directory.types, "sector": directory.sectors}
    for name, codes in (chosen | {"channel": directory.channels}).items():
        yield name, partial(one_named, codes)
    yield "urgency", lambda text: Urgency(one_of(directory.urgencies, name_key(text)))
    yield "asked_of", lambda text: _several(directory.bodies, text)
    yield "blocked_since", lambda text: day(text, OLDEST, today, "day_too_old", "day_to_come")
    yield "needed_by", lambda text: day(text, today, today + FURTHEST, "day_past", "day_too_far")
    for name in ("budget", "amount_blocked"):
        yield name, lambda text: known(read_centimes(text), "not_an_amount")
    yield "people_affected", lambda text: known(read_whole(text), "not_whole")
    yield "callback_phone", _phone


def _several(codes: Codes, text: str) -> tuple[str, ...]:
    """Return the codes of a list: a bar, a semicolon or a new line parts them, for a name may itself hold a comma."""
    parts = re.split(r"[|;؛\n]", text)
    return tuple(dict.fromkeys(one_of(codes, name_key(part)) for part in parts if part.strip()))


def _phone(text: str) -> str:
    """Return a telephone number; a table that took it for a number has lost the zero it began with."""
    number = clean_line(text)
    if number.isascii() and number.isdigit() and len(number) == 9 and number[0] in "5678":
        number = f"0{number}"
    if not is_phone(number) or len(number) > PHONE_CHARS:
        raise Unreadable("not_a_phone")
    return number
