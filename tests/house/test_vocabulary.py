"""Every code has its words, and every move that a page offers is told: in the story of the case, and by mail."""

import ast
import inspect
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from escalation import labels
from escalation.domain.codes import (
    NO_MOVES,
    Action,
    Cause,
    Channel,
    ConfirmedBy,
    Event,
    Ground,
    Language,
    Level,
    MessageStatus,
    Office,
    Outcome,
    PlaceKind,
    Remark,
    Status,
    Urgency,
)
from escalation.domain.notices import NOTICES
from escalation.domain.workflow import RULES, TABLE
from escalation.labels import term
from escalation.reference.catalogue import terms
from escalation.web.case.acts import ACTS
from escalation.web.case.before import SAID
from escalation.web.case.refusals import INPUTS, MOVES, NOT_NOW

ROOT = Path(__file__).resolve().parents[2]
OFFERED = {*ACTS, Action.FILE}
MAIL_PARTS = ("subject.txt", "body.txt", "body.html")

WORDED: list[tuple[type[StrEnum], Callable[[Any], str]]] = [
    (Status, labels.status_label),
    (Action, labels.action_label),
    (Event, labels.event_label),
    (Office, labels.office_label),
    (Cause, labels.cause_label),
    (Outcome, labels.outcome_label),
    (Ground, labels.ground_label),
    (Channel, labels.channel_label),
    (Urgency, labels.urgency_label),
    (ConfirmedBy, labels.confirmed_by_label),
    (MessageStatus, labels.message_status_label),
]


@pytest.mark.parametrize(("codes", "label"), WORDED, ids=lambda value: getattr(value, "__name__", ""))
def test_every_code_has_a_word(codes: type[StrEnum], label: Callable[[Any], str]) -> None:
    wordless = [code.value for code in codes if not _has_word(code, label)]
    assert not wordless, f"add to reference/taxonomy/terms.csv the words of: {', '.join(wordless)}"


def _has_word(code: StrEnum, label: Callable[[Any], str]) -> bool:
    try:
        return bool(label(code).strip())
    except KeyError:
        return False


def test_every_binding_word_is_given_in_the_three_languages() -> None:
    missing = [f"{key} ({language})" for key in terms() for language in Language if not term(key, language).strip()]
    assert not missing, f"fill in reference/taxonomy/terms.csv: {', '.join(missing)}"


@pytest.mark.parametrize("level", [Level.PROVINCE, Level.REGION])
@pytest.mark.parametrize("kind", [PlaceKind.PROVINCE, PlaceKind.PREFECTURE])
def test_a_province_and_a_prefecture_are_named_each_in_its_own_word(level: Level, kind: PlaceKind) -> None:
    is_prefecture = kind is PlaceKind.PREFECTURE and level is Level.PROVINCE
    word = labels.desk_label(level, kind)
    assert ("عمالة" in word) is is_prefecture, f"{word}: إقليم and عمالة are twins chosen by the kind of the place"


OFFERED_MOVES = sorted({move.event for move in TABLE if move.action in OFFERED and move.event is not None})
"""What the moves with a page are called in the journal."""

OF_REMARKS = {
    Remark.COMMENT: Event.COMMENT_ADDED,
    Remark.AMEND: Event.FACTS_AMENDED,
    Remark.CONFIRM_FILING: Event.FILING_CONFIRMED,
}
"""What is no move and journaled; what a desk writes for itself is not."""

WITHOUT_A_PAGE_OF_THEIR_OWN = {Event.DECISION_UNDONE, Event.MEETING_PROPOSED, Event.DATES_MOVED}
"""Undone from its own offer, done by the clock, moved with the working calendar."""
EVENTS = sorted({*OFFERED_MOVES, *OF_REMARKS.values(), *WITHOUT_A_PAGE_OF_THEIR_OWN})


