"""Mails in the words of an installation: the usual words said as a wording, hostile ones, facts that are missing."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import html5lib
import pytest

from escalation.domain.codes import Language
from escalation.domain.wordings import (
    ADAPTABLE,
    BUILT_IN,
    DEFAULT,
    Fault,
    Placeholder,
    Wording,
    as_kept,
    as_shown,
    mistakes_of,
    placeholders_of,
    tidy,
)
from escalation.mail import render as rendering
from escalation.mail.letter import Facts
from escalation.mail.placeholders import NAMES
from escalation.mail.render import RenderedMail, render
from tests.mail.letters import LETTERHEAD, TURNS, Case, every_case, letter_to

CASES = list(every_case())
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
ISOLATE = re.compile("[\u2066\u2068][^\u2066-\u2069]*\u2069")


def adapted(case: Case, wording: Wording) -> RenderedMail:
    """Return a mail in the words of an installation."""
    return render(dataclasses.replace(case.letter, wording=wording), LETTERHEAD)


def with_facts(case: Case, **changes: Any) -> Case:
    """Return the same mail about other facts."""
    assert isinstance(case.letter.facts, Facts)
    facts = dataclasses.replace(case.letter.facts, **changes)
    return Case(case.name, dataclasses.replace(case.letter, facts=facts))


def case_named(name: str) -> Case:
    """Return one mail of the collection."""
    return next(case for case in CASES if case.name == name)


def faults(event: str, audience: str, subject: str, body: str) -> list[tuple[str, Fault]]:
    """Return where a wording, typed in English, is wrong, and how."""
    names = NAMES[Language.EN]
    wording = Wording(as_kept(subject, names), as_kept(body, names))
    return [(one.field, one.fault) for one in mistakes_of(wording, event, audience)]


def test_every_mail_about_cases_can_be_adapted_and_no_other() -> None:
    assert {(event, audience) for event, audiences in ADAPTABLE.items() for audience in audiences} == set(TURNS)


@every
def test_the_usual_words_said_as_a_wording_are_the_usual_mail(case: Case) -> None:
    usual, said = render(case.letter, LETTERHEAD), adapted(case, DEFAULT)
    assert (said.subject, said.text) == (usual.subject, re.sub(r"\n{3,}", "\n\n", usual.text))
    assert html5lib.HTMLParser(strict=False).parse(said.html) is not None
    for sentence in usual.text.split("\n"):
        if sentence.strip() and sentence != "-- " and not sentence.startswith("https:"):
            bare = re.sub(r"\s+", " ", re.sub("[\u2066-\u2069]", "", sentence)).strip()
            assert bare in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", said.html)).replace("&amp;", "&")


@every
def test_a_wording_is_rendered_once_for_all_letters_of_its_kind(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[Any, ...], object] = {}
    monkeypatch.setattr(rendering, "_SKELETONS", kept)
    said = adapted(case, DEFAULT)
    assert len(kept) == 1
    assert None not in kept.values()
    assert adapted(case, DEFAULT) == said


@every
def test_everything_that_may_stand_in_a_mail_has_something_to_stand_for(case: Case) -> None:
    letter = case.letter
    offered = [one for one in placeholders_of(letter.event, letter.audience) if one is not Placeholder.LINK]
    body = "\n".join(f"{{{one}}}" for one in offered) + "\nour own words\n{link}"
    wording = Wording("our own words", body)
    assert mistakes_of(wording, letter.event, letter.audience) == []
    mail = adapted(case, wording)
    assert "our own words" in mail.subject
    assert "our own words" in mail.text
    assert "our own words" in mail.html
    assert "{" not in mail.text


def test_references_are_isolated_and_values_escaped() -> None:
    case = case_named("obstacle_filed.desk.ar")
    hostile = with_facts(case, project="<b>مشروع</b> {{ 7*7 }} {link} & \u202eقلب\u202c")
    mail = adapted(hostile, Wording("ملف جماعة {commune}", "الملف {ref} – {project}\n{link}"))
    assert "\u2066OBS-2026-00042\u2069" in mail.text
    assert '<bdi dir="ltr">OBS-2026-00042</bdi>' in mail.html
    assert "<b>" not in mail.html
    assert "&lt;b&gt;" in mail.html
    assert "{{ 7*7 }} {link}" in mail.text
    assert "\u202e" not in mail.text + mail.html
    assert mail.html.count('href="') == 2, "the case, and the settings of messages"


def test_what_an_administrator_writes_is_words_only() -> None:
    """Even a wording that was never checked: it is given to the frame as a value, never read as a template."""
    wording = Wording("{ref}", "a <script>x</script> {{ config }} {% for x in y %}\n{link}".replace("{", "｛", 3))
    mail = adapted(case_named("obstacle_filed.desk.en"), wording)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html


def test_a_mail_that_lacks_a_fact_says_the_usual_words() -> None:
    case = case_named("obstacle_escalated.commune.decision.fr")
    letter = with_facts(case, due_on=None).letter
    wording = Wording("Réponse attendue le {due}", "Réponse le {due}\n{link}")
    assert "Réponse le" in adapted(case, wording).text
    assert render(dataclasses.replace(letter, wording=wording), LETTERHEAD) == render(letter, LETTERHEAD)


def test_french_elides_before_the_names_of_places() -> None:
    mail = adapted(case_named("obstacle_filed.desk.fr"), Wording("Dossier", "La commune de {commune}.\n{link}"))
    assert "La commune d’\u2068Aïn Aïcha\u2069." in mail.text


def test_a_wording_is_shown_in_the_words_of_its_language_and_kept_by_codes() -> None:
    for names in NAMES.values():
        assert len(set(names.values())) == len(Placeholder)
        shown = as_shown(DEFAULT.body, names)
        assert as_kept(shown, names) == DEFAULT.body
        assert as_kept(shown.upper(), names) == DEFAULT.body
    assert as_kept("{ الجماعه }", NAMES[Language.AR]) == "{commune}", "spelt as people spell"
    assert "{الرابط}" in as_shown(DEFAULT.body, NAMES[Language.AR])


@pytest.mark.parametrize(
    ("subject", "body", "wanted"),
    [
        ("", "{link}", ("subject", Fault.EMPTY)),
        ("Case", "", ("body", Fault.EMPTY)),
        ("Case", "Read it.", ("body", Fault.NO_LINK)),
        ("Case", "{link}\n{link}", ("body", Fault.TWO_LINKS)),
        ("Case", "Read it {link}", ("body", Fault.NOT_ALONE)),
        ("Case", "{case line} {link}", ("body", Fault.NOT_ALONE)),
        ("Case", "{titel}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{title}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{amount}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{description}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{number of cases}\n{link}", ("body", Fault.NOT_HERE)),
        ("Case", "{commune\n{link}", ("body", Fault.BRACE)),
        ("Case", "commune}\n{link}", ("body", Fault.BRACE)),
        ("Case", "{{ 7*7 }}\n{link}", ("body", Fault.BRACE)),
        ("Case", "{{ link }}", ("body", Fault.BRACE)),
        ("Case", "{% if x %}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{__class__}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "{}\n{link}", ("body", Fault.UNKNOWN)),
        ("Case", "<b>now</b>\n{link}", ("body", Fault.MARKUP)),
        ("Case", "< img src=x>\n{link}", ("body", Fault.MARKUP)),
        ("Case", "&lt;b\n{link}", ("body", Fault.MARKUP)),
        ("Case", "see https://else.example\n{link}", ("body", Fault.ADDRESS)),
        ("Case", "see www.else.example\n{link}", ("body", Fault.ADDRESS)),
        ("Case", "x" * 2001 + "\n{link}", ("body", Fault.TOO_LONG)),
        ("x" * 121, "{link}", ("subject", Fault.TOO_LONG)),
        ("Case {link}", "{link}", ("subject", Fault.NOT_IN_SUBJECT)),
        ("Case {project}", "{link}", ("subject", Fault.NOT_IN_SUBJECT)),
        ("<i>Case", "{link}", ("subject", Fault.MARKUP)),
        ("Case\nBcc: x@example.test", "{link}", ("subject", Fault.SEVERAL_LINES)),
    ],
)
def test_what_cannot_be_saved_says_why(subject: str, body: str, wanted: tuple[str, Fault]) -> None:
    assert faults("obstacle_filed", "desk", subject, body) == [wanted]


def test_a_mail_of_several_cases_offers_nothing_of_one() -> None:
    assert faults("deadline_passed", "assignee", "{number of cases}", "{link}") == []
    for name in ("reference", "commune", "type", "project", "due date"):
        assert faults("deadline_passed", "assignee", "Late", f"{{{name}}}\n{{link}}") == [("body", Fault.NOT_HERE)]


def test_what_nobody_sees_is_left_out_of_a_wording() -> None:
    assert tidy("  a\u202eb\u2066c\ufeff \n\n\n\nد\u200dه\u200f\n") == "abc\n\nد\u200dه\u200f"
    assert letter_to("obstacle_filed", "desk", "ar").template_version == BUILT_IN
