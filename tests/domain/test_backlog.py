"""A line of a table becomes a draft, or names each cell to correct; names match in any spelling of both languages."""

from datetime import date
from typing import Any

import pytest

from escalation.domain.backlog import COLUMNS, OBSTACLES, Directory, check_line
from escalation.domain.codes import Channel, Urgency
from escalation.domain.folding import fold, name_key, place_key

TODAY = date(2026, 11, 2)


def keyed(names: dict[str, str], key: Any = name_key) -> dict[str, frozenset[str]]:
    """Return names with the one code of each."""
    return {key(name): frozenset({code}) for name, code in names.items()}


DIRECTORY = Directory(
    communes=keyed({"بوهودة": "C1", "Bouhouda": "C1", "03.531.07.09": "C1"}, place_key)
    | {place_key("سيدي المخفي"): frozenset({"C2", "C3"})},
    provinces=keyed({"تاونات": "P1", "Ifrane": "P2"}, place_key),
    province_of={"C1": "P1", "C2": "P1", "C3": "P2"},
    bodies=keyed({"COMMUNE": "COMMUNE", "Agence urbaine": "AU", "الوكالة الحضرية": "AU"}),
    types=keyed({"rural_track": "rural_track", "مسلك": "rural_track"}) | {"doute": frozenset({"a", "b"})},
    sectors=keyed({"الماء الصالح للشرب": "water"}),
    urgencies=keyed({"مستعجل": "urgent"}),
    channels=keyed({"هاتفيا": "phone"}),
)
ENOUGH = {"commune": "بوهودة", "project_name": "مسلك"}


def faults(**cells: str) -> list[tuple[str, str]]:
    """Return what is wrong with a line that has enough but for these cells."""
    return [(fault.column, fault.reason) for fault in check_line(ENOUGH | cells, DIRECTORY, TODAY).faults]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aïn-Aïcha", "AIN AICHA"),
        ("M'haya", "Mhaya"),
        ("الإِقليـم", "الاقليم"),
        ("تيڭريڭرة", "تيكريكره"),
        ("\u200fعبد\u200c الله", "عبد الله"),
        ("٠٣", "03"),
        ("Œ", "œ"),
    ],
)
def test_two_spellings_of_a_name_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_place_may_say_first_what_it_is() -> None:
    assert place_key("Commune d’Aïn Aïcha") == place_key("ain aicha")
    assert place_key("جماعة بوهودة") == place_key("بوهودة")
    assert fold("Commune") == "commune"
    assert place_key("Commune") == "commune"


def test_every_column_is_known_by_its_name_and_by_words_of_both_languages() -> None:
    assert OBSTACLES.of("Project_Name") == "project_name"
    assert OBSTACLES.of(" المَشروع ") == "project_name"
    assert OBSTACLES.of("intitulé du PROJET") == "project_name"
    assert OBSTACLES.of("N°") is None
    for name, words in COLUMNS.items():
        assert {OBSTACLES.of(word) for word in (name, *words)} == {name}


def test_a_full_line_is_read_as_its_writer_meant() -> None:
    line = check_line(
        ENOUGH
        | {
            "project_owner": "agence URBAINE",
            "obstacle_type": "مسلك",
            "blocked_since": "٠١/٠٣/2026",
            "budget": "2 480 000,50",
            "people_affected": "1.200",
            "asked_of": "الوكالة الحضرية | Agence urbaine; COMMUNE",
            "urgency": "مستعجل",
            "urgency_reason": "فيضان",
            "callback_phone": "612345678",
            "channel": "هاتفيا",
            "sector": "الماء الصالح للشرب",
        },
        DIRECTORY,
        TODAY,
    )
    assert line.faults == []
    content = line.content
    assert (line.commune_code, line.channel) == ("C1", Channel.PHONE)
    assert (content.project_owner, content.obstacle_type, content.sector) == ("AU", "rural_track", "water")
    assert (content.blocked_since, content.budget_centimes, content.people_affected) == (
        date(2026, 3, 1),
        248_000_050,
        1200,
    )
    assert (content.asked_of, content.urgency, content.callback_phone) == (
        ("AU", "COMMUNE"),
        Urgency.URGENT,
        "0612345678",
    )


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"commune": ""}, [("commune", "missing")]),
        ({"project_name": ""}, [("project_name", "missing")]),
        ({"commune": "Fez"}, [("commune", "unknown_place")]),
        ({"commune": "سيدي المخفي"}, [("commune", "ambiguous_place")]),
        ({"commune": "سيدي المخفي", "province": "إقليم تاونات"}, []),
        ({"commune": "بوهودة", "province": "Ifrane"}, [("commune", "other_province")]),
        ({"province": "Atlantide"}, [("province", "unknown")]),
        ({"project_name": "م" * 201}, [("project_name", "too_long")]),
        ({"description": "م" * 5001}, [("description", "too_long")]),
        ({"obstacle_type": "doute"}, [("obstacle_type", "ambiguous")]),
        ({"obstacle_type": "rien"}, [("obstacle_type", "unknown")]),
        ({"blocked_since": "hier"}, [("blocked_since", "not_a_day")]),
        ({"blocked_since": "2026-11-03"}, [("blocked_since", "day_to_come")]),
        ({"blocked_since": "2026-11-02"}, []),
        ({"blocked_since": "1989-12-31"}, [("blocked_since", "day_too_old")]),
        ({"needed_by": "2026-11-01"}, [("needed_by", "day_past")]),
        ({"needed_by": "2099-01-01"}, [("needed_by", "day_too_far")]),
        ({"budget": "cher"}, [("budget", "not_an_amount")]),
        ({"people_affected": "-3"}, [("people_affected", "not_whole")]),
        ({"callback_phone": "12"}, [("callback_phone", "not_a_phone")]),
        ({"channel": "web"}, [("channel", "unknown")]),
        ({"asked_of": "AU | rien"}, [("asked_of", "unknown")]),
        ({"budget": "x", "urgency": "y"}, [("urgency", "unknown"), ("budget", "not_an_amount")]),
    ],
)
def test_each_cell_that_cannot_stand_is_named_with_its_reason(
    cells: dict[str, str], wrong: list[tuple[str, str]]
) -> None:
    assert faults(**cells) == wrong
