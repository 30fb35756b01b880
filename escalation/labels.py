"""From codes to words: the only place where a status, an action, an office or an event gets its text.

The binding words come from ``reference/taxonomy/terms.csv``; sentences around them are gettext's business.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, wraps
from operator import attrgetter
from typing import Any, Final, Protocol

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import g, has_app_context
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from escalation.domain.calendar import LOCAL_ZONE
from escalation.domain.codes import (
    Action,
    Cause,
    Channel,
    Competent,
    ConfirmedBy,
    Event,
    Ground,
    Language,
    Level,
    MessageStatus,
    Office,
    Outcome,
    PlaceKind,
    Remark,
    Status,
    Urgency,
)
from escalation.reference.catalogue import terms

FORMATS = {Language.AR: "ar_MA", Language.FR: "fr_MA", Language.EN: "en_GB"}
"""The locales that dates and numbers are written in: plain Arabic would have the wrong months."""

NAMES: Final = {language: attrgetter(f"name_{language}") for language in Language}

ELISION: Final = re.compile(r"\bde (?=[AEIOUÀÂÉÈÊËÎÏÔÛaeiouàâéèêëîïôû])")

TYPE_GROUPS = {
    "land": _l("Land"),
    "partnership": _l("Partnership"),
    "approval": _l("Approvals and opinions"),
    "technical": _l("Studies and technical means"),
    "finance": _l("Funding"),
    "procurement": _l("Contracts and works"),
    "networks": _l("Water, power and networks"),
    "access": _l("Roads and tracks"),
    "services": _l("Public services"),
    "economy": _l("Economy and protection"),
    "other": _l("Other"),
}


class Named(Protocol):
    """Anything with a name in each language."""

    @property
    def name_ar(self) -> str: ...
    @property
    def name_fr(self) -> str: ...
    @property
    def name_en(self) -> str: ...


class NamedPlace(Named, Protocol):
    """A place: named, and of a kind."""

    @property
    def kind(self) -> PlaceKind: ...


def current_language() -> Language:
    """Return the language of this request's page; Arabic outside of one."""
    return g.get("language", Language.AR) if has_app_context() else Language.AR


def remembered(words: Callable[..., str]) -> Callable[..., str]:
    """Remember words that depend on nothing but what is given, by value, and the language of the page.

    Who writes many of them may say that language as ``language``, so that it is not looked for each time.
    """

    @lru_cache(maxsize=4096)
    def say(_language: Language, *given: Any, **named: Any) -> str:
        return words(*given, **named)

    @wraps(words)
    def said(*given: Any, language: Language | None = None, **named: Any) -> str:
        return say(language or current_language(), *given, **named)

    return said


def term(key: str, language: Language | None = None) -> str:
    """Return a binding word of terms.csv in a language, the page's by default."""
    return terms()[key][language or current_language()]


def name_of(row: Named, language: Language | None = None) -> str:
    """Return the name of a place or of a taxonomy row in a language, the page's by default."""
    return str(NAMES[language or current_language()](row))


SESSION: Final = "session"
"""What is waited for outside, where it is no body."""
_LAW_NUMBER: Final = re.compile(r"\b[0-9]{1,3}-[0-9]{2}\b")
_ARTICLES: Final = re.compile(r",? arts?\. [0-9]+(-[0-9]+)?")


def type_group_label(group: str) -> str:
    """Return the heading under which obstacle types are offered."""
    return str(TYPE_GROUPS[group])


def status_label(status: Status, language: Language | None = None) -> str:
    """Return the word for a status in a language, the page's by default."""
    return term(f"status_{status}", language)


def action_label(action: Action, province_kind: PlaceKind = PlaceKind.PROVINCE) -> str:
    """Return the words on the button of an action, kind-aware where a province's desk is named."""
    return term(_twin(f"act_{action}", province_kind))


def remark_label(remark: Remark) -> str:
    """Return the words on the button of what one may do on a case beside the moves."""
    return term("note_internal" if remark == Remark.NOTE else f"act_{remark}")


