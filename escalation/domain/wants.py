"""How people want to be told: by kind of message, case by case, at which hours; and what is never put off or muted.

In the app everybody entitled is told of everything at once. What stands here decides about the e-mail alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from escalation.domain.calendar import LOCAL_ZONE
from escalation.domain.codes import Audience, Event

DIGEST_HOUR: Final = 8
DIGEST_WEEKDAY: Final = 0
"""Monday: the first working day."""
TOGETHER_FOR: Final = timedelta(minutes=10)
"""How long what one act tells of several cases is gathered into one letter."""


class Kind(StrEnum):
    """What a message is to its reader, as far as they may choose how it comes."""

    ASKS = "asks"
    """Something waits for the reader: no choice concerns it."""
    RECEIPT = "receipt"
    STEPS = "steps"
    WORDS = "words"
    BESIDE = "beside"
    """Cases that the reader's desk passed on, and those that they follow by their own choice."""
    EARLY = "early"


class Way(StrEnum):
    """How the e-mail of a kind comes."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    APP_ONLY = "app_only"
    TOGETHER = "together"
    """With what the same act tells of other cases; chosen by nobody."""


DIGESTS: Final = (Way.DAILY, Way.WEEKLY)
CHOSEN: Final = (Way.AT_ONCE, Way.DAILY, Way.WEEKLY, Way.APP_ONLY)
ADJUSTABLE: Final = (Kind.STEPS, Kind.WORDS, Kind.RECEIPT, Kind.BESIDE, Kind.EARLY)


class Attention(StrEnum):
    """What a person asked of one case; without a row they are told as their office is."""

    FOLLOWED = "followed"
    MUTED = "muted"


class Skipped(StrEnum):
    """Why a message ended without leaving by itself; what is gathered says in which letter it is instead."""

    MUTED = "muted"
    APP_ONLY = "app_only"
    SUSPENDED = "suspended"
    NO_ADDRESS = "no_address"
    ADDRESS_FAILED = "address_failed"
    NO_LONGER_READS = "no_longer_reads"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    RECIPIENT_GONE = "recipient_gone"


IN_DIGEST: Final = "in digest "
"""How the reason of a gathered message begins; the number of its letter follows."""

_WORDS = frozenset({Event.COMMENT_ADDED, Event.FACTS_AMENDED, Event.FILING_CONFIRMED})
_BESIDE = frozenset({Audience.PASSED, Audience.FOLLOWER})
_EARLY: Final = "deadline_near"
_ACTS_OF_THE_CLOCK = frozenset({"deadline_passed", "confirmation_near"})
"""What is said of a date that has passed, or after which silence speaks, asks its reader to act."""


def kind_of(event: str, audience: Audience, *, asks: bool) -> Kind:
    """Return what a message is to its reader."""
    if asks or event in _ACTS_OF_THE_CLOCK or audience is Audience.MENTIONED:
        return Kind.ASKS
    if event == _EARLY:
        return Kind.EARLY
    if audience in _BESIDE:
        return Kind.BESIDE
    if event in _WORDS:
        return Kind.WORDS
    is_receipt = event == Event.OBSTACLE_FILED and audience is Audience.COMMUNE
    return Kind.RECEIPT if is_receipt else Kind.STEPS


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which no e-mail but the urgent leaves, from one full hour of Morocco to another, over midnight too."""

    from_hour: int
    to_hour: int

    def __post_init__(self) -> None:
        hours = (self.from_hour, self.to_hour)
        if any(not 0 <= hour <= 23 for hour in hours) or self.from_hour == self.to_hour:
            raise ValueError("quiet hours are two different full hours of a day")

    def end_of(self, moment: datetime) -> datetime:
        """Return when an e-mail of this moment may leave: at once outside the quiet hours, else at their end."""
        local = moment.astimezone(LOCAL_ZONE)
        if (local.hour - self.from_hour) % 24 >= (self.to_hour - self.from_hour) % 24:
            return moment
        return _next(moment, self.to_hour)


