"""The text that is hashed is one and the same for the same facts, and a link holds the link before it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.journal import GENESIS, canonical_text, link_hash, text_digest
from escalation.domain.verification import EventColumns, Fault, Link, columns_fault, link_fault, read_facts, texts_fault

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FACTS = st.dictionaries(st.text(max_size=5), PLAIN, max_size=5)


@given(FACTS)
def test_the_canonical_text_says_the_facts_and_only_it_does(facts: dict[str, object]) -> None:
    text = canonical_text(facts)
    assert text.isascii()
    assert json.loads(text) == facts
    assert canonical_text(dict(reversed(facts.items()))) == text
    assert read_facts(text) == facts
    assert read_facts(f"{text} ") is None


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', '{"b":1,"a":2}', '{"a":"é"}', "[1]", "{", '{"a":1.0e3}', '{"a":NaN}', ""]
)
def test_another_text_is_not_canonical(text: str) -> None:
    assert read_facts(text) is None


def test_a_number_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_text({"a": float("nan")})


def test_a_link_is_fixed_forever() -> None:
    """These values stand in journals that exist: a change here would break every one of them."""
    assert canonical_text({"b": "أ", "a": [1, None]}) == '{"a":[1,null],"b":"\\u0623"}'
    assert link_hash(GENESIS, "{}") == "5649d09ed68c17156095d175eef152856c5b1a81c117c409c1e00f096aa6838e"
    assert text_digest("s", "نص") == "ff316fae33d98324b9f3fded62643d303bd149547af19aec57704754ebe8f83d"


@given(FACTS, FACTS)
def test_a_link_holds_the_one_before_it(first: dict[str, object], second: dict[str, object]) -> None:
    one, two = canonical_text(first), canonical_text(second)
    head = link_hash(GENESIS, one)
    link = Link(2, two, head, link_hash(head, two))
    assert link_fault(link, 2, head) is None
    assert link_fault(link, 3, head) is Fault.MISSING
    assert link_fault(link, 2, GENESIS) is Fault.OUT_OF_CHAIN
    assert link_fault(Link(2, two + " ", head, link.hash), 2, head) is Fault.ALTERED


COLUMNS = EventColumns(5, 1, "obstacle_filed", datetime(2026, 1, 1, tzinfo=UTC), 3, 4, None)


@pytest.mark.parametrize("name", COLUMNS.facts())
def test_a_column_that_says_something_else_is_found(name: str) -> None:
    facts = COLUMNS.facts()
    assert columns_fault(facts, COLUMNS) is None
    assert columns_fault(facts | {name: "x"}, COLUMNS) is Fault.COLUMNS_DIFFER
    assert columns_fault({key: value for key, value in facts.items() if key != name}, COLUMNS) is Fault.COLUMNS_DIFFER


def test_a_number_is_not_a_truth() -> None:
    assert columns_fault(COLUMNS.facts() | {"seq": True}, COLUMNS) is Fault.COLUMNS_DIFFER


def test_a_text_is_altered_unknown_or_erased() -> None:
    digests = {"reason": text_digest("salt", "لأن")}
    assert texts_fault(digests, {"reason": ("salt", "لأن")}) is None
    assert texts_fault(digests, {}) is None
    assert texts_fault(digests, {"reason": ("salt", "لا")}) is Fault.TEXT_ALTERED
    assert texts_fault(digests, {"reason": ("tlas", "لأن")}) is Fault.TEXT_ALTERED
    assert texts_fault(digests, {"answer": ("salt", "لأن")}) is Fault.TEXT_UNKNOWN
