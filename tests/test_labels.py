"""Every code has its words in each language, and French names of places keep their elision."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask, g
from flask_babel import refresh

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
from escalation.reference.catalogue import terms

WORDED: dict[Callable[..., str], type[StrEnum]] = {
    labels.status_label: Status,
    labels.cause_label: Cause,
    labels.outcome_label: Outcome,
    labels.ground_label: Ground,
    labels.channel_label: Channel,
    labels.urgency_label: Urgency,
    labels.confirmed_by_label: ConfirmedBy,
    labels.message_status_label: MessageStatus,
}
WORDED_BY_PLACE: dict[Callable[..., str], type[StrEnum]] = {
    labels.action_label: Action,
    labels.event_label: Event,
    labels.office_label: Office,
    labels.desk_label: Level,
    labels.level_label: Level,
}
PLACE_KINDS = (PlaceKind.PROVINCE, PlaceKind.PREFECTURE)


@dataclass
class Place:
    """A place with one name in all languages."""

    name_ar: str
    kind: PlaceKind = PlaceKind.COMMUNE

    @property
    def name_fr(self) -> str:
        return self.name_ar

    @property
    def name_en(self) -> str:
        return self.name_ar


@pytest.fixture(params=list(Language))
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[Language]:
    """A page in each language."""
    yield from _page_in(request.param, app)


def _page_in(language: Language, app: Flask) -> Iterator[Language]:
    with app.test_request_context("/"):
        g.language = language
        refresh()
        yield language


def is_arabic(words: str) -> bool:
    """Say whether words hold a letter of the Arabic script."""
    return any("\u0600" <= char <= "\u06ff" for char in words)


def every_label() -> Iterator[tuple[str, str]]:
    """Yield every code with its words in the page's language."""
    for write, codes in WORDED.items():
        yield from ((f"{write.__name__} {code}", write(code)) for code in codes)
    for write, codes in WORDED_BY_PLACE.items():
        yield from ((f"{write.__name__} {code} {kind}", write(code, kind)) for code in codes for kind in PLACE_KINDS)
    yield from ((f"type_group {group}", labels.type_group_label(group)) for group in labels.TYPE_GROUPS)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_code_has_words(language: Language) -> None:
    wrong = {code: words for code, words in every_label() if not words or is_arabic(words) != (language == "ar")}
    assert not wrong


def test_every_term_has_its_three_languages() -> None:
    wrong: dict[str, Any] = {
        key: row
        for key, row in terms().items()
        if not all(row.values()) or [is_arabic(row[code]) for code in ("ar", "fr", "en")] != [True, False, False]
    }
    assert not wrong


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ain Aicha", "Commune d’Ain Aicha"),
        ("El Menzel", "Commune d’El Menzel"),
        ("Bouhouda", "Commune de Bouhouda"),
        ("Houara", "Commune de Houara"),
    ],
)
def test_french_elides_before_a_vowel(app: Flask, name: str, written: str) -> None:
    for _ in _page_in(Language.FR, app):
        assert labels.place_label(Place(name)) == written