@dataclass(frozen=True, slots=True)
class Wants:
    """What one person chose; who chose nothing is told everything at once."""

    ways: Mapping[str, Way] = field(default_factory=lambda: MappingProxyType({}))
    quiet: Quiet | None = None

    @classmethod
    def from_row(cls, ways: Mapping[str, Any], quiet_from: int | None, quiet_to: int | None) -> Self:
        """Return the choices kept in a row; what this program does not know counts as not chosen."""
        known: dict[str, Way] = {kind: Way(ways[kind]) for kind in ADJUSTABLE if ways.get(kind) in CHOSEN}
        quiet = Quiet(quiet_from, quiet_to) if quiet_from is not None and quiet_to is not None else None
        return cls(known, quiet)

    def way_of(self, kind: Kind) -> Way:
        """Return how the e-mail of a kind comes; what asks for an act comes at once, whatever was chosen."""
        return self.ways.get(kind, Way.AT_ONCE) if kind in ADJUSTABLE else Way.AT_ONCE


NOTHING_CHOSEN: Final = Wants()


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of one e-mail: it leaves from a moment on, waits to be gathered, or never."""

    at: datetime
    way: Way = Way.AT_ONCE
    skipped: Skipped | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One e-mail that is owed, as far as how it leaves depends on it."""

    kind: Kind
    due: datetime
    is_urgent: bool = False
    attention: Attention | None = None
    has_address: bool = True
    address_failed: bool = False
    """A letter to it came back for good, and nothing has shown since that it takes mail."""
    is_of_many: bool = False
    """The act it tells of tells of other cases too."""


def leaving(told: Told, wants: Wants) -> Leaving:
    """Return what becomes of an e-mail. What asks its reader to act, or is urgent, is neither muted nor gathered.

    It leaves even for an address that failed: it may work again, and what comes back shows that it does not.
    """
    if not told.has_address:
        return Leaving(told.due, skipped=Skipped.NO_ADDRESS)
    if told.is_urgent:
        return Leaving(told.due)
    way = wants.way_of(told.kind)
    if told.kind is not Kind.ASKS and told.address_failed:
        return Leaving(told.due, skipped=Skipped.ADDRESS_FAILED)
    if told.kind is not Kind.ASKS and told.attention is Attention.MUTED:
        return Leaving(told.due, skipped=Skipped.MUTED)
    if way is Way.APP_ONLY:
        return Leaving(told.due, skipped=Skipped.APP_ONLY)
    if told.is_of_many and way is Way.AT_ONCE:
        way = Way.TOGETHER
    at = gathered_at(way, told.due)
    return Leaving(wants.quiet.end_of(at) if wants.quiet else at, way)


def gathered_at(way: Way, due: datetime) -> datetime:
    """Return when the letter leaves that holds what is due at this moment: the next morning, or the next Monday's."""
    if way is Way.TOGETHER:
        return due + TOGETHER_FOR
    if way is Way.DAILY:
        return _next(due, DIGEST_HOUR)
    return _next(due, DIGEST_HOUR, DIGEST_WEEKDAY) if way is Way.WEEKLY else due


def slot_of(way: Way, moment: datetime) -> str:
    """Return the day or the week of a digest: of each, a person gets one."""
    local = moment.astimezone(LOCAL_ZONE)
    if way is Way.WEEKLY:
        year, week, _day = local.isocalendar()
        return f"{year}-W{week:02}"
    return f"{local:%Y-%m-%d}" if way is Way.DAILY else f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def _next(moment: datetime, hour: int, weekday: int | None = None) -> datetime:
    """Return the next time that Morocco's clock shows this full hour, of this day of the week if one is given."""
    day = moment.astimezone(LOCAL_ZONE).date()
    for ahead in range(9):
        found = datetime.combine(day + timedelta(days=ahead), time(hour), LOCAL_ZONE)
        if found > moment and weekday in (None, found.weekday()):
            return found.astimezone(UTC)
    raise AssertionError("every hour comes within a week")
