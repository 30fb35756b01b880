"""Every mail there is, as letters: each event, audience and turn of words, in three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from escalation.domain.codes import Event
from escalation.domain.notices import NOTICES
from escalation.mail.letter import Facts, Letter, Letterhead

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("ar", "fr", "en")
LATER = frozenset({Event.OBSTACLE_CONTESTED, Event.OBSTACLE_REOPENED})
NOW = frozenset(NOTICES) - LATER
LETTERHEAD = Letterhead(
    name="عوائق التنمية", sender="no-reply@example.test", base_url="https://suivi.example.test", offers=NOW
)
LETTERHEAD_LATER = Letterhead(
    name="عوائق التنمية", sender="no-reply@example.test", base_url="https://suivi.example.test", offers=NOW | LATER
)

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
PREFECTURE: dict[str, str] = {"province_kind": "prefecture"}
REGION: dict[str, str] = {"level": "region"}

# What changes the words, beside the event and the audience: name of the turn -> facts.
TURNS: dict[tuple[str, str], Mapping[str, Mapping[str, str]]] = {
    ("obstacle_filed", "commune"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
    ("obstacle_filed", "desk"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
    ("obstacle_filed", "secretary"): {"": REGION},
    ("obstacle_claimed", "commune"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
    ("information_requested", "commune"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
    ("information_provided", "assignee"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
    ("information_provided", "commune"): {"": {}, "prefecture": PREFECTURE, "region": REGION},
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
    ("obstacle_resolved", "commune"): {
        f"{outcome}{turn}": {"outcome": outcome} | more
        for outcome in ("removed", "partly_removed", "commitment", "no_solution_now")
        for turn, more in (("", {}), (".later", {"later": "yes"}))
    }
    | {"removed.prefecture": {"outcome": "removed"} | PREFECTURE},
    ("obstacle_resolved", "passed"): {"": {"outcome": "removed"} | REGION},
    **{
        ("obstacle_closed", audience): {
            "confirmed": {"confirmed_by": "commune"},
            "silence": {"confirmed_by": "silence"},
        }
        for audience in ("commune", "assignee", "passed")
    },
    ("obstacle_withdrawn", "commune"): {"": {}, "later": {"later": "yes"}},
    ("obstacle_withdrawn", "assignee"): {"": {}},
    ("obstacle_withdrawn", "passed"): {"": {}},
}


@dataclass(frozen=True)
class Case:
    """One mail of the collection, by the name of its golden file."""

    name: str
    letter: Letter
    letterhead: Letterhead


def every_case() -> Iterator[Case]:
    """Yield every mail there is."""
    for (event, audience), turns in TURNS.items():
        for turn, facts in turns.items():
            for language in LANGUAGES:
                name = ".".join(part for part in (event, audience, turn, language) if part)
                letterhead = LETTERHEAD_LATER if "later" in facts else LETTERHEAD
                yield Case(name, letter_to(event, audience, language, **facts), letterhead)


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
    }[audience]
    if audience in {"desk", "assignee"} and (facts.get("level") == "region" or "cause" in facts):
        office = ("group_member", words["region"], "region")
    standing = dict(zip(("office", "office_place", "office_place_kind"), office, strict=True))
    level = "region" if "cause" in facts else "province"
    fixed = {"reference": "OBS-2026-00042", "province_kind": "province", "level": level, "asks": False}
    return {**words, **dates, **standing, **fixed, **facts}
