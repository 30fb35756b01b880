"""From a letter to its words: subject, text and HTML in the reader's language.

Pure: the same letter under the same letterhead gives the same words, today and at the tenth attempt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import escape

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import Audience, Language, Office, PlaceKind
from escalation.labels import day_text, instant_text, term
from escalation.mail import isolation
from escalation.mail.environment import environment
from escalation.mail.isolation import Isolate
from escalation.mail.letter import (
    DATES,
    DAYS,
    MOMENTS,
    AccountFacts,
    CaseLine,
    Facts,
    Letter,
    Letterhead,
    UnsendableLetter,
)
from escalation.mail.skeleton import Skeleton, cut

WORDS: Final = ("name", "office_place", "commune", "province", "region", "desk_place", "type", "project")
CODES: Final = (
    "office_place_kind", "province_kind", "desk_place_kind", "level", "from_level", "cause", "outcome", "confirmed_by",
    "asks", "on_behalf", "channel", "outside", "by_clock", "for_meeting", "may_contest",
)  # fmt: skip
LINKS: Final[Mapping[str, str]] = {
    AccountNotice.INVITED: "/invitation/",
    AccountNotice.OFFICE_GIVEN: "/account",
    AccountNotice.RESET_ASKED: "/password/",
    AccountNotice.PASSWORD_CHANGED: "/account",
    AccountNotice.ADDRESS_CHANGED: "/sign-in",
    AccountNotice.PHONE_CHANGED: "/account",
    AccountNotice.OPENED_ON_NEW_DEVICE: "/account",
    AccountNotice.FACTOR_ADDED: "/account/factors",
    AccountNotice.FACTOR_REMOVED: "/account/factors",
    AccountNotice.FACTORS_RESET: "/sign-in",
    AccountNotice.RECOVERY_RENEWED: "/account/factors",
    AccountNotice.RECOVERY_USED: "/account/factors",
    AccountNotice.TERM_ENDS: "/account",
    AccountNotice.HANDOVER: "/handover",
    AccountNotice.DESK_EMPTY: "/queue",
    AccountNotice.DEPUTY_NAMED: "/absences",
    AccountNotice.DEPUTY_ENDED: "/absences",
    AccountNotice.FILING_ALLOWED: "/account",
    AccountNotice.FILING_ENDED: "/account",
}
PARTS: Final = ("subject.txt", "body.txt", "body.html")
HTML: Final = frozenset({"body.html"})
REFS: Final = frozenset({"ref", *(f"{number} ref" for number in range(1000))})
LINE: Final = ("ref", "commune", "type", "project", "due_on", "climbs_on")
HOLDS_CODE: Final = frozenset({AccountNotice.SIGN_IN_CODE})
"""Letters that say a code and lead nowhere: nobody gets used to writing a code where a link leads."""
ELISION: Final = re.compile(r"de (?<=\bde )(\u2068|<bdi>)(?=[aeiouàâéèêëîïôûAEIOUÀÂÉÈÊËÎÏÔÛ])")
SKELETONS_KEPT: Final = 1000
_SKELETONS: Final[dict[tuple[Any, ...], dict[str, Skeleton | None]]] = {}
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
    facts = letter.facts
    if isinstance(facts, Facts) and not REFERENCE.fullmatch(facts.reference):
        raise UnsendableLetter("reference")
    try:
        if isinstance(facts, AccountFacts):
            subject, text, html = (
                _render_part(letter, part, _account_context(letter, facts, letterhead, html=part in HTML))
                for part in PARTS
            )
        else:
            subject, text, html = _write_by_skeletons(letter, facts, letterhead)
    except (TemplateNotFound, UndefinedError, ValueError) as reason:
        raise UnsendableLetter(f"{letter.event} to {letter.audience}: {reason}") from reason
    if letter.language == Language.FR:
        subject, text, html = (ELISION.sub(r"d’\1", written) for written in (subject, text, html))
    return RenderedMail(
        subject=" ".join(subject.split()),
        text=text.strip() + "\n",
        html=html.strip() + "\n",
    )


def _render_part(letter: Letter, part: str, context: Mapping[str, Any]) -> str:
    made = environment(Language(letter.language), html=part in HTML)
    return made.get_template(f"email/{letter.event}/{part}").render(context)


def _write_by_skeletons(letter: Letter, facts: Facts, letterhead: Letterhead) -> list[str]:
    """Write each part by what earlier letters of the kind have in common; without that, in full."""
    codes = _codes(letter, facts, letterhead)
    plain = _plain_words(letter, facts)
    link = letterhead.base_url.rstrip("/") + _path(letter, facts)
    words = {
        False: {name: isolation.stand_in_text(word, is_code=name in REFS) for name, word in plain.items()},
        True: {name: isolation.stand_in_html(word, is_code=name in REFS) for name, word in plain.items()},
    }
    words[False]["link"], words[True]["link"] = link, escape(link)
    key = (letter.event, letter.template_version, *codes.values(), *plain)
    known = _SKELETONS.get(key)
    if known is None:
        known = _SKELETONS[key] = {part: _cut_part(letter, part, codes, words[part in HTML]) for part in PARTS}
        if len(_SKELETONS) > SKELETONS_KEPT:
            del _SKELETONS[next(iter(_SKELETONS))]
    return [
        _render_part(letter, part, _nested(codes, words[part in HTML]))
        if skeleton is None
        else skeleton.fill(words[part in HTML])
        for part, skeleton in known.items()
    ]


def _cut_part(letter: Letter, part: str, codes: Mapping[str, Any], words: Mapping[str, str]) -> Skeleton | None:
    """Return the skeleton of one part, if it then reads as the part in full."""
    skeleton = cut(lambda gaps: _render_part(letter, part, _nested(codes, gaps)), words)
    written = _render_part(letter, part, _nested(codes, words))
    return skeleton if skeleton is not None and skeleton.fill(words) == written else None


def _nested(codes: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template is given: what it decides by, the words, and the words of each of several cases."""
    cases = [
        {"climbs_on": ""} | {key: words[f"{number} {key}"] for key in LINE if f"{number} {key}" in words}
        for number in range(codes["lines"])
    ]
    return {**codes, **dict.fromkeys(WORDS, ""), **words, "cases": cases}


