"""What can come of trying to send a message, whose fault it is, and how long to wait before the next try.

A failure is certain (the relay did not take the message) or uncertain (it fell silent after the final dot, and may
have taken it). Source: RFC 5321 §4.5.3.2.6, §4.5.4.1.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_CRASHES = 3
GIVE_UP_AFTER_MS = 72 * 3_600_000
FIRST_DELAY_MS = 30_000
LONGEST_DELAY_MS = 3_600_000
WRITING_DELAY_MS = 60_000
FIRST_PROBE_MS = 5_000
LONGEST_PROBE_MS = 60_000
UNCERTAIN_DELAY_MS = 600_000
SPREAD = 0.2


class BreakerState(StrEnum):
    """Whether a way out is used: as always, not at all, or by one letter that finds out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Phase(StrEnum):
    """How far a conversation with the relay had come."""

    CONNECT = "connect"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"
    HTTP = "http"
    """All of a request to another system: what fails there concerns that system alone."""


BEFORE_ANY_MESSAGE = frozenset({Phase.CONNECT, Phase.STARTTLS, Phase.AUTH, Phase.MAIL})


@dataclass(frozen=True, slots=True)
class Sent:
    """The relay took the message and is bound to carry it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay answered no; ``code`` is its reply, 0 where it offers no safe way to go on."""

    code: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The connection failed before the final dot: the message was certainly not taken."""

    phase: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection failed after the final dot: the message may have been taken."""

    reason: str


Failed = Refused | Unreachable | Uncertain
Result = Sent | Failed


class Failure(StrEnum):
    """Why a message did not leave, as far as what happens next depends on it; LETTER waits for a person to look.

    OURS waits for the breaker, WRITING is a fault of our program's with this message alone.
    """

    TEMPORARY = "temporary"
    ADDRESS = "address"
    OURS = "ours"
    WRITING = "writing"
    UNCERTAIN = "uncertain"
    LETTER = "letter"


def classify(result: Failed) -> Failure:
    """Return whose failure this is: the moment's, the address's, ours, or nobody can know.

    A message refused for good after its text was seen is tried again as after a passing failure: the relay's
    opinion of texts is mended there, and giving up at once would lose every message meanwhile.
    """
    match result:
        case Uncertain():
            return Failure.UNCERTAIN
        case Refused(code=code, phase=phase) if not 400 <= code < 500:
            if phase in BEFORE_ANY_MESSAGE:
                return Failure.OURS
            return Failure.ADDRESS if phase == Phase.RCPT else Failure.TEMPORARY
        case _:
            return Failure.TEMPORARY


def concerns_every_message(result: Result) -> bool:
    """Return whether the next message would meet the same failure, so that trying it now is of no use."""
    return isinstance(result, Refused | Unreachable) and (
        result.phase in BEFORE_ANY_MESSAGE and classify(result) in (Failure.OURS, Failure.TEMPORARY)
    )


def reason_of(result: Failed) -> str:
    """Return the failure in a few words without the relay's own text, which may hold an address."""
    match result:
        case Refused(code=code, phase=phase):
            return f"{phase} {code}"
        case Unreachable(phase=phase, reason=reason):
            return f"{phase} {reason}"
        case Uncertain(reason=reason):
            return f"{Phase.END} {reason}"


def retry_delay_ms(failure: Failure, attempts: int, spread: float) -> int:
    """Return how long to wait after this many attempts; ``spread`` in [-1, 1] keeps senders from marching in step.

    Units: milliseconds.
    """
    first = UNCERTAIN_DELAY_MS if failure == Failure.UNCERTAIN else FIRST_DELAY_MS
    return _spread_out(first * 2 ** min(max(attempts, 1) - 1, 20), spread, LONGEST_DELAY_MS)


def probe_delay_ms(probes: int, spread: float) -> int:
    """Return how long a way out rests before a letter tries it, after this many that did not leave by it.

    Units: milliseconds.
    """
    return _spread_out(FIRST_PROBE_MS * 2 ** min(probes, 20), spread, LONGEST_PROBE_MS)


def _spread_out(delay_ms: int, spread: float, longest_ms: int) -> int:
    return min(round(min(delay_ms, longest_ms) * (1 + SPREAD * spread)), longest_ms)


def has_waited_enough(first_tried_ms: int | None, now_ms: int) -> bool:
    """Return whether trying any longer would tell the reader too late to be of use."""
    return first_tried_ms is not None and now_ms - first_tried_ms >= GIVE_UP_AFTER_MS
