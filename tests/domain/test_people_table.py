"""A line of a table of people becomes an invitation, or names each cell to correct; lines that disagree are found."""

from datetime import date, timedelta
from typing import Any

import pytest

from escalation.domain.codes import Language, Level, Office
from escalation.domain.folding import name_key, place_key
from escalation.domain.people_table import PEOPLE, Directory, Held, check_line, disagreements, office_words

TODAY = date(2026, 11, 2)


def keyed(names: dict[str, str], key: Any = name_key) -> dict[str, frozenset[str]]:
    """Return names with the one code of each."""
    return {key(name): frozenset({code}) for name, code in names.items()}


COMMUNES = keyed({"بوهودة": "C1", "Bouhouda": "C1", "C1": "C1"}, place_key)
HELD = Held(Office.COMMUNE_PRESIDENT, "C1", date(2021, 9, 8), date(2027, 9, 8))
DIRECTORY = Directory(
    places={
        Level.COMMUNE: COMMUNES | {place_key("سيدي المخفي"): frozenset({"C2", "C3"})},
        Level.PROVINCE: keyed({"تاونات": "P1", "Ifrane": "P2"}, place_key),
        Level.REGION: keyed({"فاس - مكناس": "R"}, place_key),
    },
    province_of={"C1": "P1", "C2": "P1", "C3": "P2"},
    offices=keyed({"رئيس(ة) مجلس الجماعة": "commune_president", "group_president": "group_president"})
    | keyed({"province_reviewer": "province_reviewer"}),
    languages=keyed({"ar": "ar", "français": "fr"}),
    people={"known@example.test": (HELD,)},
    phones={"+212612345678": "known@example.test"},
)
ENOUGH = {
    "email": "New@Example.test", "name_ar": "خديجة", "name_fr": "Khadija", "office": "رئيس(ة) مجلس الجماعة",
    "place": "بوهودة",
}  # fmt: skip


def faults(**cells: str) -> list[tuple[str, str]]:
    """Return what is wrong with a line that has enough but for these cells."""
    return [(fault.column, fault.reason) for fault in check_line(ENOUGH | cells, DIRECTORY, TODAY).faults]