def _codes(letter: Letter, facts: Facts, letterhead: Letterhead) -> dict[str, Any]:
    """Return what a template decides by."""
    return {
        **_common(letter, letterhead),
        **{key: getattr(facts, key) for key in CODES},
        "count": len(facts.cases) or 1,
        "lines": len(facts.cases),
    }


def _common(letter: Letter, letterhead: Letterhead) -> dict[str, Any]:
    return {
        "language": letter.language,
        "direction": "rtl" if letter.language == Language.AR else "ltr",
        "audience": letter.audience,
        "installation": isolation.clean(letterhead.name),
    }


def _plain_words(letter: Letter, facts: Facts) -> dict[str, str]:
    """Return the words of a letter about cases, clean; what is missing or empty is left out."""
    language = Language(letter.language)
    return {
        "ref": facts.reference,
        "capacity": _capacity(facts.office, facts.office_place_kind, language),
        **{key: word for key in WORDS if (word := isolation.clean(getattr(facts, key)))},
        **{key: _date(day, language) for key in DATES if (day := getattr(facts, key)) is not None},
        **{
            f"{number} {key}": word
            for number, line in enumerate(facts.cases)
            for key, word in _line(line, language).items()
        },
    }


def _path(letter: Letter, facts: Facts) -> str:
    """Return where the link of a letter about cases leads: to its case, or to the list that holds them all."""
    if not facts.cases:
        return f"/obstacles/{facts.reference}"
    return "/obstacles" if letter.audience == Audience.COMMUNE else "/queue"


def _line(line: CaseLine, language: Language) -> dict[str, str]:
    if not REFERENCE.fullmatch(line.reference):
        raise UnsendableLetter("reference")
    return {
        "ref": line.reference,
        **{key: isolation.clean(getattr(line, key)) for key in ("commune", "type", "project")},
        "due_on": _date(line.due_on, language),
        **({"climbs_on": _date(line.climbs_on, language)} if line.climbs_on else {}),
    }


def _account_context(letter: Letter, facts: AccountFacts, letterhead: Letterhead, *, html: bool) -> dict[str, Any]:
    """Return what a letter about an account says; its link carries the secret, or where it has none, its words do."""
    language = Language(letter.language)
    isolate: Isolate = isolation.isolate_html if html else isolation.isolate_text
    link = "" if letter.event in HOLDS_CODE else letterhead.base_url.rstrip("/") + LINKS[letter.event]
    if (link.endswith("/") or not link) and not facts.secret:
        raise UnsendableLetter("its link or code can be made no more")
    words = {key: getattr(facts, key) for key in ("name", "office_place", "device", "other")}
    days = {key: day for key in DAYS if (day := getattr(facts, key)) is not None}
    moments = {key: moment for key in MOMENTS if (moment := getattr(facts, key)) is not None}
    return {
        **_common(letter, letterhead),
        "link": link + facts.secret if link else "",
        "code": "" if link else isolate(facts.secret),
        "factor": facts.factor,
        "left": facts.left,
        "capacity": isolate(_capacity(facts.office, facts.office_place_kind, language)) if facts.office else "",
        "office_place_kind": facts.office_place_kind,
        "count": isolate(str(facts.count)),
        "is_own": facts.is_own,
        **{key: isolate(value) if isolation.clean(value) else "" for key, value in words.items()},
        **{key: isolate(_date(day, language)) for key, day in days.items()},
        **{key: isolate(instant_text(moment, language)) for key, moment in moments.items()},
    }


@lru_cache(1024)
def _date(day: date, language: Language) -> str:
    text = isolation.clean(day_text(day, language))
    return text.replace("1", "1er", 1) if language is Language.FR and day.day == 1 else text


@cache
def _capacity(code: str, place_kind: str, language: Language) -> str:
    """The office in the words of the taxonomy, beginning small, since it stands within a sentence."""
    in_prefecture = code == Office.PROVINCE_COORDINATOR and place_kind == PlaceKind.PREFECTURE
    office = "prefecture_coordinator" if in_prefecture else Office(code).value
    word = isolation.clean(term(office, language))
    return word[:1].lower() + word[1:]
