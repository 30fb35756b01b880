"""Every code has its words, and every move that a page offers is told: in the story of the case, and by mail."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from escalation import labels
from escalation.domain.codes import (
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
    Status,
    Urgency,
)
from escalation.domain.notices import NOTICES
from escalation.domain.workflow import TABLE
from escalation.labels import term
from escalation.reference.catalogue import terms
from escalation.web.acts import ACTS

ROOT = Path(__file__).resolve().parents[2]
OFFERED = {*ACTS, Action.FILE}

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


def offered_events() -> list[Event]:
    """Return what the moves with a page are called in the journal."""
    return sorted({move.event for move in TABLE if move.action in OFFERED and move.event is not None})


@pytest.mark.parametrize("event", offered_events())
def test_an_offered_move_is_told_in_the_story_of_the_case(event: Event) -> None:
    assert (ROOT / "templates" / "timeline" / f"{event}.html").is_file(), f"write templates/timeline/{event}.html"


@pytest.mark.parametrize("event", offered_events())
def test_an_offered_move_is_told_by_mail(event: Event) -> None:
    assert NOTICES.get(event), f"say in domain/notices.py who is told of {event}"
    for part in ("subject.txt", "body.txt", "body.html"):
        assert (ROOT / "templates" / "email" / event / part).is_file(), f"write templates/email/{event}/{part}"


@pytest.mark.parametrize("event", sorted(NOTICES))
def test_nobody_is_told_of_what_no_move_does(event: Event) -> None:
    assert event in offered_events(), f"{event} has lines in domain/notices.py but no move with a page leads to it"


def test_every_form_asks_what_the_table_needs() -> None:
    needs = {move.action: move.needs for move in TABLE if move.action in ACTS}
    for action, fields in needs.items():
        form = ACTS[action].form
        missing = [name for name in fields if not hasattr(form, name)]
        assert not missing, f"the form of {action} must ask: {', '.join(missing)}"
