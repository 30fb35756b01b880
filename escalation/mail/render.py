"""From a letter to its words: subject, text and HTML in the reader's language.

Pure: the same letter under the same letterhead gives the same words, today and at the tenth attempt.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from jinja2 import TemplateNotFound, UndefinedError

from escalation.domain.codes import Language, Office, PlaceKind
from escalation.labels import day_text, term
from escalation.mail import isolation
from escalation.mail.environment import environment
from escalation.mail.isolation import Isolate
from escalation.mail.letter import DATES, Facts, Letter, Letterhead, UnsendableLetter

WORDS: Final = ("name", "office_place", "commune", "province", "region", "desk_place", "type", "project")
CODES: Final = (
    "office_place_kind", "province_kind", "desk_place_kind", "level", "from_level", "cause", "outcome", "confirmed_by",
    "asks", "on_behalf", "channel", "outside", "by_clock", "for_meeting", "may_contest",
)  # fmt: skip
ELISION: Final = re.compile(r"\bde (\u2068|<bdi>)(?=[aeiouàâéèêëîïôûAEIOUÀÂÉÈÊËÎÏÔÛ])")
REFERENCE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """The words of one mail."""

    subject: str
    text: str
    html: str


def render(letter: Letter, letterhead: Letterhead) -> RenderedMail:
    """Return the words of the letter.

    Raises: UnsendableLetter when there is no such mail or a fact that it needs is missing.
    """
    if not REFERENCE.fullmatch(letter.facts.reference):
        raise UnsendableLetter("reference")
    return RenderedMail(
        subject=" ".join(_write(letter, letterhead, "subject.txt", html=False).split()),
        text=_write(letter, letterhead, "body.txt", html=False).strip() + "\n",
        html=_write(letter, letterhead, "body.html", html=True).strip() + "\n",
    )


def _write(letter: Letter, letterhead: Letterhead, part: str, *, html: bool) -> str:
    try:
        language = Language(letter.language)
        template = environment(language, html=html).get_template(f"email/{letter.event}/{part}")
        written = template.render(_context(letter, letterhead, language, html=html))
    except (TemplateNotFound, UndefinedError, ValueError) as reason:
        raise UnsendableLetter(f"{letter.event} to {letter.audience}: {reason}") from reason
    return ELISION.sub(r"d’\1", written) if language is Language.FR else written


def _context(letter: Letter, letterhead: Letterhead, language: Language, *, html: bool) -> dict[str, Any]:
    facts = letter.facts
    isolate: Isolate = isolation.isolate_html if html else isolation.isolate_text
    isolate_ltr: Isolate = isolation.isolate_html_ltr if html else isolation.isolate_text_ltr
    words = {key: getattr(facts, key) for key in WORDS}
    days = {key: day for key in DATES if (day := getattr(facts, key)) is not None}
    return {
        "language": language.value,
        "direction": "rtl" if language is Language.AR else "ltr",
        "audience": letter.audience,
        "installation": isolation.clean(letterhead.name),
        "link": f"{letterhead.base_url.rstrip('/')}/obstacles/{facts.reference}",
        "ref": isolate_ltr(facts.reference),
        "capacity": isolate(_capacity(facts, language)),
        **{key: getattr(facts, key) for key in CODES},
        **{key: isolate(value) if isolation.clean(value) else "" for key, value in words.items()},
        **{key: isolate(_date(day, language)) for key, day in days.items()},
    }


def _date(day: date, language: Language) -> str:
    text = day_text(day, language)
    return text.replace("1", "1er", 1) if language is Language.FR and day.day == 1 else text


def _capacity(facts: Facts, language: Language) -> str:
    """The office in the words of the taxonomy, beginning small, since it stands within a sentence."""
    in_prefecture = facts.office == Office.PROVINCE_COORDINATOR and facts.office_place_kind == PlaceKind.PREFECTURE
    office = "prefecture_coordinator" if in_prefecture else Office(facts.office).value
    word = term(office, language)
    return word[:1].lower() + word[1:]
