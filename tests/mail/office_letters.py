"""The letters about offices, in three languages, as their golden files hold them."""

from collections.abc import Iterator
from pathlib import Path

from escalation.domain.account_codes import AccountNotice
from escalation.mail.letter import AccountFacts, Letter
from tests.mail.letters import LANGUAGES, TAOUNATE, Case, letter_to

GOLDEN = Path(__file__).parent / "golden_offices"
COORDINATOR: dict[str, object] = {"office": "province_coordinator", "office_place_kind": "province"}
DAYS: dict[str, object] = {"first_day": "2026-12-01", "last_day": "2026-12-11"}
DELEGATE: dict[str, object] = {"office": "commune_delegate", "office_place_kind": "commune"}
TURNS: dict[tuple[AccountNotice, str], dict[str, object]] = {
    (AccountNotice.TERM_ENDS, "own"): COORDINATOR | DAYS | {"is_own": True},
    (AccountNotice.TERM_ENDS, "others"): COORDINATOR | DAYS,
    (AccountNotice.HANDOVER, "one"): COORDINATOR | {"count": 1},
    (AccountNotice.HANDOVER, "many"): COORDINATOR | {"count": 12},
    (AccountNotice.DESK_EMPTY, "province"): {"office_place_kind": "province", "count": 3} | DAYS,
    (AccountNotice.DESK_EMPTY, "prefecture"): {"office_place_kind": "prefecture", "count": 1} | DAYS,
    (AccountNotice.DESK_EMPTY, "region"): {"office_place_kind": "region", "count": 2, "is_own": True} | DAYS,
    (AccountNotice.DEPUTY_NAMED, ""): COORDINATOR | DAYS,
    (AccountNotice.DEPUTY_ENDED, ""): COORDINATOR | DAYS,
    (AccountNotice.FILING_ALLOWED, ""): DELEGATE | DAYS,
    (AccountNotice.FILING_ENDED, ""): DELEGATE | DAYS,
    (AccountNotice.MESSAGES_LATE, ""): {"office_place_kind": "", "count": 214, "at": "2026-11-23T08:50:00+00:00"},
}
OTHERS = {"ar": "سعاد بنيس", "fr": "Souad Bennis", "en": "Souad Bennis"}


def every_office_case() -> Iterator[Case]:
    """Yield every letter about an office."""
    for (notice, turn), facts in TURNS.items():
        for language in LANGUAGES:
            words = TAOUNATE[language]
            kinds = {"commune": words["commune"], "region": words["region"]}
            place = kinds.get(str(facts["office_place_kind"]), words["province"])
            frozen = {"name": words["name"], "other": OTHERS[language], "office_place": place} | facts
            like = letter_to("obstacle_claimed", "commune", language)
            letter = Letter(
                event=notice,
                audience="account",
                language=language,
                address=like.address,
                message_id=like.message_id,
                event_at=like.event_at,
                facts=AccountFacts.from_json(frozen, ""),
            )
            yield Case(".".join(part for part in (notice, turn, language) if part), letter)
