"""What an administrator may say in a mail of ours in their own words: which mails, which placeholders, which mistakes.

A wording is plain text with placeholders in braces, from a closed list. Nothing in it is executed, nothing in it is
markup, and no placeholder stands for a title, a text that somebody wrote, or an amount.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from escalation.domain.codes import Audience, Event
from escalation.domain.folding import fold
from escalation.domain.notices import NOTICES

SUBJECT_CHARS: Final = 120
BODY_CHARS: Final = 2_000
BUILT_IN: Final = 1
"""The version of the words that come with the program; those of an installation count on from it."""


class Placeholder(StrEnum):
    """What may stand in braces."""

    GREETING = "greeting"
    USUAL_SUBJECT = "usual_subject"
    USUAL_OPENING = "usual_opening"
    USUAL_DETAILS = "usual_details"
    CASE = "case"
    LINK = "link"
    CLOSING = "closing"
    REF = "ref"
    COMMUNE = "commune"
    PROVINCE = "province"
    REGION = "region"
    DESK = "desk"
    TYPE = "type"
    PROJECT = "project"
    DUE = "due"
    CAPACITY = "capacity"
    COUNT = "count"
    INSTALLATION = "installation"


class Fault(StrEnum):
    """What keeps a wording from being saved."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    SEVERAL_LINES = "several_lines"
    MARKUP = "markup"
    ADDRESS = "address"
    BRACE = "brace"
    UNKNOWN = "unknown"
    NOT_HERE = "not_here"
    NOT_IN_SUBJECT = "not_in_subject"
    NO_LINK = "no_link"
    TWO_LINKS = "two_links"
    NOT_ALONE = "not_alone"


@dataclass(frozen=True, slots=True)
class Wording:
    """The subject and the body of a mail; a placeholder stands in them by its code."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in one of the two fields, and the words that are meant."""

    field: str
    fault: Fault
    words: str = ""


BLOCKS: Final = frozenset({Placeholder.CASE, Placeholder.USUAL_DETAILS, Placeholder.LINK})
"""Each stands alone on its line."""
IN_SUBJECT: Final = frozenset(
    {
        Placeholder.USUAL_SUBJECT,
        Placeholder.COMMUNE,
        Placeholder.PROVINCE,
        Placeholder.REGION,
        Placeholder.DESK,
        Placeholder.DUE,
        Placeholder.COUNT,
    }
)
SEVERAL: Final = frozenset({"deadline_near", "deadline_passed", "confirmation_near"})
"""Mails that may name several cases: what is true of one of them only cannot stand in their words."""
OF_ONE_CASE: Final = frozenset(
    {Placeholder.REF, Placeholder.COMMUNE, Placeholder.TYPE, Placeholder.PROJECT, Placeholder.DUE}
)

ADAPTABLE: Final[Mapping[str, tuple[Audience, ...]]] = MappingProxyType(
    {
        **{
            event.value: tuple(notice.audience for notice in notices if notice.by_mail)
            for event, notices in NOTICES.items()
            if any(notice.by_mail for notice in notices)
        },
        "deadline_near": (Audience.ASSIGNEE, Audience.SECRETARY),
        "deadline_passed": (Audience.ASSIGNEE, Audience.SECRETARY),
        "confirmation_near": (Audience.COMMUNE,),
        "note_mentioned": (Audience.MENTIONED,),
    }
)
"""The mails whose words may be adapted, and to whom each goes: those about cases.

The words of letters about accounts are what people are taught to recognise, and are the same everywhere.
"""

_ARRIVALS: Final = (
    Event.OBSTACLE_FILED,
    Event.OBSTACLE_ESCALATED,
    Event.OBSTACLE_SENT_BACK,
    Event.OBSTACLE_TRANSFERRED,
    Event.OBSTACLE_CONTESTED,
    Event.OBSTACLE_APPEALED,
    Event.OBSTACLE_REOPENED,
)
DUE_FACTS: Final[Mapping[tuple[str, Audience], str]] = MappingProxyType(
    {
        **{(event, Audience.COMMUNE): "due_on" for event in (*_ARRIVALS, Event.OBSTACLE_CLAIMED)},
        **{(event, who): "acknowledge_by" for event in _ARRIVALS for who in (Audience.DESK, Audience.SECRETARY)},
        **{(Event.INFORMATION_REQUESTED, who): "answer_by" for who in (Audience.COMMUNE, Audience.STAFF)},
        **{(Event.OBSTACLE_REFERRED_OUT, who): "expected_on" for who in (Audience.COMMUNE, Audience.ASSIGNEE)},
        (Event.OBSTACLE_RESOLVED, Audience.COMMUNE): "confirm_by",
    }
)
"""Which day is the date of a mail: that of what it asks or announces, where it always has one."""

