"""The letters that gather: their exact words, every line in them, small, and ended by one click of a mail program."""

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import html5lib
import pytest

from escalation.mail.letter import DigestFacts, UnsendableLetter
from escalation.mail.mime import compose
from escalation.mail.render import render
from tests.mail.digest_letters import GOLDEN, SAID, TOKEN, digest_letter, every_digest_case
from tests.mail.letters import LETTERHEAD, Case
from tests.mail.regenerate import golden_text
from tests.mail.test_mails import FORBIDDEN, ISOLATED, MAX_HTML_BYTES, words_of

CASES = list(every_digest_case())
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
MANY = tuple((number % 2 + 1, "obstacle_referred_out", "2026-11-22T09:00:00+00:00", True) for number in range(25))


@every
def test_the_words_are_exactly_those_kept(case: Case) -> None:
    assert golden_text(case) == (GOLDEN / f"{case.name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.html")), ids=lambda path: path.stem)
def test_the_html_is_exactly_the_one_kept(path: Path) -> None:
    case = next(case for case in CASES if case.name == path.stem)
    assert render(case.letter, LETTERHEAD).html == path.read_text(encoding="utf-8")


def test_the_golden_files_are_those_of_the_letters_and_no_two_say_the_same() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {case.name for case in CASES}
    assert len({golden_text(case) for case in CASES}) == len(CASES)


@every
def test_both_parts_say_the_same_and_the_html_is_valid_small_and_turned_the_right_way(case: Case) -> None:
    mail = render(case.letter, LETTERHEAD)
    shown = words_of(mail.html)
    for line in filter(None, re.sub("[\u2066-\u2069]", "", mail.text).splitlines()):
        assert line == "-- " or line.startswith("https://") or line in shown, line
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(mail.html)
    direction = "rtl" if case.letter.language == "ar" else "ltr"
    assert {table.get("dir") for table in tree.iter("table")} == {direction}
    assert not list(tree.iter("img"))
    assert "url(" not in mail.html
    assert len(mail.html.encode()) <= MAX_HTML_BYTES
    assert not [word for word in FORBIDDEN[case.letter.language] if word in (mail.subject + mail.text).lower()]


@pytest.mark.parametrize("case", [case for case in CASES if case.letter.language == "ar"], ids=lambda case: case.name)
def test_no_arabic_line_is_torn_by_latin_words(case: Case) -> None:
    mail = render(case.letter, LETTERHEAD)
    for line in (mail.subject, *mail.text.splitlines()):
        assert line.startswith("https://") or not re.search("[A-Za-z]", ISOLATED.sub("", line)), line


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_longest_letter_stays_small_and_lists_everything(language: str) -> None:
    mail = render(digest_letter(language, MANY, way="daily", unsubscribe=TOKEN), LETTERHEAD)
    assert len(mail.html.encode()) <= MAX_HTML_BYTES
    day = {"ar": "22 نونبر", "fr": "22 novembre", "en": "22 November"}[language]
    assert mail.text.count(day) == mail.html.count(day) == len(MANY)


def test_everything_told_is_in_the_letter_under_its_case_in_order() -> None:
    text = render(digest_letter("en", SAID, way="daily"), LETTERHEAD).text
    lines = [line for line in text.splitlines() if re.search("OBS-|November|December", line)]
    places = [line.find("OBS-2026-0004") >= 0 for line in lines]
    assert places == [True, False, False, True, False, False]
    assert "awaits your act" in lines[-1]


def test_a_mail_program_ends_a_digest_with_one_click() -> None:
    mail = message_from_bytes(compose(digest_letter("ar", SAID, way="daily", unsubscribe=TOKEN), LETTERHEAD))
    assert mail["List-Unsubscribe"] == f"<https://suivi.example.test/unsubscribe/{TOKEN}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parsed = message_from_bytes(
        compose(digest_letter("fr", SAID, way="daily", unsubscribe=TOKEN), LETTERHEAD), policy=default
    )
    assert not parsed.defects
    assert not [defect for part in parsed.walk() for defect in part.defects]


def test_what_cannot_be_ended_says_nothing_of_an_end() -> None:
    letter = digest_letter("en", SAID, way="together")
    assert message_from_bytes(compose(letter, LETTERHEAD))["List-Unsubscribe"] is None
    assert "unsubscribe" not in render(letter, LETTERHEAD).text


def test_equal_letters_give_equal_bytes() -> None:
    first, second = (compose(digest_letter("ar", SAID, way="weekly", unsubscribe=TOKEN), LETTERHEAD) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"way": "daily"},
        {"way": "daily", "lines": [{"reference": "OBS-2026-00001"}]},
        {"way": "daily", "lines": [1]},
    ],
)
def test_facts_that_lack_something_stop_the_letter(broken: dict[str, object]) -> None:
    with pytest.raises(UnsendableLetter):
        DigestFacts.from_json(broken)


def test_a_letter_that_gathers_nothing_and_a_reference_that_is_none_stop_the_letter() -> None:
    with pytest.raises(UnsendableLetter):
        render(digest_letter("en", (), way="daily"), LETTERHEAD)
    facts = digest_letter("en", SAID[:1], way="daily").facts
    assert isinstance(facts, DigestFacts)
    with pytest.raises(UnsendableLetter):
        DigestFacts.from_json({"way": "daily", "lines": [{"reference": None}]})