def move_label(action: Action, province_kind: PlaceKind = PlaceKind.PROVINCE, *, is_commune: bool = True) -> str:
    """Return the words on the button of a move as its maker says it: a commune refers itself, a desk notes answers."""
    if action is Action.ESCALATE_OVERDUE:
        return _("Refer the late case to the region")
    if action is Action.ANSWER and not is_commune:
        return _("Record the commune’s answer")
    return action_label(action, province_kind)


def event_label(
    event: Event,
    province_kind: str = PlaceKind.PROVINCE,
    outside: str | None = None,
    language: Language | None = None,
) -> str:
    """Return the words for an event, kind-aware where a province's desk is named; a council session is no body."""
    if event is Event.OBSTACLE_REFERRED_OUT and outside == SESSION:
        return term("wait_session", language)
    return term(_twin(f"event_{event}", province_kind), language)


def office_label(office: Office, place_kind: PlaceKind = PlaceKind.PROVINCE) -> str:
    """Return the name of an office, as it is held in a province or a prefecture."""
    twins = {Office.PROVINCE_COORDINATOR: "prefecture_coordinator"}
    return term(twins.get(office, office) if place_kind is PlaceKind.PREFECTURE else office)


def desk_label(level: Level, province_kind: PlaceKind = PlaceKind.PROVINCE) -> str:
    """Return the name of the desk at a level."""
    if level is Level.REGION:
        return term("desk_region")
    return term("desk_prefecture" if province_kind is PlaceKind.PREFECTURE else "desk_province")


def desk_at(level: Level, place: NamedPlace) -> str:
    """Return the desk of a place in words, kind-aware: the desk of the prefecture of Fes."""
    if level is Level.REGION:
        return elided(_("Region desk of %(place)s", place=name_of(place)))
    if place.kind is PlaceKind.PREFECTURE:
        return elided(_("Prefecture desk of %(place)s", place=name_of(place)))
    return elided(_("Province desk of %(place)s", place=name_of(place)))


def place_label(place: NamedPlace) -> str:
    """Return a place with what it is: the commune of Bouhouda, the province of Taounate."""
    words = {
        PlaceKind.COMMUNE: _("Commune of %(place)s", place=name_of(place)),
        PlaceKind.PROVINCE: _("Province of %(place)s", place=name_of(place)),
        PlaceKind.PREFECTURE: _("Prefecture of %(place)s", place=name_of(place)),
        PlaceKind.REGION: _("Region of %(place)s", place=name_of(place)),
    }
    return elided(words[place.kind])


def elided(words: str) -> str:
    """Return words around the name of a place, as French says them before a vowel: commune d’Ain Aicha."""
    return ELISION.sub("d’", words) if current_language() is Language.FR else words


def level_label(level: Level, province_kind: PlaceKind = PlaceKind.PROVINCE) -> str:
    """Return the name of a level."""
    is_twin = level is Level.PROVINCE and province_kind is PlaceKind.PREFECTURE
    return term("level_prefecture" if is_twin else f"level_{level}")


def session_label(level: Level, province_kind: PlaceKind = PlaceKind.PROVINCE) -> str:
    """Return the session of a council, of the commune, the province or prefecture, or the region, in words."""
    if level == Level.PROVINCE and province_kind is PlaceKind.PREFECTURE:
        return _("Session of the prefecture council")
    return {
        Level.COMMUNE: _("Session of the commune council"),
        Level.PROVINCE: _("Session of the province council"),
        Level.REGION: _("Session of the region council"),
    }[Level(level)]


def cause_label(cause: Cause) -> str:
    """Return the words for why a case climbed."""
    return term(f"cause_{cause}")


def outcome_label(outcome: Outcome) -> str:
    """Return the words for what became of an obstacle."""
    return term(f"outcome_{outcome}")


def ground_label(ground: Ground) -> str:
    """Return the words for why a case was not taken up."""
    return term(f"ground_{ground}")