def test_every_event_is_led_to_by_a_page() -> None:
    missing = sorted(set(Event) - set(EVENTS))
    assert not missing, f"no move with a page, and no remark, leads to: {', '.join(missing)}"
    assert set(OF_REMARKS.values()) | WITHOUT_A_PAGE_OF_THEIR_OWN == NO_MOVES


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_told_in_the_story_of_the_case(event: Event) -> None:
    assert (ROOT / "templates" / "timeline" / f"{event}.html").is_file(), f"write templates/timeline/{event}.html"


@pytest.mark.parametrize("event", sorted({*OFFERED_MOVES, *OF_REMARKS.values()}))
def test_an_event_is_told_to_somebody_and_by_mail_unless_it_stays_in_the_app(event: Event) -> None:
    assert NOTICES.get(event), f"say in domain/notices.py who is told of {event}"
    if any(notice.by_mail for notice in NOTICES[event]):
        for part in MAIL_PARTS:
            assert (ROOT / "templates" / "email" / event / part).is_file(), f"write templates/email/{event}/{part}"


def test_nobody_is_told_of_what_was_undone() -> None:
    assert Event.DECISION_UNDONE not in NOTICES, "an undone move has told nobody yet: its messages never left"


def test_nobody_is_told_of_what_no_page_leads_to() -> None:
    unknown = sorted(set(NOTICES) - set(EVENTS))
    assert not unknown, f"they have lines in domain/notices.py but no page leads to them: {', '.join(unknown)}"


def test_every_action_has_a_page_but_those_of_a_draft() -> None:
    assert set(Action) - set(ACTS) == {Action.FILE, Action.DISCARD}


def test_what_each_move_does_is_said_before_it() -> None:
    assert set(SAID) == set(ACTS), "write in web/before.py what the move will do and by when"


def test_every_reason_of_a_refusal_has_its_words() -> None:
    moves = {reason for refused, reason in refusals() if refused == "TransitionNotAllowed"} | reasons_of_rules()
    faults = [f"MOVES: {reason}" for reason in sorted(moves - set(MOVES))]
    inputs = {reason for refused, reason in refusals() if refused == "WrongInput"}
    faults += [f"INPUTS: {pair}" for pair in sorted(inputs - set(INPUTS))]
    faults += [f"no longer given: {key}" for key in sorted({*MOVES} - moves - {NOT_NOW}) + sorted({*INPUTS} - inputs)]
    assert moves
    assert inputs
    assert not faults, f"bring web/refusals.py up to date: {'; '.join(map(str, faults))}"


def refusals() -> Iterator[tuple[str, Any]]:
    """Yield each reason that the domain and the services give for refusing, as it is written in their code."""
    for folder in ("domain", "services"):
        for path in sorted((ROOT / "escalation" / folder).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                    said = [given.value for given in call.args if isinstance(given, ast.Constant)]
                    if call.func.id == "WrongInput" and len(said) == 2:
                        yield "WrongInput", tuple(said)
                    if call.func.id == "TransitionNotAllowed" and len(call.args) == 4 and said:
                        yield "TransitionNotAllowed", said[-1]


def reasons_of_rules() -> set[str]:
    """Return the reasons that the rules under the table give."""
    found = set()
    for rule in RULES.values():
        tree = ast.parse(inspect.getsource(rule))
        for returned in ast.walk(tree):
            if isinstance(returned, ast.Return):
                found |= {one.value for one in ast.walk(returned) if isinstance(one, ast.Constant) and one.value}
    return {reason for reason in found if isinstance(reason, str)}


MORE = {
    Action.REFER_OUT: ("session",),
    Action.RESOLVE: ("evidence", "commitment_who", "commitment_what", "commitment_by"),
    Action.CONFIRM: ("evidence",),
    Action.DECLINE: ("duplicate_of",),
}
"""What a move may be given besides what it needs."""


def test_every_form_asks_what_the_table_needs() -> None:
    needs = {move.action: (*move.needs, *MORE.get(move.action, ())) for move in TABLE if move.action in ACTS}
    for action, fields in needs.items():
        form = ACTS[action].form
        missing = [name for name in fields if not hasattr(form, name)]
        assert not missing, f"the form of {action} must ask: {', '.join(missing)}"
