"""A made-up case, to look at a mail before it is anybody's, in each situation that changes its words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

from escalation.domain.codes import Audience, Event, Language
from escalation.domain.wordings import SEVERAL, Wording
from escalation.mail.letter import CaseLine, Facts, Letter

REFERENCE: Final = "OBS-2026-00042"
EVENT_AT: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAYS: Final = {
    "acknowledge_by": date(2026, 11, 26),
    "due_on": date(2026, 12, 14),
    "answer_by": date(2026, 12, 1),
    "confirm_by": date(2026, 12, 7),
    "expected_on": date(2027, 1, 8),
    "appeal_by": date(2027, 1, 7),
    "reopen_by": date(2027, 2, 21),
    "climbs_on": date(2026, 12, 18),
}

WORDS: Final = {
    Language.AR: {
        "name": "فلان الفلاني", "commune": "عين المثال", "province": "المثال", "region": "جهة المثال",
        "type": "عدم توفر الوعاء العقاري", "project": "تزويد دوار المثال بالماء",
    },
    Language.FR: {
        "name": "Prénom Nom", "commune": "Aïn Exemple", "province": "Exemple", "region": "Région-Exemple",
        "type": "Assiette foncière non mobilisée", "project": "Eau potable du douar Exemple",
    },
    Language.EN: {
        "name": "First Last", "commune": "Ain Example", "province": "Example", "region": "Example Region",
        "type": "Land not available", "project": "Drinking water for douar Example",
    },
}  # fmt: skip

OFFICES: Final = {
    Audience.COMMUNE: ("commune_president", "commune"),
    Audience.DESK: ("province_reviewer", "province"),
    Audience.ASSIGNEE: ("province_coordinator", "province"),
    Audience.PASSED: ("province_coordinator", "province"),
    Audience.SECRETARY: ("regional_secretary", "region"),
    Audience.STAFF: ("secretariat_staff", "region"),
    Audience.MENTIONED: ("province_reviewer", "province"),
}

Situations = Mapping[str, Mapping[str, Any]]
USUAL: Final = "province"
AT_DESKS: Final[Situations] = {
    USUAL: {},
    "prefecture": {"province_kind": "prefecture", "desk_place_kind": "prefecture"},
    "region": {"level": "region"},
}
OF_EVENTS: Final[Mapping[str, Situations]] = MappingProxyType(
    {
        Event.OBSTACLE_FILED: {"on_behalf": {"on_behalf": True, "channel": "phone"}},
        Event.OBSTACLE_ESCALATED: {
            "by_clock": {"cause": "clock", "level": "region"},
            "by_commune": {"cause": "commune", "level": "region"},
        },
        Event.OBSTACLE_RESOLVED: {
            "partly_removed": {"outcome": "partly_removed"},
            "commitment": {"outcome": "commitment"},
            "no_solution_now": {"outcome": "no_solution_now"},
            "contested_before": {"may_contest": False},
        },
        Event.OBSTACLE_CLOSED: {"silence": {"confirmed_by": "silence"}},
        Event.OBSTACLE_REFERRED_OUT: {"session": {"outside": "session"}},
        Event.OUTSIDE_REPLY_RECORDED: {"session": {"outside": "session"}},
        Event.WAIT_ENDED: {"by_clock": {"by_clock": True}},
        Event.OBSTACLE_CONTESTED: {"for_meeting": {"for_meeting": True, "level": "region"}},
        "confirmation_near": {
            "commitment": {"outcome": "commitment"},
            "no_solution_now": {"outcome": "no_solution_now"},
            "contested_before": {"may_contest": False},
        },
    }
)
"""What else changes the words of a mail, by what it tells."""
SEVERAL_CASES: Final = "several"


def situations_of(event: str) -> Situations:
    """Return the situations in which the mail of an event can be looked at; the usual one is first."""
    several = {SEVERAL_CASES: {"cases": 3}} if event in SEVERAL else {}
    return {**AT_DESKS, **OF_EVENTS.get(event, {}), **several}


def example_letter(
    event: str, audience: str, language: Language, situation: str = USUAL, wording: Wording | None = None
) -> Letter:
    """Return a letter about the made-up case, in one of the situations of its event."""
    return Letter(
        event=event,
        audience=audience,
        language=language,
        address="nobody@example.invalid",
        message_id="<ntf.example@example.invalid>",
        event_at=EVENT_AT,
        facts=_facts(Audience(audience), language, situations_of(event).get(situation, {})),
        wording=wording,
    )


def _facts(audience: Audience, language: Language, turn: Mapping[str, Any]) -> Facts:
    words = WORDS[language]
    office, kind = OFFICES[audience]
    given: dict[str, Any] = {
        **words, **DAYS, "reference": REFERENCE, "office": office, "office_place": words[kind],
        "office_place_kind": kind, "province_kind": "province", "level": "province", "outcome": "removed",
        "confirmed_by": "commune", "cause": "decision", "outside": "body",
    }  # fmt: skip
    given |= turn
    if kind == "province":
        given["office_place_kind"] = given["province_kind"]
    cases = tuple(_line(words, number) for number in range(given.pop("cases", 0)))
    return Facts(cases=cases, **given)


def _line(words: Mapping[str, str], number: int) -> CaseLine:
    return CaseLine(
        reference=f"OBS-2026-0004{2 + number}",
        commune=words["commune"],
        type=words["type"],
        project=words["project"],
        due_on=date(2026, 12, 14 + number),
        climbs_on=date(2026, 12, 18 + number),
    )
