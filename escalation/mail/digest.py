"""What a letter that gathers says: each case once, under it everything that was told of it, in order."""

import re
from datetime import date
from functools import lru_cache
from typing import Any, Final

from escalation.domain.calendar import local_day
from escalation.domain.codes import Event, Language, Outcome
from escalation.labels import day_text, event_label, term
from escalation.mail import isolation
from escalation.mail.isolation import Isolate
from escalation.mail.letter import DigestFacts, DigestLine, UnsendableLetter

NO_SOLUTIONS: Final = (Outcome.COMMITMENT, Outcome.NO_SOLUTION_NOW)
REFERENCE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}")


def digest_context(facts: DigestFacts, language: Language, isolate: Isolate, isolate_ltr: Isolate) -> dict[str, Any]:
    """Return what the templates of such a letter read. Raises: UnsendableLetter."""
    by_case: dict[str, list[DigestLine]] = {}
    for line in facts.lines:
        if not REFERENCE.fullmatch(line.reference):
            raise UnsendableLetter("reference")
        by_case.setdefault(line.reference, []).append(line)
    return {
        "name": isolate(facts.name) if isolation.clean(facts.name) else "",
        "way": facts.way,
        "count": len(facts.lines),
        "part": facts.part,
        "parts": facts.parts,
        "can_end": bool(facts.unsubscribe),
        "cases": [
            {
                "ref": isolate_ltr(reference),
                **{key: isolate(getattr(told[0], key)) for key in ("commune", "type", "project")},
                "told": [_told(line, language, isolate) for line in told],
            }
            for reference, told in by_case.items()
        ],
    }


def _told(line: DigestLine, language: Language, isolate: Isolate) -> dict[str, Any]:
    return {
        "event": line.event,
        "words": event_term(line.event, line.province_kind, line.outside, line.outcome, language),
        "day": isolate(date_text(local_day(line.happened_at), language)),
        "asks": line.asks,
    }


def event_term(event: str, province_kind: str, outside: str | None, outcome: str | None, language: Language) -> str:
    """Return the binding words for an event; empty for what is none of the journal.

    An answer that is no solution is called what it is.
    """
    if event not in set(Event):
        return ""
    if event == Event.OBSTACLE_RESOLVED and outcome in NO_SOLUTIONS:
        return term(f"outcome_{outcome}", language)
    return event_label(Event(event), province_kind, outside, language)


@lru_cache(1024)
def date_text(day: date, language: Language) -> str:
    """Return a day as a sentence writes it."""
    text = isolation.clean(day_text(day, language))
    return text.replace("1", "1er", 1) if language is Language.FR and day.day == 1 else text
