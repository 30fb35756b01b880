"""The mails' own catalogues: complete, none guessed, the same placeholders, read from their sources."""

from __future__ import annotations

import re
from functools import cache

import polib
import pytest
from babel.messages.extract import extract_from_dir

from escalation.domain.codes import Language
from escalation.mail.environment import CATALOGUES, TEMPLATES, translations

PLACEHOLDER = re.compile(r"%\(\w+\)s")
ARABIC_FORMS = {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 101: 5, 103: 3, 111: 4}
FRENCH_FORMS = {0: 0, 1: 0, 2: 1, 11: 1, 100: 1}
languages = pytest.mark.parametrize("language", ["ar", "fr"])


@cache
def texts() -> frozenset[str]:
    """Return every text of the mails."""
    methods, options = [("**/*.jinja", "jinja2")], {"**/*.jinja": {"silent": "false", "trim_blocks": "true"}}
    hits = extract_from_dir(str(TEMPLATES / "email"), methods, options, directory_filter=lambda _path: True)
    return frozenset(hit[2] if isinstance(hit[2], str) else hit[2][0] for hit in hits)


def said(entry: polib.POEntry) -> list[str]:
    """Return what an entry says: one text, or one for each number."""
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def entries(language: str) -> list[polib.POEntry]:
    """Return what a catalogue holds."""
    return list(polib.pofile(str(CATALOGUES / language / "LC_MESSAGES" / "email.po")))


@languages
def test_the_catalogue_holds_exactly_the_texts(language: str) -> None:
    assert len(texts()) > 40
    assert {entry.msgid for entry in entries(language)} == texts(), "Run `make messages`, then translate what is new."


@languages
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    for entry in entries(language):
        assert all(said(entry)), entry.msgid
        assert not entry.fuzzy, entry.msgid
        for text in said(entry):
            assert entry.msgid_plural or set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(entry.msgid)), text
            assert set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(entry.msgid)), text


@languages
def test_a_mail_speaks_the_language_without_any_compiled_file(language: str) -> None:
    spoken = translations(Language(language)).gettext
    for entry in entries(language):
        assert entry.msgid_plural or spoken(entry.msgid) == entry.msgstr != entry.msgid
    counted = translations(Language(language)).ngettext
    plural = [entry for entry in entries(language) if entry.msgid_plural]
    assert plural
    assert all(counted(entry.msgid, entry.msgid_plural, 3) in said(entry) for entry in plural)


@pytest.mark.parametrize(("language", "forms"), [("ar", ARABIC_FORMS), ("fr", FRENCH_FORMS)])
def test_each_number_takes_its_own_form(language: str, forms: dict[int, int]) -> None:
    counted = translations(Language(language)).ngettext
    for entry in entries(language):
        for number, form in forms.items() if entry.msgid_plural else ():
            assert counted(entry.msgid, entry.msgid_plural, number) == entry.msgstr_plural[form], (number, entry.msgid)


def test_french_signs_do_not_begin_a_line() -> None:
    assert not [text for entry in entries("fr") for text in said(entry) if re.search(r" [:;?!»]|« ", text)]


def test_no_sentence_stands_in_the_parts_themselves() -> None:
    for path in sorted((TEMPLATES / "email").rglob("*")):
        if path.suffix in {".txt", ".html"}:
            assert "_(" not in path.read_text(encoding="utf-8"), f"{path}: put the words into words.jinja"
