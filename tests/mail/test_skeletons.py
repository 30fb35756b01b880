"""A letter written by what letters of its kind have in common reads as if its templates had been rendered for it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalation.mail import render as rendering
from escalation.mail.letter import Facts, Letter
from escalation.mail.render import RenderedMail, render
from escalation.mail.skeleton import Gap, Inspected, Skeleton, cut
from tests.mail.letters import LETTERHEAD, Case, every_case

CASES = list(every_case())
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def in_full(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> RenderedMail:
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "_SKELETONS", {})
        return render(letter, LETTERHEAD)


def told_otherwise(letter: Letter, words: str) -> Letter:
    """The same letter with other words wherever there are any."""
    assert isinstance(letter.facts, Facts)
    name = words if letter.facts.name else ""
    facts = dataclasses.replace(letter.facts, commune=words, project=words, province=words, name=name)
    return dataclasses.replace(letter, facts=facts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_letter_has_a_skeleton_that_other_words_fit(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_SKELETONS", {})
    render(case.letter, LETTERHEAD)
    other = told_otherwise(case.letter, 'Ait <b>&amp; "Oulad" أولاد')
    assert render(other, LETTERHEAD) == in_full(other, monkeypatch)
    missing = [key[0] for key, skeleton in rendering._SKELETONS.items() if skeleton is None]
    assert not missing, "a template looks into a word, and is rendered in full each time"


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_words_that_nobody_foresaw_stand_as_they_would(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [case] = [case for case in CASES if case.name == f"obstacle_claimed.commune.{language}"]

    @settings(max_examples=150, deadline=None)
    @given(WORDS)
    @example("\ue000name\ue001")
    @example("bare name")
    @example("Azrou")
    @example("\u200f\u202e")
    @example("a\u00a0b http://x.y www.z")
    def stands(words: str) -> None:
        letter = told_otherwise(case.letter, words)
        render(letter, LETTERHEAD)
        assert render(letter, LETTERHEAD) == in_full(letter, monkeypatch)

    stands()


def test_a_template_that_looks_into_a_word_has_no_skeleton() -> None:
    assert cut(lambda words: str(words["name"] == "x"), {"name": "x"}) is None
    assert cut(lambda words: str(len(words["name"])), {"name": "x"}) is None
    assert cut(lambda words: str(words["name"]).upper(), {"name": "x"}) is None
    with pytest.raises(Inspected):
        Skeleton(str(Gap("name"))[:-1])


def test_a_skeleton_is_filled_in_the_order_of_its_gaps() -> None:
    skeleton = cut(lambda words: f"{words['b']!s} and {words['a']!s}, {words['b']!s}", {"a": "", "b": ""})
    assert skeleton is not None
    assert skeleton.fill({"a": "1", "b": "2"}) == "2 and 1, 2"


def test_a_filled_skeleton_remembers_of_which_whole_lines_it_is() -> None:
    mail = "one 100%\ntwo\n(a) %s (b)\nthree\n(a)"
    skeleton = cut(lambda gaps: mail.replace("(a)", str(gaps["a"])).replace("(b)", str(gaps["b"])), {"a": "", "b": ""})
    assert skeleton is not None
    first, other = skeleton.fill({"a": "1", "b": "2"}), skeleton.fill({"a": "%", "b": "4"})
    assert first.chunks == ["one 100%\n", "two\n", "1 %s 2\n", "three\n", "1"]
    assert other == "one 100%\ntwo\n% %s 4\nthree\n%"
    assert [a is b for a, b in zip(first.chunks, other.chunks, strict=True)] == [True, True, False, True, False]
