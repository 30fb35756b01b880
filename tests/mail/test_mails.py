"""Every mail there is, in every language: its exact words, and what all of them keep to."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import html5lib
import pytest

from escalation.domain.codes import Cause, Channel, ConfirmedBy, Outcome
from escalation.domain.notices import NOTICES
from escalation.mail.letter import CaseLine, Facts, UnsendableLetter
from escalation.mail.render import RenderedMail, render
from tests.mail.letters import GOLDEN, LETTERHEAD, TURNS, Case, every_case, letter_to, plausible_facts
from tests.mail.regenerate import golden_text

CASES = list(every_case())
BESIDE_THE_TABLE = {
    ("note_mentioned", "mentioned"),
    ("deadline_near", "assignee"),
    ("deadline_near", "secretary"),
    ("deadline_passed", "assignee"),
    ("deadline_passed", "secretary"),
    ("confirmation_near", "commune"),
}
ISOLATED = re.compile("[\u2066\u2068][^\u2066-\u2069]*\u2069")
MAX_HTML_BYTES = 20_000
FORBIDDEN = {
    "ar": ("تصعيد", "شكاية", "مكتب", "مراجع", "استفسار", "استئناف", "طعن", "إحالة إلى", "بالرد مباشرة"),
    "fr": ("réclamation", "ordonner", "hiérarch", "injonction", "bureau", "en répondant à ce message"),
    "en": ("complaint", "order ", "instruct", "reply to this message"),
}


def ids(case: Case) -> str:
    return case.name


@cache
def written(case: Case) -> RenderedMail:
    """Return the words of a mail of the collection."""
    return render(case.letter, LETTERHEAD)


every = pytest.mark.parametrize("case", CASES, ids=ids)


def test_each_line_of_the_table_of_notices_that_goes_by_mail_has_its_mails() -> None:
    lines = {(event, notice.audience) for event, notices in NOTICES.items() for notice in notices if notice.by_mail}
    assert lines | BESIDE_THE_TABLE == set(TURNS)


@pytest.mark.parametrize(
    ("event", "fact", "codes"),
    [
        ("obstacle_filed", "channel", set(Channel) - {Channel.WEB}),
        ("obstacle_escalated", "cause", set(Cause)),
        ("obstacle_resolved", "outcome", set(Outcome)),
        ("obstacle_closed", "confirmed_by", set(ConfirmedBy)),
    ],
)
def test_each_code_that_changes_the_words_has_its_mails(event: str, fact: str, codes: set[str]) -> None:
    told = {getattr(case.letter.facts, fact) for case in CASES if case.letter.event == event}
    assert told - {None} == codes


def test_no_two_turns_of_a_mail_say_the_same() -> None:
    """A turn that changes nothing proves nothing."""
    said: dict[tuple[str, str, str, str], str] = {}
    for case in CASES:
        mail = written(case)
        key = (case.letter.event, case.letter.audience, case.letter.language, mail.subject + mail.text)
        assert said.setdefault(key, case.name) == case.name


def test_the_golden_files_are_those_of_the_mails_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {case.name for case in CASES}


@every
def test_the_words_are_exactly_those_kept(case: Case) -> None:
    kept = (GOLDEN / f"{case.name}.txt").read_text(encoding="utf-8")
    assert golden_text(case) == kept, (
        "If the change is meant: python -m tests.mail.regenerate, then read the difference."
    )


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.html")), ids=lambda path: path.stem)
def test_the_html_is_exactly_the_one_kept(path: Path) -> None:
    case = next(case for case in CASES if case.name == path.stem)
    assert written(case).html == path.read_text(encoding="utf-8")


@every
def test_both_parts_say_the_same(case: Case) -> None:
    mail = written(case)
    shown = words_of(mail.html)
    for line in filter(None, re.sub("[\u2066-\u2069]", "", mail.text).splitlines()):
        if line != "-- " and not line.startswith("https://"):
            assert line in shown


@every
def test_the_html_is_valid_small_and_turned_the_right_way(case: Case) -> None:
    html = written(case).html
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    direction, start = ("rtl", "right") if case.letter.language == "ar" else ("ltr", "left")
    assert (tree.get("lang"), tree.get("dir")) == (case.letter.language, direction)
    wrapper = tree.find("body/table")
    assert wrapper.get("dir") == direction
    assert f"text-align:{start}" in wrapper.get("style")
    assert {table.get("dir") for table in tree.iter("table")} == {direction}
    is_of_several = isinstance(case.letter.facts, Facts) and case.letter.facts.cases
    lists = {"commune": "/obstacles"}.get(case.letter.audience, "/queue")
    link = lists if is_of_several else "/obstacles/OBS-2026-00042"
    assert [one.get("href") for one in tree.iter("a")] == [
        f"https://suivi.example.test{path}" for path in (link, "/account/messages")
    ]
    assert not list(tree.iter("img"))
    assert "url(" not in html
    assert len(html.encode()) <= MAX_HTML_BYTES


@pytest.mark.parametrize("case", [case for case in CASES if case.letter.language == "ar"], ids=ids)
def test_no_arabic_line_is_torn_by_latin_words(case: Case) -> None:
    mail = written(case)
    for line in (mail.subject, *mail.text.splitlines()):
        if not line.startswith("https://"):
            assert not re.search("[A-Za-z]", ISOLATED.sub("", line)), line
    assert not re.search("[A-Za-z]", words_of(mail.html, without="bdi")), mail.html


@every
def test_a_subject_begins_in_its_own_direction(case: Case) -> None:
    """Programs that look at the first letter, as HTML's `dir=auto` does, meet none of the reference first."""
    strong = next(one for one in written(case).subject if unicodedata.bidirectional(one) in {"L", "R", "AL"})
    assert (unicodedata.bidirectional(strong) == "L") == (case.letter.language != "ar")