_BRACED: Final = re.compile(r"\{([^{}\n]*)\}")
_MARKUP: Final = re.compile(r"<\s*[/!?a-z]|&(?:#\d+|#x[0-9a-f]+|[a-z]+);", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S*", re.IGNORECASE)
_USEFUL: Final = "\u200c\u200d\u200e\u200f\u061c"

Names = Mapping[Placeholder, str]
"""What the placeholders are called in the language of a mail."""

DEFAULT: Final = Wording(
    subject="{usual_subject}",
    body="{greeting}\n\n{usual_opening}\n{case}\n\n{usual_details}\n\n{link}\n\n{closing}",
)
"""The words that come with the program, as a wording."""


def tidy(text: str) -> str:
    """Return a text without what nobody sees in it: marks that turn the direction around, spaces at the ends of lines.

    The joiners and the plain marks of direction stay, which people need to write well.
    """
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf" or char in _USEFUL)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in seen.split("\n"))).strip()


def is_adaptable(event: str, audience: str) -> bool:
    """Say whether there is such a mail, and its words may be adapted."""
    return any(audience == one for one in ADAPTABLE.get(event, ()))


def placeholders_of(event: str, audience: str) -> tuple[Placeholder, ...]:
    """Return what may stand in the words of a mail, in the order in which it is shown."""
    gone: set[Placeholder] = {Placeholder.DUE} if due_fact(event, audience) is None else set()
    gone |= OF_ONE_CASE if event in SEVERAL else {Placeholder.COUNT}
    return tuple(one for one in Placeholder if one not in gone)


def due_fact(event: str, audience: str) -> str | None:
    """Return the fact that is the date of a mail."""
    return next((fact for (of, who), fact in DUE_FACTS.items() if of == event and who == audience), None)


def pieces(text: str) -> Iterator[str | Placeholder]:
    """Yield the words of a text as it is kept and, between them, its placeholders."""
    end = 0
    for found in _BRACED.finditer(text):
        yield text[end : found.start()]
        yield Placeholder(found.group(1))
        end = found.end()
    yield text[end:]


def stands_alone(line: str) -> Placeholder | None:
    """Return the placeholder that is all there is on a line."""
    found = _BRACED.fullmatch(line.strip())
    return Placeholder(found.group(1)) if found else None


def as_shown(text: str, names: Names) -> str:
    """Return a kept text as it is shown for writing: its placeholders by the names they have in its language."""
    return "".join(f"{{{names[one]}}}" if isinstance(one, Placeholder) else one for one in pieces(text))


def as_kept(text: str, names: Names) -> str:
    """Return a text as it is kept: each placeholder that is known by its code, the others as they were typed."""
    known = _known(names)
    return _BRACED.sub(lambda found: _braced(known.get(fold(found.group(1))), found.group(0)), text)


def mistakes_of(wording: Wording, event: str, audience: str) -> list[Mistake]:
    """Return all that keeps a wording, as it is kept, from being saved: nothing, when it may be."""
    offered = frozenset(placeholders_of(event, audience))
    subject, body = wording.subject.strip(), wording.body.strip()
    found = [
        *(Mistake("subject", *one) for one in _mistakes(subject, SUBJECT_CHARS)),
        *(Mistake("subject", *one) for one in _placeholder_mistakes(subject, offered)),
        *(Mistake("body", *one) for one in _mistakes(body, BODY_CHARS)),
        *(Mistake("body", *one) for one in _placeholder_mistakes(body, offered)),
    ]
    if "\n" in subject:
        found.append(Mistake("subject", Fault.SEVERAL_LINES))
    if not found:
        found += [Mistake("subject", Fault.NOT_IN_SUBJECT, one) for one in _codes(subject) if one not in IN_SUBJECT]
        found += [Mistake("body", *one) for one in _block_mistakes(body)]
    return found


def _mistakes(text: str, longest: int) -> Iterator[tuple[Fault, str]]:
    if not text:
        yield Fault.EMPTY, ""
    if len(text) > longest:
        yield Fault.TOO_LONG, str(len(text))
    for pattern, fault in ((_MARKUP, Fault.MARKUP), (_ADDRESS, Fault.ADDRESS)):
        found = pattern.search(text)
        if found:
            yield fault, text[found.start() : found.start() + 20]


def _placeholder_mistakes(text: str, offered: frozenset[Placeholder]) -> Iterator[tuple[Fault, str]]:
    if re.search(r"[{}]", _BRACED.sub("", text)):
        yield Fault.BRACE, _around(text)
        return
    for code in _codes(text):
        if code not in list(Placeholder):
            yield Fault.UNKNOWN, code
        elif code not in offered:
            yield Fault.NOT_HERE, code


def _block_mistakes(body: str) -> Iterator[tuple[Fault, str]]:
    links = sum(code == Placeholder.LINK for code in _codes(body))
    if links != 1:
        yield (Fault.TWO_LINKS if links else Fault.NO_LINK), Placeholder.LINK
    for line in body.split("\n"):
        crowded = [code for code in _codes(line) if code in BLOCKS and stands_alone(line) is None]
        yield from ((Fault.NOT_ALONE, code) for code in crowded[:1])


def _codes(text: str) -> list[str]:
    return [found.group(1) for found in _BRACED.finditer(text)]


def _around(text: str) -> str:
    whole = [found.span() for found in _BRACED.finditer(text)]
    for found in re.finditer(r"[{}]", text):
        if not any(start <= found.start() < end for start, end in whole):
            return text[max(0, found.start() - 10) : found.start() + 15].strip()
    return ""


def _known(names: Names) -> dict[str, Placeholder]:
    return {fold(one.value): one for one in Placeholder} | {fold(name): one for one, name in names.items()}


def _braced(known: Placeholder | None, typed: str) -> str:
    return f"{{{known}}}" if known else typed
