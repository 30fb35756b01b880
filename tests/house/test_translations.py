"""The Arabic and French catalogues hold every text of the pages, complete, with the same placeholders."""

import gettext
import io
import re
import tomllib
from functools import cache
from typing import Any

import polib
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.house.tree import ROOT, report

LANGUAGES = ("ar", "fr")
NUMBER = re.compile(r"%\((num|count)\)")
"""What says how many: the number itself, or the number as it is written with its thousands apart."""
PLURAL_FORMS = {"ar": 6, "fr": 2}
KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
ARABIC_FORMS = {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 101: 5, 103: 3}
"""By number, which of its six forms Arabic takes: zero, one, two, few, many, other."""
DAYS = {3: "أيام", 4: "يوم ", 5: "يوم "}
"""How a day is written after a number, by form."""
FRENCH_FORMS = {0: 0, 1: 0, 2: 1, 11: 1, 100: 1}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@cache
def texts() -> frozenset[str]:
    """Return every text marked for translation, as extraction finds it."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    found: set[str] = set()
    for place in ("escalation", "templates"):
        methods = [(_under(place, mapping["pattern"]), mapping["method"]) for mapping in mappings]
        options = {_under(place, "templates/**.*"): {"silent": "false"}}
        for hit in extract_from_dir(str(ROOT / place), methods, options, KEYWORDS) if (ROOT / place).is_dir() else ():
            message = hit[2]
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found)


def _under(place: str, pattern: str) -> str:
    """Return a mapping's pattern as seen from inside its own folder; elsewhere it meets nothing."""
    head, _, rest = pattern.partition("/")
    return rest if head == place else f"elsewhere/{pattern}"


def catalogue(language: str) -> polib.POFile:
    """Return a language's catalogue, empty when there is none yet."""
    path = ROOT / "escalation" / "translations" / language / "LC_MESSAGES" / "messages.po"
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_exactly_the_texts(language: str) -> None:
    held = {entry.msgid for entry in catalogue(language) if not entry.obsolete}
    faults = [f"missing: {text!r}" for text in sorted(texts() - held)]
    faults += [f"no longer used: {text!r}" for text in sorted(held - texts())]
    assert not faults, report(faults, f"Run `make messages`, then translate what is new ({language}):")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_guessed(language: str) -> None:
    faults = [f"fuzzy: {entry.msgid!r}" for entry in catalogue(language) if entry.fuzzy]
    for entry in catalogue(language):
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(forms) or (entry.msgid_plural and len(forms) != PLURAL_FORMS[language]):
            faults.append(f"untranslated: {entry.msgid!r}")
    assert not faults, report(faults, f"Translate these in the {language} catalogue:")


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    faults = []
    for entry in catalogue(language):
        wanted = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for form in filter(None, forms):
            given = set(PLACEHOLDER.findall(form))
            # A plural form may name its number in words, nothing else may be lost.
            if given - wanted or (wanted - given and not entry.msgid_plural):
                faults.append(f"{entry.msgid!r} -> {form!r}")
    assert not faults, report(faults, f"Use the same placeholders in the {language} catalogue:")


def compiled(language: str) -> gettext.GNUTranslations:
    """Return a catalogue as the pages read it: compiled, with the plural rule that the compiled file carries."""
    source = ROOT / "escalation" / "translations" / language / "LC_MESSAGES" / "messages.po"
    made = io.BytesIO()
    write_mo(made, read_po(io.BytesIO(source.read_bytes())))
    made.seek(0)
    return gettext.GNUTranslations(made)


@pytest.mark.parametrize(("language", "forms"), [("ar", ARABIC_FORMS), ("fr", FRENCH_FORMS)])
def test_each_number_takes_its_own_form(language: str, forms: dict[int, int]) -> None:
    read = compiled(language)
    plurals = [entry for entry in catalogue(language) if entry.msgid_plural]
    assert plurals
    faults = []
    for entry in plurals:
        for number, form in forms.items():
            said = read.ngettext(entry.msgid, entry.msgid_plural, number)
            if said != entry.msgstr_plural[form]:
                faults.append(f"{number}: {said!r} is not form {form} of {entry.msgid!r}")
            if number > 2 and not NUMBER.search(said):  # one and two are said in words
                faults.append(f"{number} is not said in {said!r}")
    assert not faults, report(faults, f"Correct the plural forms in the {language} catalogue:")


def test_arabic_days_agree_with_their_number() -> None:
    entries = [entry for entry in catalogue("ar") if entry.msgid_plural and "working day" in entry.msgid]
    wrong = [
        f"{entry.msgid!r}: {entry.msgstr_plural[form]!r}"
        for entry in entries
        for form, day in DAYS.items()
        if day not in entry.msgstr_plural[form]
    ]
    wrong += [f"{entry.msgid!r}: no dual" for entry in entries if "يوما عمل" not in entry.msgstr_plural[2]]
    assert entries
    assert not wrong, report(wrong, "After 3 to 10 days are many, after more a day stands alone:")


def test_french_keeps_its_signs_beside_their_words() -> None:
    wrong = [
        entry.msgid
        for entry in catalogue("fr")
        for said in [entry.msgstr, *entry.msgstr_plural.values()]
        if re.search(r"(?<![\u00a0])[:;?!»](?=\s|$)|«(?!\u00a0)", said)
    ]
    assert not wrong, report(wrong, "Write a no-break space before : ; ? ! » and after «:")
