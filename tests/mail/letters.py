"""Every mail there is, as letters: each event, audience and turn of words, in three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from escalation.mail.letter import Facts, Letter, Letterhead

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("ar", "fr", "en")
LETTERHEAD = Letterhead(name="عوائق التنمية", sender="no-reply@example.test", base_url="https://suivi.example.test")

TAOUNATE = {
    "ar": {
        "name": "إدريس العلمي", "commune": "عين عائشة", "province": "تاونات", "region": "فاس-مكناس",
        "type": "عدم توفر الوعاء العقاري أو عدم تصفيته", "project": "تزويد دوار Oulad Ayyad بالماء",
    },
    "fr": {
        "name": "Driss El Alami", "commune": "Aïn Aïcha", "province": "Taounate", "region": "Fès-Meknès",
        "type": "Assiette foncière non mobilisée ou non apurée", "project": "Eau potable du douar أولاد عياد",
    },
    "en": {
        "name": "Driss El Alami", "commune": "Aïn Aïcha", "province": "Taounate", "region": "Fez-Meknes",
        "type": "Land not available or not cleared", "project": "Drinking water for douar أولاد عياد",
    },
}  # fmt: skip
FES = {"ar": {"province": "فاس", "commune": "أولاد الطيب"}, "fr": {"province": "Fès", "commune": "Oulad Tayeb"}}
FES["en"] = FES["fr"]
ELSEWHERE = {"ar": "بولمان", "fr": "Boulemane", "en": "Boulemane"}
Turns = Mapping[str, Mapping[str, object]]
PROVINCE: dict[str, object] = {}
PREFECTURE: dict[str, object] = {"province_kind": "prefecture"}
REGION: dict[str, object] = {"level": "region"}
TRANSFERRED: dict[str, object] = {"desk_place": ELSEWHERE, "desk_place_kind": "province"}
OF_ELSEWHERE: dict[str, object] = {"office_place": ELSEWHERE, "office_place_kind": "province"}
OF_REGION: dict[str, object] = {
    "office": "group_president",
    "office_place": {language: words["region"] for language, words in TAOUNATE.items()},
    "office_place_kind": "region",
}
DESKS: Turns = {"": PROVINCE, "prefecture": PREFECTURE, "region": REGION}
ARRIVALS = ("commune", "desk", "secretary", "passed")
CHANNELS = ("phone", "whatsapp", "meeting", "letter")
OUTSIDE: Turns = {"body": {"outside": "body"}, "session": {"outside": "session"}}
AWAITED = {"expected_on": "2027-01-08"}
SENT_BACK: Turns = {"": PROVINCE, "prefecture": PREFECTURE}
MEETING: Turns = {"": REGION, "for_meeting": REGION | {"for_meeting": True}}


def _with(facts: Mapping[str, object], turns: Turns) -> Turns:
    return {turn: {**more, **facts} for turn, more in turns.items()}


def _lines(climbs_on: str | None) -> tuple[dict[str, object], ...]:
    """Three cases of one letter, as a row keeps them; the words of the second hold both scripts."""
    words = (("عين عائشة", "Aïn Aïcha"), ("أولاد الطيب", "Oulad Tayeb"), ("عين عائشة", "Aïn Aïcha"))
    return tuple(
        {
            "reference": f"OBS-2026-0004{number}",
            "commune": {"ar": arabic, "fr": latin, "en": latin},
            "type": {language: names["type"] for language, names in TAOUNATE.items()},
            "project": {language: names["project"] for language, names in TAOUNATE.items()},
            "due_on": f"2026-12-1{number}",
            "climbs_on": climbs_on,
        }
        for number, (arabic, latin) in enumerate(words, 2)
    )


SEVERAL_CASES = _lines("2026-12-19")
SEVERAL: dict[str, object] = {"cases": SEVERAL_CASES}
SEVERAL_AT_REGION: dict[str, object] = {"cases": _lines(None)}


# What changes the words, beside the event and the audience: name of the turn -> facts.
TURNS: dict[tuple[str, str], Turns] = {
    ("obstacle_filed", "commune"): {
        **DESKS,
        **{f"on_behalf.{channel}": {"on_behalf": True, "channel": channel} for channel in CHANNELS},
        "on_behalf.prefecture": PREFECTURE | {"on_behalf": True},
    },
    ("obstacle_filed", "desk"): {**DESKS, "on_behalf": {"on_behalf": True, "channel": "phone"}},
    ("obstacle_filed", "secretary"): {"": REGION, "on_behalf": REGION | {"on_behalf": True}},
    ("filing_confirmed", "commune"): {"": PROVINCE},
    ("filing_confirmed", "staff"): {"": PROVINCE},
    ("obstacle_claimed", "commune"): {**DESKS, "transferred": TRANSFERRED},
    ("information_requested", "commune"): DESKS,
    ("information_requested", "staff"): DESKS,
    ("information_provided", "assignee"): DESKS,
    ("information_provided", "commune"): DESKS,
    ("obstacle_referred_out", "commune"): _with(AWAITED, {**OUTSIDE, "prefecture": PREFECTURE, "region": REGION}),
    ("obstacle_referred_out", "assignee"): _with(AWAITED, OUTSIDE),
    ("outside_reply_recorded", "commune"): {
        **OUTSIDE,
        "more": AWAITED,
        "prefecture": PREFECTURE,
        "region": REGION,
    },
    ("outside_reply_recorded", "assignee"): {**OUTSIDE, "more": AWAITED},
    ("wait_ended", "assignee"): {"": PROVINCE, "clock": {"by_clock": True}},
    ("wait_ended", "commune"): {**DESKS, "clock": {"by_clock": True}, "clock.region": REGION | {"by_clock": True}},
    ("obstacle_escalated", "secretary"): {"": REGION},
    **{
        ("obstacle_escalated", audience): {
            "decision": {"cause": "decision"},
            "decision.prefecture": {"cause": "decision"} | PREFECTURE,
            "clock": {"cause": "clock"},
            "commune": {"cause": "commune"},
        }
        for audience in ("commune", "desk", "passed")
    },
    **{("obstacle_sent_back", audience): SENT_BACK for audience in ("commune", "desk", "secretary")},
    ("obstacle_sent_back", "passed"): _with(OF_REGION, SENT_BACK),
    **{
        ("obstacle_transferred", audience): {"": TRANSFERRED, "region": REGION}
        for audience in ("commune", "secretary", "passed")
    },
    ("obstacle_transferred", "desk"): {"": TRANSFERRED | OF_ELSEWHERE, "region": REGION},
    ("obstacle_resolved", "commune"): {
        f"{outcome}{turn}": {"outcome": outcome} | more
        for outcome in ("removed", "partly_removed", "commitment", "no_solution_now")
        for turn, more in (("", {}), (".contested", {"may_contest": False}))
        if (outcome, turn) != ("commitment", ".contested")
    }
    | {"removed.prefecture": {"outcome": "removed"} | PREFECTURE, "removed.region": {"outcome": "removed"} | REGION},
    ("obstacle_resolved", "staff"): _with({"outcome": "removed"}, DESKS),
    ("obstacle_resolved", "passed"): {"": {"outcome": "removed"} | REGION},
    **{
        ("obstacle_closed", audience): {
            "confirmed": {"confirmed_by": "commune"},
            "silence": {"confirmed_by": "silence"},
        }
        for audience in ("assignee", "passed")
    },
    ("obstacle_closed", "commune"): {
        "confirmed": {"confirmed_by": "commune"},
        "silence": {"confirmed_by": "silence"},
        "confirmed.dated": {"confirmed_by": "commune", "reopen_by": "2027-02-21"},
    },
    **{("obstacle_contested", audience): MEETING for audience in ("commune", "desk", "passed")},
    ("obstacle_contested", "secretary"): {"": REGION},
    **{
        ("obstacle_declined", audience): {
            "": {"appeal_by": "2027-01-07"},
            "prefecture": PREFECTURE | {"appeal_by": "2027-01-07"},
            "region": REGION,
        }
        for audience in ("commune", "staff", "passed")
    },
    **{("obstacle_appealed", audience): {"": REGION} for audience in ARRIVALS},
    ("obstacle_withdrawn", "commune"): {"": PROVINCE, "dated": {"reopen_by": "2026-12-23"}},
    ("obstacle_withdrawn", "assignee"): {"": PROVINCE},
    ("obstacle_withdrawn", "staff"): {"": PROVINCE},
    ("obstacle_withdrawn", "passed"): {"": PROVINCE},
    **{("obstacle_reopened", audience): DESKS for audience in ARRIVALS},
    ("comment_added", "commune"): {"": PROVINCE},
    ("comment_added", "assignee"): {"": PROVINCE},
    ("facts_amended", "assignee"): {"": PROVINCE},
    ("facts_amended", "commune"): {"": PROVINCE},
    ("note_mentioned", "mentioned"): {"": PROVINCE},
    ("deadline_near", "assignee"): {**DESKS, "several": SEVERAL, "several.region": REGION | SEVERAL_AT_REGION},
    ("deadline_passed", "assignee"): {
        **_with({"climbs_on": "2026-12-18"}, {"": PROVINCE, "prefecture": PREFECTURE}),
        "region": REGION,
        **{f"several.{count}": {"cases": SEVERAL_CASES[:count]} for count in (2, 3)},
        "several.11": {"cases": SEVERAL_CASES * 3 + SEVERAL_CASES[:2]},
        "several.region": REGION | SEVERAL_AT_REGION,
    },
    ("deadline_passed", "secretary"): {
        "": REGION,
        "several": REGION | SEVERAL_AT_REGION,
        "province": PROVINCE,
        "province.climbs": {"climbs_on": "2026-12-18"},
        "province.several": SEVERAL,
    },
    ("deadline_near", "secretary"): {"": PROVINCE, "several": SEVERAL},
    ("confirmation_near", "commune"): {
        "": {"outcome": "removed"},
        "commitment": {"outcome": "commitment"},
        "no_solution_now": {"outcome": "no_solution_now"},
        "no_solution_now.contested": {"outcome": "no_solution_now", "may_contest": False},
        "contested": {"outcome": "removed", "may_contest": False},
        "several": SEVERAL_AT_REGION,
    },
}


@dataclass(frozen=True)
class Case:
    """One mail of the collection, by the name of its golden file."""

    name: str
    letter: Letter


def every_case() -> Iterator[Case]:
    """Yield every mail there is."""
    for (event, audience), turns in TURNS.items():
        for turn, facts in turns.items():
            for language in LANGUAGES:
                name = ".".join(part for part in (event, audience, turn, language) if part)
                yield Case(name, letter_to(event, audience, language, **facts))


def letter_to(event: str, audience: str, language: str, **facts: object) -> Letter:
    """Return a letter with plausible facts, some of them as given."""
    return Letter(
        event=event,
        audience=audience,
        language=language,
        address="president@commune.example.test",
        message_id="<ntf.0b1b7a52-6f0f-4d7e-9a39-7f3f4c2c0d11@example.test>",
        event_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        facts=Facts.from_json(plausible_facts(audience, language, **facts)),
    )


def plausible_facts(audience: str, language: str, **facts: object) -> dict[str, object]:
    """Return the facts of a case of Taounate, or of Fès for its prefecture, as a row keeps them."""
    words = TAOUNATE[language] | (FES[language] if facts.get("province_kind") == "prefecture" else {})
    dates = {
        "acknowledge_by": "2026-11-26",
        "due_on": "2026-12-14",
        "answer_by": "2026-12-01",
        "confirm_by": "2026-12-07",
    }
    kind = facts.get("province_kind", "province")
    office = {
        "commune": ("commune_president", words["commune"], "commune"),
        "desk": ("province_reviewer", words["province"], kind),
        "assignee": ("province_coordinator", words["province"], kind),
        "passed": ("province_coordinator", words["province"], kind),
        "secretary": ("regional_secretary", words["region"], "region"),
        "staff": ("secretariat_staff", words["region"], "region"),
        "mentioned": ("province_reviewer", words["province"], kind),
    }[audience]
    level = "region" if "cause" in facts else "province"
    if audience in {"desk", "assignee"} and facts.get("level", level) == "region":
        office = ("group_member", words["region"], "region")
    standing = dict(zip(("office", "office_place", "office_place_kind"), office, strict=True))
    named = {key: value[language] if isinstance(value, dict) else value for key, value in facts.items()}
    if "cases" in named:
        named["cases"] = [
            {key: value[language] if isinstance(value, dict) else value for key, value in line.items()}
            for line in facts["cases"]  # type: ignore[attr-defined]
        ]
    fixed = {"reference": "OBS-2026-00042", "province_kind": "province", "level": level, "asks": False}
    return {**words, **dates, **standing, **fixed, **named}