@every
def test_no_paragraph_is_empty(case: Case) -> None:
    mail = written(case)
    assert "\n\n\n" not in mail.text
    assert not re.search(r"<p[^>]*>\s*</p>", mail.html)


@every
def test_no_word_that_the_tone_refuses(case: Case) -> None:
    mail = written(case)
    said = (mail.subject + " " + mail.text).lower()
    assert not [word for word in FORBIDDEN[case.letter.language] if word in said]


@every
def test_the_second_paragraph_tells_cases_apart(case: Case) -> None:
    facts, text = case.letter.facts, written(case).text
    assert isinstance(facts, Facts)
    named: tuple[Facts | CaseLine, ...] = facts.cases or (facts,)
    for line, told in zip(text.splitlines()[3:], named, strict=False):
        assert all(f"\u2068{word}\u2069" in line for word in (told.type, told.commune, told.project))


def test_what_is_not_a_named_fact_cannot_reach_a_mail() -> None:
    leak = "SENTINEL-7f31"
    keys = ("title", "description", "question", "reason", "amount_blocked", "party", "assignee_name", "resolution")
    for (event, audience), turns in TURNS.items():
        for facts in turns.values():
            mail = render(letter_to(event, audience, "fr", **facts, **dict.fromkeys(keys, leak)), LETTERHEAD)
            assert leak not in mail.subject + mail.text + mail.html


def test_a_missing_date_that_is_asked_for_stops_the_mail() -> None:
    letter = letter_to("obstacle_filed", "desk", "ar", acknowledge_by=None)
    with pytest.raises(UnsendableLetter, match="acknowledge_by"):
        render(letter, LETTERHEAD)


def test_a_missing_date_that_is_only_told_leaves_its_sentence_out() -> None:
    for event in ("obstacle_filed", "obstacle_claimed", "obstacle_escalated"):
        mail = render(letter_to(event, "commune", "en", due_on=None), LETTERHEAD)
        assert "Answer expected" not in mail.text + mail.html
        assert "\n\n\n" not in mail.text


def test_a_desk_is_named_by_the_place_that_has_the_case() -> None:
    in_fes = {"desk_place": "Fès", "desk_place_kind": "prefecture"}
    mail = render(letter_to("obstacle_claimed", "commune", "fr", **in_fes), LETTERHEAD)
    assert "cellule de suivi préfectorale de \u2068Fès\u2069" in mail.text
    assert "Taounate" not in mail.text


def test_a_row_written_before_the_later_facts_still_makes_its_mail() -> None:
    later = {"desk_place", "desk_place_kind", "on_behalf", "channel", "outside", "by_clock", "for_meeting"}
    facts = plausible_facts("commune", "en")
    assert not later & set(facts)
    text = render(letter_to("obstacle_claimed", "commune", "en"), LETTERHEAD).text
    assert "province desk of \u2068Taounate\u2069" in text