def channel_label(channel: Channel) -> str:
    """Return the words for how a filing or an answer came."""
    return term(f"channel_{channel}")


def urgency_label(urgency: Urgency) -> str:
    """Return the word for a degree of urgency."""
    return term(f"urgency_{urgency}")


def confirmed_by_label(confirmed_by: ConfirmedBy) -> str:
    """Return the words for who confirmed; the two are never counted together."""
    return term(f"confirmed_by_{confirmed_by}")


def message_status_label(status: MessageStatus) -> str:
    """Return the word for where a message is."""
    return term(f"message_{status}")


def day_text(day: date, language: Language | None = None, *, year: bool = True) -> str:
    """Return a day in words, in Moroccan usage: 14 دجنبر 2026."""
    return _day_words(day, "d MMMM y" if year else "d MMMM", language or current_language())


@lru_cache(maxsize=4096)
def _day_words(day: date, pattern: str, language: Language) -> str:
    return format_date(day, pattern, locale=FORMATS[language])


def instant_text(moment: datetime, language: Language | None = None) -> str:
    """Return a day and an hour in Morocco."""
    language = language or current_language()
    comma = "، " if language is Language.AR else ", "
    return day_text(moment.astimezone(LOCAL_ZONE).date(), language) + comma + hour_text(moment)


def hour_text(moment: datetime) -> str:
    """Return an hour in Morocco: 14:05."""
    return f"{moment.astimezone(LOCAL_ZONE):%H:%M}"


def law_text(law: str) -> str:
    """Return the laws a routing reason rests on: as recorded in English, by their numbers in the other languages."""
    if current_language() is Language.EN:
        return law
    numbers = (number.replace("-", "\N{NON-BREAKING HYPHEN}") for number in _LAW_NUMBER.findall(_ARTICLES.sub("", law)))
    sources = [f"\u2066{number}\u2069" for number in numbers]
    if "Constitution" in law:
        sources.append(_("the Constitution"))
    return _("laws: %(sources)s", sources=_(", ").join(sources))


def certainty_text(certainty: str) -> str:
    """Return how sure we are of an article of law, in words: A was read in a source, B and C were not."""
    if certainty == "A":
        return _("article read in a source")
    return _("article to be verified") if certainty == "B" else _("article uncertain: verify it before quoting it")


def competent_label(competent: Competent) -> str:
    """Return whose a power is."""
    return {
        Competent.COMMUNE: _("The commune council"),
        Competent.PROVINCE: _("The prefecture or province council"),
        Competent.REGION: _("The region council"),
        Competent.STATE: _("The State"),
    }[competent]


def path_label(first_desk: Level) -> str:
    """Return the desks that a type goes to, the first one first."""
    if first_desk is Level.REGION:
        return _("The region’s desk at once")
    return _("The desk of the prefecture or province, then the region’s")


def number_text(value: int, language: Language | None = None) -> str:
    """Return a whole number with its thousands apart, in Western digits."""
    return format_decimal(value, locale=FORMATS[language or current_language()])


def size_text(size_bytes: int) -> str:
    """Return how large a file is, in the unit that reads best."""
    if size_bytes >= 1_000_000:
        return _("%(size)s MB", size=format_decimal(size_bytes / 1_000_000, "0.#", locale=FORMATS[current_language()]))
    return _("%(size)s KB", size=max(1, round(size_bytes / 1000)))


def amount_text(centimes: int, language: Language | None = None) -> str:
    """Return an amount without its unit. Units: centimes of dirham in, dirhams out."""
    pattern = "#,##0" if centimes % 100 == 0 else "#,##0.00"
    return format_decimal(centimes / 100, pattern, locale=FORMATS[language or current_language()])


def money_text(amount_centimes: int) -> str:
    """Return an amount with its unit after it. Units: centimes of dirham in."""
    return _("%(amount)s dirhams", amount=amount_text(amount_centimes))


def _twin(key: str, place_kind: str) -> str:
    twin = f"{key}_prefecture"
    return twin if place_kind == PlaceKind.PREFECTURE and twin in terms() else key
