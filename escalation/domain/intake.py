"""Mail that comes in: where it is, what became of it, why it is held; and how much of it one sender may send."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_REPLIES_AN_HOUR: Final = 10
"""Of one person that become words on cases; the next ones wait for the administrator."""
MOST_HELD_AN_HOUR: Final = 20
"""Of one address that nobody here has; what it sends beyond is not kept."""
MOST_TRIES: Final = 3
"""How often a mail may stop the worker that reads it."""
KEPT_FOR: Final = timedelta(days=30)
"""How long a mail is kept, whatever became of it."""

ADDRESS_FAILED, REPLY_HELD, REPLY_WITHOUT_FILES = "address_failed", "reply_held", "reply_without_files"
"""What is told in the app of mail; none of it is an event of the journal."""


class Way(StrEnum):
    """By which way a mail came."""

    PIPE = "pipe"
    IMAP = "imap"


class IncomingStatus(StrEnum):
    """Where a mail that came in is."""

    NEW = "new"
    DONE = "done"
    HELD = "held"
    """An administrator looks at it."""


class Became(StrEnum):
    """What became of a mail that is done."""

    COMMENT = "comment"
    ANSWER = "answer"
    REPEATED = "repeated"
    ROBOT = "robot"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    UNKNOWN_REPORT = "unknown_report"
    FORGED_REPORT = "forged_report"
    DISCARDED = "discarded"
    TOO_MANY = "too_many"


class HeldFor(StrEnum):
    """Why a mail waits for an administrator."""

    UNKNOWN_SENDER = "unknown_sender"
    OTHER_SENDER = "other_sender"
    UNPROVEN_SENDER = "unproven_sender"
    NO_TOKEN = "no_token"  # noqa: S105 - a reason
    EXPIRED = "expired"
    NOT_ALLOWED = "not_allowed"
    TOO_MANY_REPLIES = "too_many_replies"
    NO_WORDS = "no_words"
    TOO_LONG = "too_long"
    ROBOT_PERHAPS = "robot_perhaps"
    REPORT_IN_WORDS = "report_in_words"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    CRASHED = "crashed"


ACCEPTABLE: Final = frozenset(
    {
        HeldFor.OTHER_SENDER,
        HeldFor.UNPROVEN_SENDER,
        HeldFor.NO_TOKEN,
        HeldFor.EXPIRED,
        HeldFor.NOT_ALLOWED,
        HeldFor.TOO_MANY_REPLIES,
        HeldFor.ROBOT_PERHAPS,
    }
)
"""What an administrator may take for the words of the person whose letter it answers, where that letter is known."""
