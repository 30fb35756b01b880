"""From a letter to its words: subject, text and HTML in the reader's language.

Pure: the same letter under the same letterhead gives the same words, today and at the tenth attempt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import TemplateNotFound, UndefinedError

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import Audience, Language, Office, PlaceKind
from escalation.labels import instant_text, term
from escalation.mail import isolation
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
PREFERENCES: Final = "/account/messages"
HOLDS_CODE: Final = frozenset({AccountNotice.SIGN_IN_CODE})
"""Letters that say a code and lead nowhere: nobody gets used to writing a code where a link leads."""
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
    if isinstance(letter.facts, DigestFacts) and not letter.facts.lines:
        raise UnsendableLetter("nothing is gathered in it")
    if isinstance(letter.facts, Facts) and not REFERENCE.fullmatch(letter.facts.reference):
        raise UnsendableLetter("reference")
    return RenderedMail(
        subject=" ".join(_write(letter, letterhead, "subject.txt", html=False).split()),
        text=_write(letter, letterhead, "body.txt", html=False).strip() + "\n",
        html=_write(letter, letterhead, "body.html", html=True).strip() + "\n",
    )


def _write(letter: Letter, letterhead: Letterhead, part: str, *, html: bool) -> str:
    try:
        language = Language(letter.language)
        template = environment(language, html=html).get_template(f"email/{_folder(letter)}/{part}")
        written = template.render(_context(letter, letterhead, language, html=html))
    except (TemplateNotFound, UndefinedError, ValueError) as reason:
        raise UnsendableLetter(f"{letter.event} to {letter.audience}: {reason}") from reason
    return ELISION.sub(r"d’\1", written) if language is Language.FR else written


def _folder(letter: Letter) -> str:
    """Return where the words of a letter are: who follows a case by their own choice is told of all events alike."""
    return "followed" if letter.audience == Audience.FOLLOWER else letter.event


def unsubscribe_url(facts: DigestFacts, letterhead: Letterhead) -> str:
    """Return where one ends the letters that gather."""
    return f"{letterhead.base_url.rstrip('/')}/unsubscribe/{facts.unsubscribe}"


def _context(letter: Letter, letterhead: Letterhead, language: Language, *, html: bool) -> dict[str, Any]:
    isolate: Isolate = isolation.isolate_html if html else isolation.isolate_text
    common = {
        "language": language.value,
        "direction": "rtl" if language is Language.AR else "ltr",
        "audience": letter.audience,
        "installation": isolation.clean(letterhead.name),
    }
    base = letterhead.base_url.rstrip("/")
    if isinstance(letter.facts, AccountFacts):
        link = "" if letter.event in HOLDS_CODE else base + LINKS[letter.event]
        return common | _account_context(letter.facts, link, language, isolate)
    isolate_ltr: Isolate = isolation.isolate_html_ltr if html else isolation.isolate_text_ltr
    common["prefs"] = base + PREFERENCES
    if isinstance(letter.facts, DigestFacts):
        more = {"link": base + "/inbox", "unsubscribe": unsubscribe_url(letter.facts, letterhead)}
        return common | more | digest_context(letter.facts, language, isolate, isolate_ltr)
    facts = letter.facts
    words = {key: getattr(facts, key) for key in WORDS}
    days = {key: day for key in DATES if (day := getattr(facts, key)) is not None}
    return {
        **common,
        "link": base + _path(letter, facts),
        "ref": isolate_ltr(facts.reference),
        "event_words": event_term(letter.event, facts.province_kind, language),
        "capacity": isolate(_capacity(facts.office, facts.office_place_kind, language)),
        **{key: getattr(facts, key) for key in CODES},
        **{key: isolate(value) if isolation.clean(value) else "" for key, value in words.items()},
        **{key: isolate(date_text(day, language)) for key, day in days.items()},
        "count": len(facts.cases) or 1,
        "cases": [_line(line, language, isolate, isolate_ltr) for line in facts.cases],
    }


def _path(letter: Letter, facts: Facts) -> str:
    """Return where the link of a letter about cases leads: to its case, or to the list that holds them all."""
    if not facts.cases:
        return f"/obstacles/{facts.reference}"
    return "/obstacles" if letter.audience == Audience.COMMUNE else "/queue"


def _line(line: CaseLine, language: Language, isolate: Isolate, isolate_ltr: Isolate) -> dict[str, str]:
    if not REFERENCE.fullmatch(line.reference):
        raise UnsendableLetter("reference")
    words = {key: isolate(getattr(line, key)) for key in ("commune", "type", "project")}
    climbs_on = isolate(date_text(line.climbs_on, language)) if line.climbs_on else ""
    return {
        "ref": isolate_ltr(line.reference),
        **words,
        "due_on": isolate(date_text(line.due_on, language)),
        "climbs_on": climbs_on,
    }


def _account_context(facts: AccountFacts, link: str, language: Language, isolate: Isolate) -> dict[str, Any]:
    """Return what a letter about an account says; its link carries the secret, or where it has none, its words do."""
    if (link.endswith("/") or not link) and not facts.secret:
        raise UnsendableLetter("its link or code can be made no more")
    words = {key: getattr(facts, key) for key in ("name", "office_place", "device", "other")}
    days = {key: day for key in DAYS if (day := getattr(facts, key)) is not None}
    moments = {key: moment for key in MOMENTS if (moment := getattr(facts, key)) is not None}
    return {
        "link": link + facts.secret if link else "",
        "code": "" if link else isolate(facts.secret),
        "factor": facts.factor,
        "left": facts.left,
        "capacity": isolate(_capacity(facts.office, facts.office_place_kind, language)) if facts.office else "",
        "office_place_kind": facts.office_place_kind,
        "offices": [_office(one, language, isolate) for one in facts.offices],
        "count": isolate(str(facts.count)),
        "is_own": facts.is_own,
        **{key: isolate(value) if isolation.clean(value) else "" for key, value in words.items()},
        **{key: isolate(date_text(day, language)) for key, day in days.items()},
        **{key: isolate(instant_text(moment, language)) for key, moment in moments.items()},
    }


def _office(held: Mapping[str, str], language: Language, isolate: Isolate) -> dict[str, str]:
    capacity = _capacity(held["office"], held["office_place_kind"], language)
    return {"capacity": isolate(capacity), "kind": held["office_place_kind"], "place": isolate(held["office_place"])}


def _capacity(office: str, place_kind: str, language: Language) -> str:
    """The office in the words of the taxonomy, beginning small, since it stands within a sentence."""
    in_prefecture = office == Office.PROVINCE_COORDINATOR and place_kind == PlaceKind.PREFECTURE
    word = term("prefecture_coordinator" if in_prefecture else Office(office).value, language)
    return word[:1].lower() + word[1:]
