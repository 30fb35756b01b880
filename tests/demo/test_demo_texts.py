"""The demo's people and obstacles: real codes, complete texts for each path, and a believable spread.

What the demo does with these texts is tested where it is built."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from escalation.demo.paths import PATHS, Scene
from escalation.domain.codes import Channel, Ground, Level

PACKAGE = Path(__file__).parents[2] / "escalation"
REGION = "03"
SOLUTION = {"outcome", "resolution", "remaining"}
COMMENTS = {"comment_of_commune", "comment_of_desk"}
REQUIRED_TEXTS: dict[str, set[str]] = {
    "draft": set(),
    "filed": set(),
    "in_review": set(),
    "information_requested": {"question"},
    "answered": {"question", "answer"},
    "escalated_filed": {"escalate"},
    "escalated_in_review": {"escalate"},
    "escalated_information_requested": {"escalate", "question"},
    "resolved_province": SOLUTION,
    "resolved_region": SOLUTION,
    "closed_province": SOLUTION,
    "closed_region": SOLUTION,
    "withdrawn": {"withdraw"},
    "on_behalf": {"on_behalf"},
    "on_behalf_in_review": {"on_behalf", *COMMENTS},
    "assigned": {"note", "contact", *COMMENTS},
    "released": {"note"},
    "amended": {"amend", *COMMENTS},
    "referred_out": {"refer_out", "reply"},
    "referred_out_region": {"escalate", "refer_out", "reply"},
    "wait_ended": {"refer_out", "resume"},
    "overdue": set(),
    "sent_back": {"escalate", "send_back"},
    "transferred_filed": {"transfer"},
    "transferred_in_review": {"transfer"},
    "declined_province": {"decline"},
    "appealed": {"decline", "appeal"},
    "declined_region": {"decline", "appeal"},
    "contested_province": {*SOLUTION, "contest"},
    "contested_region": {*SOLUTION, "escalate", "contest"},
    "climbed": set(),
    "climbed_unclaimed": set(),
    "unanswered": {"question"},
    "closed_by_silence": SOLUTION,
    "reopened": {*SOLUTION, "confirm", "reopen"},
}
LEAST_PER_PATH = {
    "draft": 3,
    "filed": 8,
    "information_requested": 5,
    "escalated_filed": 5,
    "escalated_in_review": 6,
    "escalated_information_requested": 2,
    "withdrawn": 4,
}
AGES = {"draft": (0, 3), "filed": (1, 4), "withdrawn": (20, 120), "answered": (3, 25)}
AGES |= {"in_review": (3, 30), "information_requested": (5, 25), "declined_region": (50, 120), "overdue": (40, 50)}
TURNS = {"on": (1, 10), "assigned": (8, 20), "released": (5, 15), "amended": (45, 60), "referred": (20, 45)}
TURNS |= {"wait": (29, 45), "sent": (20, 45), "transferred": (5, 30), "declined": (10, 45), "appealed": (20, 45)}
TURNS |= {"contested": (25, 75), "reopened": (60, 100), "climbed": (30, 40), "unanswered": (30, 40)}
MAY_BE_TOLD = {"question", "answer", "claim", "evidence", "confirm", "contact", "note", "refer_out", "reply", *COMMENTS}
CODES = {
    "outcome", "commitment_who", "on_behalf", "claim", "body", "session", "channel", "ground", "duplicate_of", "target"
}  # fmt: skip
COMMITMENT = {"commitment_who", "commitment_what", "commitment_days"}
OUTCOMES = {"removed", "partly_removed", "commitment", "no_solution_now"}


def _rows(path: str) -> dict[str, dict[str, str]]:
    with (PACKAGE / "reference" / path).open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def _load(name: str) -> Any:
    return json.loads((PACKAGE / "demo" / name).read_text(encoding="utf-8"))


CASES: list[dict[str, Any]] = _load("obstacles.json")["obstacles"]
PEOPLE: list[dict[str, Any]] = _load("people.json")
ARABIC, LATIN = re.compile(r"[\u0621-\u064a]"), re.compile(r"[A-Za-zÀ-ÿ]")
SCENES = {scene.value for scene in Scene}


def _prose(told: Any, name: str = "") -> Iterator[str]:
    """Yield what people wrote, wherever it stands; codes and numbers are not prose."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _prose(value, key)
    elif isinstance(told, list):
        for value in told:
            yield from _prose(value, name)
    elif isinstance(told, str) and told and name not in CODES:
        yield told


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['commune_code']}-{case['type']}")