def test_a_line_with_enough_is_an_invitation_that_begins_today() -> None:
    line = check_line(ENOUGH | {"phone": "٠٦٦٠٠٠٠٠٠١", "language": "Français"}, DIRECTORY, TODAY)
    assert (line.faults, line.is_known, line.is_done) == ([], False, False)
    assert line.answers == {
        "email": "new@example.test", "name_ar": "خديجة", "name_fr": "Khadija", "phone": "+212660000001",
        "language": Language.FR, "office": Office.COMMUNE_PRESIDENT, "place": "C1", "starts_on": TODAY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"email": ""}, [("email", "missing")]),
        ({"email": "nobody"}, [("email", "not_an_email")]),
        ({"name_ar": "", "name_fr": ""}, [("name_ar", "missing"), ("name_fr", "missing")]),
        ({"name_fr": "x" * 121}, [("name_fr", "too_long")]),
        ({"phone": "12"}, [("phone", "not_a_phone")]),
        ({"phone": "0612345678"}, [("phone", "phone_taken")]),
        ({"language": "Klingon"}, [("language", "unknown")]),
        ({"office": "Empereur"}, [("office", "unknown")]),
        ({"office": ""}, [("office", "missing")]),
        ({"place": "Atlantide"}, [("place", "unknown_place")]),
        ({"place": "سيدي المخفي"}, [("place", "ambiguous_place")]),
        ({"place": "بوهودة", "province": "Ifrane"}, [("place", "other_province")]),
        ({"province": "Atlantide"}, [("province", "unknown")]),
        ({"place": "تاونات"}, [("place", "wrong_level")]),
        ({"office": "group_president"}, [("place", "wrong_level")]),
        ({"starts_on": "demain"}, [("starts_on", "not_a_day")]),
        ({"starts_on": "01/01/1980"}, [("starts_on", "day_too_old")]),
        ({"ends_on": "01/11/2026"}, [("ends_on", "day_past")]),
        ({"starts_on": "01/01/2027", "ends_on": "31/12/2026"}, [("ends_on", "before_its_start")]),
        ({"email": "=HYPERLINK(1)", "place": "=1+1"}, [("email", "not_an_email"), ("place", "unknown_place")]),
    ],
)
def test_each_cell_to_correct_is_named(cells: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert faults(**cells) == found


def test_a_place_that_shares_its_name_is_told_by_its_province_or_its_code() -> None:
    line = check_line(ENOUGH | {"place": "سيدي المخفي", "province": "إقليم تاونات"}, DIRECTORY, TODAY)
    assert (line.faults, line.answers["place"]) == ([], "C2")
    assert check_line(ENOUGH | {"place": "c1"}, DIRECTORY, TODAY).answers["place"] == "C1"
    assert faults(office="group_president", place="فاس مكناس") == []
    assert faults(office="province_reviewer", place="عمالة Ifrane") == []


def test_who_is_here_needs_no_names_and_what_they_hold_is_done() -> None:
    cells = ENOUGH | {"email": "Known@example.test", "name_ar": "", "name_fr": "", "phone": "0612345678"}
    line = check_line(cells, DIRECTORY, TODAY)
    assert (line.faults, line.is_known, line.is_done) == ([], True, True)
    after = check_line(cells | {"starts_on": "2027-09-09"}, DIRECTORY, TODAY)
    assert (after.faults, after.is_done) == ([], False)


def test_lines_that_disagree_are_found_at_the_later_one() -> None:
    first = {
        "line": 2,
        "email": "a@b.test",
        "name_fr": "A",
        "phone": "+1",
        "office": "commune_president",
        "place": "C1",
    }
    day = {"starts_on": "2026-11-02"}
    lines = [
        first | day,
        first | day | {"line": 3, "place": "C2", "name_fr": "B"},
        first | day | {"line": 4, "email": "c@b.test"},
        first | {"line": 5, "starts_on": "2027-01-01"},
        first | day | {"line": 6, "place": "C3", "ends_on": "2026-12-31", "name_fr": ""},
        first | {"line": 7, "place": "C3", "starts_on": "2027-01-01"},
    ]
    found = {number: [(one.column, one.reason) for one in told] for number, told in disagreements(lines).items()}
    assert found == {3: [("name_fr", "says_otherwise")], 4: [("phone", "phone_twice")], 5: [("office", "twice")]}


@pytest.mark.parametrize(
    ("heading", "column"),
    [("Adresse électronique", "email"), ("البريد الالكتروني", "email"), ("TELEPHONE", "phone"),
     ("أول يوم", "starts_on"), ("N°", None), ("الصفة", "office"), ("Préfecture", "province")],
)  # fmt: skip
def test_columns_are_known_by_their_names_in_both_languages(heading: str, column: str | None) -> None:
    assert PEOPLE.of(heading) == column


def test_no_heading_names_two_columns() -> None:
    for name, words in PEOPLE.words.items():
        assert {PEOPLE.of(word) for word in (name, *words)} == {name}


def test_an_office_is_written_of_a_man_or_of_a_woman() -> None:
    assert {"Coordonnateur x", "Coordonnatrice x"} <= set(office_words(["Coordonnateur(trice) x"]))
    assert {"رئيس مجلس", "رئيسة مجلس"} <= set(office_words(["رئيس(ة) مجلس"]))


def test_a_time_overlaps_another_on_one_common_day() -> None:
    term = Held(Office.GROUP_MEMBER, "R", TODAY, TODAY + timedelta(days=5))
    assert term.overlaps(TODAY + timedelta(days=5), None)
    assert not term.overlaps(TODAY + timedelta(days=6), None)
    assert not term.overlaps(TODAY - timedelta(days=6), TODAY - timedelta(days=1))
