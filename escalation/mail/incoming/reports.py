"""What a report says of a letter that could not be delivered: for good, for now, or nothing that we rely on.

Only the standard form counts: what a relay says in sentences is read by people. Doubt is never held against an address.
Source: RFC 3464, RFC 3463, RFC 6533.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from enum import StrEnum
from typing import Final

from escalation.mail.incoming import headers
from escalation.mail.incoming.reading import MOST_NESTED, content_of, parts_in

STATUS_KINDS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
MOST_RECIPIENTS: Final = 50


class Verdict(StrEnum):
    """What a report means for the address."""

    HARD = "hard"
    """It takes no mail, and will not."""
    SOFT = "soft"
    """Not now, or not this mail: the address may be good."""
    WAITS = "waits"
    """The relay goes on trying."""
    ARRIVED = "arrived"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """What one report says of one recipient."""

    recipients: tuple[str, ...]
    """The address that failed, and the one that it was at first, in small letters."""
    action: str
    status: str
    verdict: Verdict


HARD_STATUSES: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.310"})
"""No such mailbox, no such domain, no address at all, moved, no mail wanted by its domain."""
UNSURE_STATUSES: Final = frozenset(
    {"5.0.0", "5.1.0", "5.2.0", "5.2.1", "5.3.0", "5.4.1", "5.4.4", "5.5.0", "5.5.1", "5.5.4", ""}
)
"""What relays say for many reasons: what they add in words must name the mailbox or its domain."""
STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY: Final = re.compile(r"(?:^|[;:'\"]) ?([245])\d\d[ -]")
"""The answer of another relay, with which a reporter quotes it."""
NO_SUCH_MAILBOX: Final = re.compile(
    r"user unknown|unknown user|unknown recipient|recipient unknown|no such (?:user|recipient|mailbox|address|account)"
    r"|(?:user|recipient|mailbox|account|address)(?: address)? (?:does not|doesn'?t|did not) exist"
    r"|(?:mailbox|account|user|recipient|address)(?: you tried to reach)? (?:is |was )?(?:not found|unknown|invalid)"
    r"|does not exist|no mail ?box (?:here|found|available for this user)|invalid (?:recipient|mailbox)"
    r"|recipient ?not ?found|resolver\.adr\.recipnotfound|not a (?:known user|valid mailbox)"
    r"|(?:host|domain|domain name) not found|(?:no such|unknown) (?:host|domain)|nonexistentdomain",
    re.IGNORECASE,
)
"""Words by which relays say that there is no such mailbox, or no such domain."""
LOOKED_UP: Final = re.compile(r"\bname=([\w.-]{1,250})", re.IGNORECASE)
"""The name that a reporter looked up."""
REFUSES_MAILBOX: Final = re.compile(
    r"(?:recipient|mailbox)(?: address)? (?:rejected|unavailable)|not our customer|no longer (?:on server|here|valid)",
    re.IGNORECASE,
)
NOT_ITS_FAULT: Final = re.compile(
    r"spam|spf|dkim|dmarc|black ?list|block ?list|blocked|reputation|policy|policies|refused by|denied|rate limit"
    r"|too many|too quickly|at a rate|quota|full|over ?limit|exceed|storage|insufficient|out of space|too large|size"
    r"|greylist|grey-list|temporar|try again|later|timed? ?out|timeout|virus|content rejected|relay|authenticat|sender"
    r"|from address|suspen|disabled|deactivated|discontinued|inactiv|locked|frozen|malformed|unreachable|connect",
    re.IGNORECASE,
)
"""Words that speak of the letter, of us, of room, of time or of a mailbox put to rest: with them no address is bad."""
MORE_THAN_THAT: Final = re.compile(
    r"spam|spf|dkim|dmarc|black ?list|block ?list|quota|mailbox full|is full|exceed|temporar|greylist|sender|suspen"
    r"|disabled|deactivated|discontinued|inactiv|locked|frozen|malformed|try again",
    re.IGNORECASE,
)
"""Words with which even a relay that names the mailbox gives another reason too."""


def read_reports(message: Message) -> list[Report]:
    """Return what a mail reports in the standard form, recipient by recipient; nothing where it is no such report."""
    waiting, found = [message], list[Report]()
    for _ in range(MOST_NESTED * 10):
        if not waiting:
            break
        part = waiting.pop(0)
        kind, inside = part.get_content_type(), parts_in(part)
        if kind in STATUS_KINDS:
            return [report for group in _groups(part)[:MOST_RECIPIENTS] if (report := _read(group))]
        if kind.startswith("multipart/"):
            waiting.extend(inside)
    return found


def report_on(reports: Sequence[Report], address: str) -> Report | None:
    """Return what is reported of one address, the best news first: a letter that arrived arrived."""
    about = [report for report in reports if address.lower() in report.recipients]
    order = (Verdict.ARRIVED, Verdict.WAITS, Verdict.SOFT, Verdict.UNKNOWN, Verdict.HARD)
    return min(about, key=lambda report: order.index(report.verdict), default=None)


def _groups(part: Message) -> list[Message]:
    """Return the groups of fields of a report: the library's, or those of one whose lines were encoded."""
    inside = parts_in(part)
    if any(inner.keys() for inner in inside):
        return inside
    content = content_of(part) or b"\n\n".join(content_of(inner) for inner in inside)
    text = headers.decode(content, "utf-8")[:100_000]
    return [HeaderParser(policy=headers.POLICY).parsestr(block) for block in re.split(r"(?:\r?\n[ \t]*){2,}", text)]


