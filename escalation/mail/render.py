"""From a letter to its words: subject, text and HTML in the reader's language.

Pure: the same letter under the same letterhead gives the same words, today and at the tenth attempt.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any, Final

from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import escape

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import Audience, Language, Office, PlaceKind
from escalation.domain.wordings import BUILT_IN, Placeholder
from escalation.labels import instant_text, term
from escalation.mail import adapted, isolation
from escalation.mail.digest import date_text, digest_context, event_term
from escalation.mail.environment import environment
from escalation.mail.isolation import Isolate
from escalation.mail.letter import (
    DATES,
    DAYS,
    MOMENTS,
    AccountFacts,
    CaseLine,
    DigestFacts,
    Facts,
    Letter,
    Letterhead,
    UnsendableLetter,
)
from escalation.mail.skeleton import Mended, Skeleton, cut

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
    AccountNotice.MESSAGES_LATE: "/admin/outbox",
}
DECIDED_BY: Final = attrgetter(*CODES)
PARTS: Final = ("subject.txt", "body.txt", "body.html")
LINE: Final = ("ref", "commune", "type", "project", "due_on", "climbs_on")
PREFERENCES: Final = "/account/messages"
HOLDS_CODE: Final = frozenset({AccountNotice.SIGN_IN_CODE})
"""Letters that say a code and lead nowhere: nobody gets used to writing a code where a link leads."""
ELISION: Final = re.compile(r"de (?<=\bde )(\u2068|<bdi>)(?=[aeiouàâéèêëîïôûAEIOUÀÂÉÈÊËÎÏÔÛ])")
SKELETONS_KEPT: Final = 1000
WORDS_KEPT: Final = 4096
RIGHT_TO_LEFT: Final = "\u200f"
_UNKNOWN: Final = object()
_SKELETONS: Final[dict[tuple[Any, ...], tuple[Skeleton, Skeleton, Skeleton] | None]] = {}
REFERENCE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}")
Parts = tuple[str, str, str]
_clean: Final = lru_cache(WORDS_KEPT)(isolation.clean)
"""Of cases only: a letter about an account may carry a secret, of which nothing is remembered."""


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
    if isinstance(letter.facts, DigestFacts) and not letter.facts.lines:
        raise UnsendableLetter("nothing is gathered in it")
    if isinstance(letter.facts, Facts) and not REFERENCE.fullmatch(letter.facts.reference):
        raise UnsendableLetter("reference")
    try:
        subject, text, html = _parts(letter, letterhead)
    except (TemplateNotFound, UndefinedError, ValueError) as reason:
        raise UnsendableLetter(f"{letter.event} to {letter.audience}: {reason}") from reason
    return RenderedMail(subject, text, html)


def stand_for(letter: Letter, letterhead: Letterhead) -> dict[Placeholder, str]:
    """Return what each placeholder of a wording stands for in a letter about a case."""
    assert isinstance(letter.facts, Facts)
    language = Language(letter.language)
    words, _in_html = _words(letter, letter.facts, letterhead)
    context = _nested(_codes(letter, letter.facts, letterhead), words)
    found = adapted.stand_for(language, letter.event, letter.audience, context)
    return {one: _elided(said, language) for one, said in found.items()}


def _parts(letter: Letter, letterhead: Letterhead) -> Parts:
    """Return the parts in the words of the installation, or, where a fact is missing for them, in the usual ones."""
    try:
        if isinstance(letter.facts, Facts):
            return _parts_about_cases(letter, letter.facts, letterhead)
        make = _account_context if isinstance(letter.facts, AccountFacts) else _digest_context
        text, html = (make(letter, letter.facts, letterhead, html=html) for html in (False, True))  # type: ignore[arg-type]
        return _written(letter, (text, text, html))
    except adapted.Unfilled:
        return _parts(replace(letter, wording=None, template_version=BUILT_IN), letterhead)


def _parts_about_cases(letter: Letter, facts: Facts, letterhead: Letterhead) -> Parts:
    """Write by what earlier letters that are alike have in common; without that, in full."""
    text, html = _words(letter, facts, letterhead)
    words = (text, text, html)
    key = (
        letter.event, letter.audience, letter.language, letter.template_version, letter.wording, bool(letter.reply_to),
        letterhead.name, letterhead.base_url, *DECIDED_BY(facts), len(facts.cases), *text,
    )  # fmt: skip
    known = _SKELETONS.get(key, _UNKNOWN)
    if isinstance(known, tuple):
        subject, text_part, html_part = known
        return subject.fill(text), text_part.fill(text), html_part.fill(html)
    codes = _codes(letter, facts, letterhead)
    written = _written(letter, [_nested(codes, each) for each in words])
    if known is _UNKNOWN:
        if len(_SKELETONS) >= SKELETONS_KEPT:
            _SKELETONS.clear()
        _SKELETONS[key] = _skeletons(letter, codes, words, written)
    return written


def _skeletons(letter: Letter, codes: Mapping[str, Any], words: Sequence[Mapping[str, str]], written: Parts) -> Any:
    """Return the skeletons of all parts; None where a part has none that gives what was written in full."""
    mended = Mended("de ", _elided_in_french) if letter.language == Language.FR else None
    found = [
        cut(lambda gaps, number=number: _write(letter, number, _nested(codes, gaps)), each, mended)  # type: ignore[misc]
        for number, each in enumerate(words)
    ]
    fits = all(one and one.fill(each) == whole for one, each, whole in zip(found, words, written, strict=True))
    return tuple(found) if fits else None


def _written(letter: Letter, contexts: Iterable[Mapping[str, Any]]) -> Parts:
    subject, text, html = (_write(letter, number, context) for number, context in enumerate(contexts))
    return subject, text, html


def _write(letter: Letter, number: int, context: Mapping[str, Any]) -> str:
    """Return one part as its template gives it, without what stands around it and is not seen."""
    language, part = Language(letter.language), PARTS[number]
    if letter.wording is not None:
        written = adapted.writer_of(letter.wording, part, language, letter.event, letter.audience)(context)
    else:
        is_html = part.endswith(".html")
        template = environment(language, html=is_html).get_template(f"email/{_folder(letter)}/{part}")
        written = template.render(context)
    written = _elided(written, language)
    return _directed(" ".join(written.split()), language) if part == "subject.txt" else written.strip() + "\n"


def _directed(subject: str, language: Language) -> str:
    """Return a subject that reads in its own direction where a program looks at its first letters, as HTML does."""
    return f"{RIGHT_TO_LEFT}{subject}" if language is Language.AR and subject.startswith("[") else subject


def _folder(letter: Letter) -> str:
    """Return where the words of a letter are: who follows a case by their own choice is told of all events alike."""
    return "followed" if letter.audience == Audience.FOLLOWER else letter.event


def unsubscribe_url(facts: DigestFacts, letterhead: Letterhead) -> str:
    """Return where one ends the letters that gather."""
    return f"{letterhead.base_url.rstrip('/')}/unsubscribe/{facts.unsubscribe}"


def _elided(written: str, language: Language) -> str:
    return _elided_in_french(written) if language is Language.FR else written


def _elided_in_french(written: str) -> str:
    return ELISION.sub(r"d’\1", written)


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
        "event_words": event_term(
            letter.event, facts.province_kind, facts.outside, facts.outcome, Language(letter.language)
        ),
        "prefs": letterhead.base_url.rstrip("/") + PREFERENCES,
        "count": len(facts.cases) or 1,
        "lines": len(facts.cases),
    }


def _common(letter: Letter, letterhead: Letterhead) -> dict[str, Any]:
    return {
        "language": letter.language,
        "direction": "rtl" if letter.language == Language.AR else "ltr",
        "audience": letter.audience,
        "installation": isolation.clean(letterhead.name),
        "may_answer": bool(letter.reply_to),
    }


def _words(letter: Letter, facts: Facts, letterhead: Letterhead) -> tuple[dict[str, str], dict[str, str]]:
    """Return the words of a letter about cases, each isolated, as they stand in text and in HTML."""
    link = letterhead.base_url.rstrip("/") + _path(letter, facts)
    text, html = {"link": link}, {"link": str(escape(link))}
    for name, word in _plain_words(letter, facts).items():
        text[name], html[name] = _isolated(word, name.endswith("ref"))
    return text, html


@lru_cache(WORDS_KEPT)
def _isolated(word: str, is_code: bool) -> tuple[str, str]:
    return isolation.stand_in_text(word, is_code=is_code), isolation.stand_in_html(word, is_code=is_code)


def _plain_words(letter: Letter, facts: Facts) -> dict[str, str]:
    """Return the words of a letter about cases, clean; what is missing or empty is left out."""
    language = Language(letter.language)
    return {
        "ref": facts.reference,
        "capacity": _capacity(facts.office, facts.office_place_kind, language),
        **{key: word for key in WORDS if (word := _clean(getattr(facts, key)))},
        **{key: date_text(day, language) for key in DATES if (day := getattr(facts, key)) is not None},
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
        **{key: _clean(getattr(line, key)) for key in ("commune", "type", "project")},
        "due_on": date_text(line.due_on, language),
        **({"climbs_on": date_text(line.climbs_on, language)} if line.climbs_on else {}),
    }


def _digest_context(letter: Letter, facts: DigestFacts, letterhead: Letterhead, *, html: bool) -> dict[str, Any]:
    isolate, stand = (
        (isolation.isolate_html, isolation.stand_in_html) if html else (isolation.isolate_text, isolation.stand_in_text)
    )
    base = letterhead.base_url.rstrip("/")
    return {
        **_common(letter, letterhead),
        "prefs": base + PREFERENCES,
        "link": base + "/inbox",
        "unsubscribe": unsubscribe_url(facts, letterhead),
        **digest_context(facts, Language(letter.language), isolate, partial(stand, is_code=True)),
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
        "offices": [_office(one, language, isolate) for one in facts.offices],
        "count": facts.count,
        "is_own": facts.is_own,
        **{key: isolate(value) if isolation.clean(value) else "" for key, value in words.items()},
        **{key: isolate(date_text(day, language)) for key, day in days.items()},
        **{key: isolate(instant_text(moment, language)) for key, moment in moments.items()},
    }


def _office(held: Mapping[str, str], language: Language, isolate: Isolate) -> dict[str, str]:
    capacity = _capacity(held["office"], held["office_place_kind"], language)
    return {"capacity": isolate(capacity), "kind": held["office_place_kind"], "place": isolate(held["office_place"])}


@cache
def _capacity(code: str, place_kind: str, language: Language) -> str:
    """The office in the words of the taxonomy, beginning small, since it stands within a sentence."""
    in_prefecture = code == Office.PROVINCE_COORDINATOR and place_kind == PlaceKind.PREFECTURE
    office = "prefecture_coordinator" if in_prefecture else Office(code).value
    word = isolation.clean(term(office, language))
    return word[:1].lower() + word[1:]