@each_case
def test_every_code_exists(case: dict[str, Any]) -> None:
    bodies = _rows("taxonomy/bodies.csv")
    assert case["commune_code"] in _rows("territory/communes.csv")
    assert case["type"] in _rows("taxonomy/obstacle_types.csv")
    assert case["sector"] in _rows("taxonomy/sectors.csv")
    assert {case["project_owner"], *case["asked_of"]} <= set(bodies)


@each_case
def test_texts_are_those_its_path_needs(case: dict[str, Any]) -> None:
    texts = case["texts"]
    starts_at_region = _rows("taxonomy/obstacle_types.csv")[case["type"]]["first_desk"] == "region"
    needed = set(REQUIRED_TEXTS[case["path"]])
    if case["path"] in {"resolved_region", "closed_region"} and not starts_at_region:
        needed.add("escalate")
    if texts.get("outcome") == "commitment":
        needed |= COMMITMENT
        assert texts["commitment_who"] in _rows("taxonomy/bodies.csv")
    assert needed <= set(texts)
    assert set(texts) <= needed | MAY_BE_TOLD
    assert all(texts[name] != "" for name in needed - {"remaining"})
    assert texts.get("outcome") in OUTCOMES | {None}


@each_case
def test_every_text_is_heard_in_a_scene(case: dict[str, Any]) -> None:
    path = Counter(scene.value for scene in PATHS[case["path"]])
    told = {name: text for name, text in case["texts"].items() if name in SCENES}
    assert all((len(text) if isinstance(text, list) else 1) <= path[name] for name, text in told.items())


@each_case
def test_asked_bodies_sessions_and_targets_exist(case: dict[str, Any]) -> None:
    texts, bodies = case["texts"], _rows("taxonomy/bodies.csv")
    asked = texts.get("refer_out", [])
    assert all(one.get("body") in bodies or one.get("session") in set(Level) for one in asked)
    assert all(1 <= one["approach"] <= len(asked) for one in texts.get("reply", []))
    assert texts.get("transfer", {"target": REGION})["target"] in {REGION, *_rows("territory/provinces.csv")}
    assert {one["ground"] for one in _listed(texts.get("decline"))} <= set(Ground)
    assert {texts.get("on_behalf", "phone"), texts.get("contact", {}).get("channel", "phone")} <= set(Channel)


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told] if told else []


@each_case
def test_every_text_is_in_the_language_of_its_story(case: dict[str, Any]) -> None:
    names = ("title", "project", "programme", "description", "request", "urgency_reason", "tried_already")
    for text in [*(case[name] for name in names if case[name]), *_prose(case["texts"])]:
        arabic, latin = len(ARABIC.findall(text)), len(LATIN.findall(text))
        assert (arabic > 4 and latin == 0) if case["lang"] == "ar" else (latin > 4 and arabic == 0), text


@each_case
def test_a_type_of_the_region_never_passes_by_the_province(case: dict[str, Any]) -> None:
    if _rows("taxonomy/obstacle_types.csv")[case["type"]]["first_desk"] == "region":
        assert not case["path"].startswith("escalated_")
        assert not case["path"].endswith("_province")