def _read(group: Message) -> Report | None:
    recipients = [_address(headers.value_of(group, name)) for name in ("Final-Recipient", "Original-Recipient")]
    action = headers.value_of(group, "Action").split("(")[0].strip().lower()
    if not any(recipients) or not action:
        return None
    status, said = _status(headers.value_of(group, "Status")), headers.words_of(group, "Diagnostic-Code")
    about = tuple(filter(None, recipients))
    return Report(about, action, status, _judge(action, status, said, about))


def _address(value: str) -> str:
    """Return the address of a field such as ``rfc822; somebody@example.org``."""
    kind, parted, rest = value.partition(";")
    plain = (rest if parted else kind).strip().strip("<>").lower()
    return plain if headers.ADDRESS.fullmatch(plain) else ""


def _status(value: str) -> str:
    return next(iter(_statuses(value)), "")


def _statuses(value: str) -> list[str]:
    """Return every status that stands in a text, without needless zeros."""
    return [".".join(str(int(number)) for number in numbers) for numbers in STATUS.findall(value)]


def _judge(action: str, status: str, said: str, about: Sequence[str]) -> Verdict:
    if action in ("delivered", "relayed", "expanded"):
        return Verdict.ARRIVED if action == "delivered" and status[:1] in ("2", "") else Verdict.UNKNOWN
    if action == "delayed":
        return Verdict.WAITS
    if action != "failed":
        return Verdict.UNKNOWN
    return Verdict.HARD if _is_for_good(status, said) and _is_of_their_host(said, about) else Verdict.SOFT


def _is_of_their_host(said: str, about: Sequence[str]) -> bool:
    """Say whether the host that was not found, if one is named, is that of the recipient: not a relay on the way."""
    named = LOOKED_UP.search(said)
    return named is None or any(one.endswith(f"@{named.group(1).lower().rstrip('.')}") for one in about)


def _is_for_good(status: str, said: str) -> bool:
    """Say whether a failure is that of the address: by its status, and by what was said of it, each without doubt."""
    more_exact = _statuses(said)
    if status[:1] == "4" or {"4"} & {one[0] for one in (*more_exact, *REPLY.findall(said))}:
        return False
    if any(one not in HARD_STATUSES | UNSURE_STATUSES for one in (status, *more_exact)):
        return False
    if NO_SUCH_MAILBOX.search(said):
        return not MORE_THAN_THAT.search(OTHER_WORDS.sub(" ", said))
    if status in UNSURE_STATUSES and more_exact:
        status = more_exact[0]
    # A reply of three digits was given its status by the reporter, who makes 5.1.1 of many a reply.
    is_told = bool(more_exact) or not REPLY.search(said) or REFUSES_MAILBOX.search(said) is not None
    return status in HARD_STATUSES and is_told and not NOT_ITS_FAULT.search(OTHER_WORDS.sub(" ", said))


OTHER_WORDS: Final = re.compile(
    r"<[^<>]{0,250}>|https?://\S{1,250}|recipient address rejected|access denied", re.IGNORECASE
)
"""Of a diagnosis what says nothing of its reason, such as an address that somebody called ``nospam``."""
