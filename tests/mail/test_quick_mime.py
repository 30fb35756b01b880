"""The quick composer is the standard library's: the same bytes for every letter, and for words nobody foresaw."""

from __future__ import annotations

import dataclasses
from email.header import Header

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalation.mail.encoded import encode_base64, encode_header, encode_quoted
from escalation.mail.letter import Letter
from escalation.mail.mime import build_mime
from escalation.mail.render import RenderedMail, render
from tests.mail.account_letters import every_account_case
from tests.mail.letters import LETTERHEAD, Case, every_case, letter_to
from tests.mail.office_letters import every_office_case
from tests.mail.plain_mime import build_plainly

CASES = [*every_case(), *every_account_case(), *every_office_case()]
SEEN = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
WORDS = st.text(SEEN, min_size=1).map(lambda text: " ".join(text.split())).filter(bool)
LINES = st.lists(st.text(SEEN), min_size=1).map(lambda lines: "\n".join(lines) + "\n")


def composed_twice(letter: Letter, rendered: RenderedMail) -> tuple[bytes, bytes]:
    return build_mime(letter, rendered, LETTERHEAD), build_plainly(letter, rendered, LETTERHEAD)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_letter_is_what_the_library_makes_of_it(case: Case) -> None:
    quick, plain = composed_twice(case.letter, render(case.letter, LETTERHEAD))
    assert quick == plain


@settings(max_examples=300, deadline=None)
@given(WORDS, LINES, st.sampled_from(["ar", "fr", "en"]))
@example("[OBS-2026-00042] Dossier transmis", "=\n.\n trailing \n\ttab\t\n\n" + "é" * 200 + " \n", "fr")
@example("ع" * 200, "a" * 77 + " \n" + "a" * 75 + "\t\n" + "b" * 76 + "=\n", "en")
def test_words_that_nobody_foresaw_are_encoded_alike(subject: str, lines: str, language: str) -> None:
    letter = letter_to("obstacle_filed", "desk", language)
    quick, plain = composed_twice(letter, RenderedMail(subject, lines, lines))
    assert quick == plain


@settings(max_examples=300, deadline=None)
@given(WORDS, st.integers(1, 60))
def test_a_header_is_folded_where_the_library_folds_it(words: str, chars_before: int) -> None:
    name = "X" * chars_before
    assert encode_header(words, chars_before + 2) == Header(words, "utf-8", 76, name).encode(linesep="\r\n")


@pytest.mark.parametrize("local", ["a", "a" * 64, "a.b-c_d+e=f"])
@pytest.mark.parametrize("domain", ["b.test", f"{'d' * 60}.{'e' * 60}.test"])
def test_long_addresses_are_folded_alike(local: str, domain: str) -> None:
    letter = letter_to("obstacle_filed", "desk", "ar")
    letter = dataclasses.replace(letter, address=f"{local}@{domain}", message_id=f"<ntf.1@{domain[:90]}>")
    letter = dataclasses.replace(letter, reply_to=f"{local}@{domain}")
    quick, plain = composed_twice(letter, render(letter, LETTERHEAD))
    assert quick == plain


def test_an_empty_text_is_one_empty_line() -> None:
    assert encode_quoted("\n", keeps=False) == b"\r\n"
    assert encode_base64("\n") == b"DQo=\r\n"