@each_case
def test_urgency_has_its_reason_and_its_date(case: dict[str, Any]) -> None:
    assert case["urgency"] in {"normal", "urgent", "critical"}
    assert bool(case["urgency_reason"]) == (case["urgency"] != "normal")
    assert (case["needed_by_days"] is not None) == (case["urgency"] == "critical")


@each_case
def test_age_suits_the_path(case: dict[str, Any]) -> None:
    kind = case["path"].split("_")[0]
    ranges = {"escalated": (15, 50), "resolved": (30, 70), "closed": (60, 290)} | TURNS | AGES
    first, last = ranges[case["path"]] if case["path"] in AGES else ranges[kind]
    assert first <= case["age_days"] <= last
    assert case["blocked_months"] >= 1


@each_case
def test_words_are_the_house_words_and_dates_do_not_age(case: dict[str, Any]) -> None:
    prose = " ".join([case["title"], case["description"], case["request"], case["tried_already"]])
    prose += " ".join(_prose(case["texts"]))
    assert "تصعيد" not in prose
    assert not re.search(r"\b20\d\d\b|[٠-٩]", prose)
    assert 2 <= len(re.findall(r"[.؟?](?:\s|$)", case["description"])) <= 5
    assert len(case["title"]) <= 120


def test_spread_over_paths_places_types_and_languages() -> None:
    paths = Counter(case["path"] for case in CASES)
    assert len(CASES) >= 66
    assert all(paths[path] >= least for path, least in LEAST_PER_PATH.items())
    assert paths["in_review"] + paths["answered"] >= 9
    assert paths["resolved_province"] + paths["resolved_region"] >= 5
    assert paths["closed_province"] + paths["closed_region"] >= 9
    assert {case["texts"].get("outcome") for case in CASES} >= OUTCOMES
    provinces = Counter(case["commune_code"][:6] for case in CASES)
    assert len(provinces) == 9
    assert min(provinces.values()) >= 5
    assert max(provinces.values()) < 40
    assert sum(paths[path] for path in paths if path.startswith(("escalated_", "resolved_r"))) < 40
    assert len({case["type"] for case in CASES}) >= 30
    arabic = sum(case["lang"] == "ar" for case in CASES) / len(CASES)
    assert 0.6 <= arabic <= 0.8


def test_no_text_is_repeated() -> None:
    for field in ("title", "description", "request"):
        assert len({case[field] for case in CASES}) == len(CASES)
    spoken = [text for case in CASES for text in _prose(case["texts"]) if len(text) > 20]
    assert len(set(spoken)) == len(spoken)


def test_the_first_home_page_is_full_of_different_states() -> None:
    bouhouda = [case["path"] for case in CASES if case["commune_code"] == "03.531.07.09"]
    assert len(bouhouda) >= 6
    assert len(set(bouhouda)) == len(bouhouda)


def test_people_hold_mandates_in_real_places_and_every_commune_has_a_president() -> None:
    communes = _rows("territory/communes.csv")
    places = {*communes, *(row["province_code"] for row in communes.values()), REGION}
    mandates = [(m["office"], m["place_code"]) for person in PEOPLE for m in person["mandates"]]
    assert {place for _, place in mandates} <= places
    assert {case["commune_code"] for case in CASES} <= {p for office, p in mandates if office == "commune_president"}
    for office in ("province_reviewer", "province_coordinator"):
        assert len({place for held, place in mandates if held == office}) == 9
    assert len({person["email"] for person in PEOPLE}) == len(PEOPLE)
    assert len({person["name_ar"] for person in PEOPLE}) == len(PEOPLE)
    assert {person["language"] for person in PEOPLE} == {"ar", "fr", "en"}


def test_someone_sits_on_both_sides_and_one_delegate_may_file() -> None:
    both = [
        person
        for person in PEOPLE
        if {"commune_president", "province_reviewer"} <= {m["office"] for m in person["mandates"]}
    ]
    assert both
    assert [person["email"] for person in PEOPLE if person["filing_permission"]] == ["delegate@demo.test"]
