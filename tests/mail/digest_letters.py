"""The letters that gather what was told of several cases, and those to who follows a case, in three languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escalation.mail.letter import DigestFacts, Letter
from tests.mail.letters import FES, LANGUAGES, PREFECTURE, TAOUNATE, Case, letter_to

GOLDEN = Path(__file__).parent / "golden_digests"
TOKEN = "WzcsImRhaWx5Il0.pVnmhW0ckSOmrWSG3tGAgQ"
SAID = (
    (1, "obstacle_claimed", "2026-11-21T09:15:00+00:00", False),
    (2, "deadline_near", "2026-11-22T08:00:00+00:00", False),
    (1, "comment_added", "2026-11-22T23:30:00+00:00", False),
    (2, "obstacle_sent_back", "2026-12-01T10:00:00+00:00", True),
)
"""Which case, what, when, and whether it waits for the reader: of one case two things, not one after the other."""
TURNS: dict[str, dict[str, object]] = {
    "daily": {"way": "daily", "unsubscribe": TOKEN},
    "weekly": {"way": "weekly", "unsubscribe": TOKEN},
    "together": {"way": "together"},
    "part": {"way": "daily", "unsubscribe": TOKEN, "part": 2, "parts": 3},
}
ANSWERS = (
    (1, "obstacle_referred_out", "2026-11-21T09:15:00+00:00", False, {"outside": "session"}),
    (1, "obstacle_referred_out", "2026-11-22T09:15:00+00:00", False, {"outside": "body"}),
    (1, "obstacle_resolved", "2026-11-23T09:15:00+00:00", True, {"outcome": "removed"}),
    (2, "obstacle_resolved", "2026-11-24T09:15:00+00:00", True, {"outcome": "commitment"}),
    (2, "obstacle_resolved", "2026-11-25T09:15:00+00:00", True, {"outcome": "no_solution_now"}),
)
"""What is called by what became of it."""
FOLLOWED: dict[str, tuple[str, dict[str, object]]] = {
    "followed": ("obstacle_sent_back", {}),
    "followed.prefecture": ("obstacle_sent_back", PREFECTURE),
    "followed.session": ("obstacle_referred_out", {"outside": "session"}),
    "followed.no_solution": ("obstacle_resolved", {"outcome": "no_solution_now"}),
}


def every_digest_case() -> Iterator[Case]:
    """Yield every letter that gathers, with one thing and with several, and those to who follows a case."""
    for language in LANGUAGES:
        for turn, facts in TURNS.items():
            yield Case(f"digest.{turn}.{language}", digest_letter(language, SAID, **facts))
        yield Case(f"digest.one.{language}", digest_letter(language, SAID[:1], way="daily", unsubscribe=TOKEN))
        yield Case(f"digest.answers.{language}", digest_letter(language, ANSWERS, way="daily", unsubscribe=TOKEN))
        for turn, (event, facts) in FOLLOWED.items():
            letter = letter_to(event, "passed", language, **facts)
            yield Case(f"{turn}.{language}", _to_follower(letter))


def digest_letter(language: str, said: tuple[tuple[Any, ...], ...] = SAID, **facts: object) -> Letter:
    """Return a letter that gathers what was said of two cases."""
    like = letter_to("obstacle_claimed", "commune", language)
    lines = [_line(language, one) for one in said]
    frozen = {"name": TAOUNATE[language]["name"], "lines": lines, **facts}
    return Letter(
        event="digest",
        audience="digest",
        language=language,
        address=like.address,
        message_id=like.message_id,
        event_at=like.event_at,
        facts=DigestFacts.from_json(frozen),
    )


def _line(language: str, said: tuple[Any, ...]) -> dict[str, object]:
    case, event, happened_at, asks, *more = said
    words = TAOUNATE[language] | (FES[language] if case == 2 else {})
    return {key: words[key] for key in ("commune", "type", "project")} | {
        "reference": f"OBS-2026-0004{case}",
        "event": event,
        "province_kind": "prefecture" if case == 2 else "province",
        "happened_at": happened_at,
        "asks": asks,
        **(more[0] if more else {}),
    }


def _to_follower(letter: Letter) -> Letter:
    return Letter(
        event=letter.event,
        audience="follower",
        language=letter.language,
        address=letter.address,
        message_id=letter.message_id,
        event_at=letter.event_at,
        facts=letter.facts,
    )