def test_a_refusal_at_the_province_says_until_when_reconsideration_may_be_asked() -> None:
    with pytest.raises(UnsendableLetter, match="appeal_by"):
        render(letter_to("obstacle_declined", "commune", "en"), LETTERHEAD)
    for audience in ("commune", "staff"):
        final = render(letter_to("obstacle_declined", audience, "en", level="region"), LETTERHEAD).text
        assert "reconsideration" not in final
        assert "ends here" in final


@pytest.mark.parametrize("outcome", ["removed", "partly_removed", "no_solution_now"])
def test_what_was_contested_once_is_not_offered_to_be_contested_again(outcome: str) -> None:
    for may_contest in (True, False):
        facts = {"outcome": outcome, "may_contest": may_contest}
        text = render(letter_to("obstacle_resolved", "commune", "en", **facts), LETTERHEAD).text
        assert ("still blocked" in text) is may_contest


@pytest.mark.parametrize("broken", [{"due_on": "soon"}, {"reference": None}, {"reference": "OBS\r\nBcc: x"}])
def test_broken_facts_stop_the_mail(broken: dict[str, object]) -> None:
    with pytest.raises(UnsendableLetter):
        render(letter_to("obstacle_filed", "commune", "ar", **broken), LETTERHEAD)


def test_facts_that_lack_a_key_stop_the_mail() -> None:
    with pytest.raises(UnsendableLetter, match="missing"):
        Facts.from_json({"reference": "OBS-2026-00042"})


def test_an_unknown_event_or_audience_stops_the_mail() -> None:
    with pytest.raises(UnsendableLetter):
        render(letter_to("obstacle_forgotten", "commune", "ar"), LETTERHEAD)
    with pytest.raises(UnsendableLetter):
        render(letter_to("obstacle_claimed", "desk", "ar"), LETTERHEAD)


def test_a_person_without_a_name_is_greeted_all_the_same() -> None:
    for language, greeting in (("ar", "تحية طيبة،"), ("fr", "Bonjour,"), ("en", "Hello,")):
        text = render(letter_to("obstacle_claimed", "commune", language, name=" \u200f"), LETTERHEAD).text
        assert text.splitlines()[0] == greeting


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    text = render(letter_to("obstacle_claimed", "commune", "fr", due_on="2027-01-01"), LETTERHEAD).text
    assert "avant le \u20681er janvier 2027\u2069." in text


HOSTILE = 'A\r\nBcc: a@b.c\u2069\u202e, "x" <b>&amp;</b> https://evil.example/?q=1 www.evil.example\x00'


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_hostile_words_stay_words(language: str) -> None:
    words = dict.fromkeys(("name", "project", "type", "commune", "province", "office_place"), HOSTILE)
    mail = render(letter_to("obstacle_filed", "desk", language, **words), LETTERHEAD)
    assert "\n" not in mail.subject
    assert "\r" not in mail.text
    assert "evil" not in mail.subject + mail.text + mail.html
    assert "<b>" not in mail.html
    assert mail.text.count("\u2069") == mail.text.count("\u2068") + mail.text.count("\u2066")
    assert not re.search("[\u202a-\u202e\x00]", mail.text + mail.html)


def test_long_words_keep_the_mail_small() -> None:
    words = {"project": "مشروع " * 100, "name": "ا" * 200, "commune": "ب" * 120, "type": "ت" * 120}
    mail = render(letter_to("obstacle_filed", "desk", "ar", **words), LETTERHEAD)
    assert len(mail.html.encode()) <= MAX_HTML_BYTES


class _Words(HTMLParser):
    def __init__(self, without: str) -> None:
        super().__init__()
        self.without, self.said, self.hidden = without, "", 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in {"style", "head", self.without}
        self.said += "\n" if tag in {"p", "h1", "a"} else ""

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "head", self.without}

    def handle_data(self, data: str) -> None:
        self.said += "" if self.hidden else data


def words_of(html: str, without: str = "nothing") -> str:
    """Return what a reader sees of an HTML part, leaving out one kind of element."""
    parser = _Words(without)
    parser.feed(html)
    return parser.said
