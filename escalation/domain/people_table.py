"""A table of people and their offices: its columns by any of their names, what its lines must hold."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from escalation.domain.addresses import read_email
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
from escalation.domain.codes import OFFICE_LEVEL, Language, Level, Office
from escalation.domain.folding import place_key
from escalation.domain.phones import read_phone
from escalation.domain.typed import FURTHEST, OLDEST, clean_line

NAME_CHARS = 120

COLUMNS: dict[str, tuple[str, ...]] = {
    "email": ("البريد الإلكتروني", "العنوان الإلكتروني", "E-mail", "Adresse électronique", "Courriel"),
    "name_ar": ("الاسم بالعربية", "الاسم الكامل بالعربية", "Nom en arabe"),
    "name_fr": ("الاسم بالفرنسية", "الاسم بالحروف اللاتينية", "Nom en français", "Nom en lettres latines"),
    "phone": ("الهاتف", "رقم الهاتف", "Téléphone", "Tél"),
    "language": ("اللغة", "Langue"),
    "office": ("الصفة", "المهمة", "Fonction", "Qualité"),
    "place": ("المكان", "الجماعة", "Lieu", "Commune"),
    "province": ("الإقليم", "العمالة", "العمالة أو الإقليم", "Province", "Préfecture", "Province ou préfecture"),
    "starts_on": ("أول يوم", "تاريخ البداية", "Premier jour", "Date de début"),
    "ends_on": ("آخر يوم", "تاريخ النهاية", "Dernier jour", "Date de fin"),
}
"""Each column by the name of its question in an invitation, with the other words by which it is known."""
NEEDED = ("email", "office", "place")
PEOPLE = Columns(COLUMNS, NEEDED)
NAMES = ("name_ar", "name_fr")
OWN = (*NAMES, "phone")
"""What belongs to a person: two lines of one address must say the same of it."""


@dataclass(frozen=True)
class Held:
    """An office of somebody who is here already: held then, or waiting for an answer to an invitation."""

    office: Office
    place_code: str
    starts_on: date
    ends_on: date | None

    def overlaps(self, starts_on: date, ends_on: date | None) -> bool:
        """Say whether it is held on some day of a time."""
        return (self.ends_on is None or self.ends_on >= starts_on) and (ends_on is None or self.starts_on <= ends_on)


@dataclass(frozen=True)
class Directory:
    """What the cells of a table may name, by the keys of every spelling; and who is here already, by address."""

    places: Mapping[Level, Codes]
    province_of: Mapping[str, str]
    """The province of each commune, by code."""
    offices: Codes
    languages: Codes
    people: Mapping[str, tuple[Held, ...]]
    phones: Mapping[str, str]
    """The address of who has a number already."""


@dataclass
class Checked:
    """One line: the invitation it makes, or what is wrong with it."""

    answers: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_known: bool = False
    """Its person is here already: names, number and language stay as they are."""
    is_done: bool = False
    """The office is theirs already, or the invitation to it waits for their answer."""


def check_line(cells: Mapping[str, str], directory: Directory, today: date) -> Checked:
    """Return the invitation that a line makes, or every cell of it that must be corrected first."""
    address = read_email(cells.get("email", ""))
    line = Checked(is_known=address in directory.people)
    line.faults += missing(cells, NEEDED if line.is_known else (*NEEDED, *NAMES))
    line.answers |= {"language": Language.AR, "starts_on": today}
    for name, read in _readers(cells, directory, today):
        text = cells.get(name, "")
        if text:
            try:
                line.answers[name] = read(text)
            except Unreadable as unreadable:
                line.faults.append(Fault(name, str(unreadable), text[:GIVEN_CHARS]))
    if not line.faults:
        _check_together(line, cells, directory)
    return line


def disagreements(lines: Iterable[Mapping[str, Any]]) -> dict[int, list[Fault]]:
    """Return, by the number of its line, what cannot stand beside an earlier line of the same table."""
    own: dict[tuple[str, str], str] = {}
    owners: dict[str, str] = {}
    terms: dict[tuple[str, str, str], list[Held]] = {}
    faults: dict[int, list[Fault]] = {}
    for line in lines:
        found = [
            Fault(name, "says_otherwise", line[name])
            for name in OWN
            if line.get(name) and own.setdefault((line["email"], name), line[name]) != line[name]
        ]
        if line.get("phone") and owners.setdefault(line["phone"], line["email"]) != line["email"]:
            found.append(Fault("phone", "phone_twice", line["phone"]))
        ends_on = line.get("ends_on")
        term = Held(
            Office(line["office"]),
            line["place"],
            date.fromisoformat(line["starts_on"]),
            date.fromisoformat(ends_on) if ends_on else None,
        )
        before = terms.setdefault((line["email"], line["office"], line["place"]), [])
        if any(each.overlaps(term.starts_on, term.ends_on) for each in before):
            found.append(Fault("office", "twice"))
        before.append(term)
        if found:
            faults[line["line"]] = found
    return faults


def office_words(names: Iterable[str]) -> Iterator[str]:
    """Yield the ways to write the name of an office: as it stands, of a man, of a woman."""
    for name in names:
        yield name
        yield re.sub(r"\([^)]*\)", "", name)
        yield re.sub(r"\(([^)]*)\)", r"\1", name)
        yield re.sub(r"teur\(trice\)", "trice", name)


def _readers(cells: Mapping[str, str], directory: Directory, today: date) -> Iterator[tuple[str, Callable[[str], Any]]]:
    yield "email", lambda text: known(read_email(text), "not_an_email")
    for name in NAMES:
        yield name, lambda text: short(clean_line(text), NAME_CHARS)
    yield "phone", _phone
    yield "language", lambda text: Language(one_named(directory.languages, text))
    yield "office", lambda text: Office(one_named(directory.offices, text))
    yield "province", lambda text: one_of(directory.places[Level.PROVINCE], place_key(text))
    yield "place", partial(_place, cells, directory)
    yield "starts_on", lambda text: day(text, OLDEST, today + FURTHEST, "day_too_old", "day_too_far")
    yield "ends_on", lambda text: day(text, today, today + FURTHEST, "day_past", "day_too_far")


def _place(cells: Mapping[str, str], directory: Directory, text: str) -> str:
    """Return the place that a cell names at the level of the line's office; what it says where that is not known."""
    try:
        levels = [OFFICE_LEVEL[Office(one_named(directory.offices, cells.get("office", "")))]]
    except Unreadable:
        return text
    provinces, found = directory.places[Level.PROVINCE], directory.places[levels[0]]
    if place_key(text) not in found and any(place_key(text) in codes for codes in directory.places.values()):
        raise Unreadable("wrong_level")
    return place_in(found, text, cells.get("province", ""), provinces, directory.province_of)


def _phone(text: str) -> str:
    """Return a telephone number; a table that took it for a quantity has lost the zero it began with."""
    return str(known(read_phone(text), "not_a_phone"))


def _check_together(line: Checked, cells: Mapping[str, str], directory: Directory) -> None:
    answers = line.answers
    ends_on = answers.get("ends_on")
    if ends_on is not None and ends_on < answers["starts_on"]:
        line.faults.append(Fault("ends_on", "before_its_start", cells["ends_on"][:GIVEN_CHARS]))
    owner = directory.phones.get(answers.get("phone", ""))
    if not line.is_known and owner is not None:
        line.faults.append(Fault("phone", "phone_taken", cells["phone"][:GIVEN_CHARS]))
    line.is_done = any(
        (held.office, held.place_code) == (answers["office"], answers["place"])
        and held.overlaps(answers["starts_on"], ends_on)
        for held in directory.people.get(answers["email"], ())
    )
