"""What a mail is written from: the letter with its frozen facts, and the letterhead of the installation.

A letter knows no row and no database: who reads the outbox fills it. Only the facts named here can reach a
mail; whatever else a caller gives is dropped, so that no title and no free text can ever leak.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Self

from escalation.domain.wordings import Wording

TEXTS: Final = frozenset(
    {
        "reference",
        "name",
        "office",
        "office_place",
        "commune",
        "province",
        "region",
        "desk_place",
        "type",
        "project",
        "device",
        "factor",
        "other",
    }
)
MOMENTS: Final = frozenset({"at", "until"})
DATES: Final = frozenset(
    {"acknowledge_by", "due_on", "answer_by", "confirm_by", "expected_on", "appeal_by", "reopen_by", "climbs_on"}
)
DAYS: Final = frozenset({"first_day", "last_day"})
"""The days of an office, in a letter about it."""


OFFICE: Final = ("office", "office_place", "office_place_kind")


class UnsendableLetter(ValueError):
    """The letter misses a fact its text needs, or would break a header; trying again cannot help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """One of several cases that one letter names, in the words of its reader's language."""

    reference: str
    commune: str
    type: str
    project: str
    due_on: date
    climbs_on: date | None = None

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> Self:
        """Return the line kept in a row. Raises: TypeError, ValueError."""
        return cls(**{key: _read(key, value) for key, value in frozen.items() if key in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """The facts of one event, in the words of the recipient's language, as they were when it happened.

    What has a default may be missing: a row written before such a fact was kept still makes its mail.
    """

    reference: str
    name: str = ""
    office: str
    office_place: str
    office_place_kind: str
    commune: str
    province: str
    province_kind: str
    region: str
    level: str
    type: str
    project: str
    cause: str | None = None
    outcome: str | None = None
    confirmed_by: str | None = None
    asks: bool = False
    acknowledge_by: date | None = None
    due_on: date | None = None
    answer_by: date | None = None
    confirm_by: date | None = None
    from_level: str | None = None
    desk_place: str = ""
    desk_place_kind: str = ""
    on_behalf: bool = False
    channel: str | None = None
    outside: str | None = None
    by_clock: bool = False
    for_meeting: bool = False
    may_contest: bool = True
    expected_on: date | None = None
    appeal_by: date | None = None
    reopen_by: date | None = None
    climbs_on: date | None = None
    """On which day the clock refers the case to the region."""
    cases: tuple[CaseLine, ...] = ()
    """All that the letter names, where they are several; what stands above is then of the first."""

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> Self:
        """Return the facts kept in a row; keys unknown here are dropped.

        Raises: UnsendableLetter when a fact is missing or a date is none.
        """
        try:
            return cls(**{key: _read(key, value) for key, value in frozen.items() if key in cls.__dataclass_fields__})
        except (KeyError, TypeError, ValueError) as reason:
            raise UnsendableLetter(f"facts: {reason}") from reason


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountFacts:
    """The facts of a letter about the reader's own account or an office near them; none of them is of a case."""

    name: str = ""
    office: str = ""
    office_place: str = ""
    office_place_kind: str = ""
    device: str = ""
    other: str = ""
    """Who else the letter is about."""
    first_day: date | None = None
    last_day: date | None = None
    count: int = 0
    """How many cases."""
    is_own: bool = False
    """The office is the reader's own."""
    at: datetime | None = None
    until: datetime | None = None
    factor: str = ""
    left: int | None = None
    offices: tuple[Mapping[str, str], ...] = ()
    """Further offices of which the same act told: each with its place and the kind of it."""
    secret: str = field(default="", repr=False)
    """What its link or its words carry: known to whoever writes the letter, kept by nobody."""

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any], secret: str) -> Self:
        """Return the facts kept in a row; keys unknown here are dropped. Raises: UnsendableLetter."""
        known = cls.__dataclass_fields__.keys() - {"secret"}
        try:
            return cls(secret=secret, **{key: _read(key, value) for key, value in frozen.items() if key in known})
        except (KeyError, TypeError, ValueError) as reason:
            raise UnsendableLetter(f"facts: {reason}") from reason


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestLine:
    """One thing that was told of one case, in a letter that gathers several."""

    reference: str
    commune: str
    type: str
    project: str
    event: str
    province_kind: str
    happened_at: datetime
    outside: str = ""
    outcome: str = ""
    asks: bool = False
    """It waits for the reader."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestFacts:
    """The facts of a letter that gathers what was told of several cases: everything, in the order it happened."""

    name: str = ""
    way: str
    lines: tuple[DigestLine, ...]
    part: int = 1
    parts: int = 1
    unsubscribe: str = field(default="", repr=False)
    """What ends these letters when it is sent back, without signing in; empty where they end by themselves."""

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> Self:
        """Return the facts kept in a row; keys unknown here are dropped. Raises: UnsendableLetter."""
        of_line = DigestLine.__dataclass_fields__
        try:
            given = {key: value for key, value in frozen.items() if key in cls.__dataclass_fields__}
            lines = [
                DigestLine(**{key: _read(key, value) for key, value in line.items() if key in of_line})
                for line in given.pop("lines")
            ]
            return cls(lines=tuple(lines), **given)
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            raise UnsendableLetter(f"facts: {reason}") from reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One message to one person: all that its bytes depend on, with the letterhead."""

    event: str
    audience: str
    language: str
    address: str
    message_id: str
    event_at: datetime
    facts: Facts | AccountFacts | DigestFacts
    template_version: int = 1
    reply_to: str = ""
    """Where an answer goes, where it is not to go to who the letter is from."""
    wording: Wording | None = None
    """The words of the installation at that version; none: those that come with the program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """What all mails of an installation share."""

    name: str
    sender: str
    base_url: str


def _read(key: str, value: Any) -> Any:
    if key in TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{key} is not a text")
        return value
    if key in DATES or key in DAYS:
        return date.fromisoformat(value) if value else None
    if key in MOMENTS or key == "happened_at":
        return datetime.fromisoformat(value) if value else None
    if key == "offices":
        return tuple({name: str(office[name]) for name in OFFICE} for office in value)
    if key == "cases":
        return tuple(CaseLine.from_json(line) for line in value)
    return value
