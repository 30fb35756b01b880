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


HARD_STATUSES: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"})
"""No such mailbox, no such host, no address at all, moved, no mail wanted by its domain, disabled."""
UNSURE_STATUSES: Final = frozenset({"5.0.0", "5.1.0", "5.2.0", "5.3.0", "5.4.1", "5.5.0", "5.5.1", "5.5.4", ""})
"""What relays say for many reasons: what they add in words must name the mailbox."""
STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
NO_SUCH_MAILBOX: Final = re.compile(
    r"user unknown|unknown user|unknown recipient|recipient unknown|no such (?:user|recipient|mailbox|address|account)"
    r"|(?:user|recipient|mailbox|account|address)(?: address)? (?:does not|doesn'?t|did not) exist"
    r"|(?:mailbox|account|user|recipient|address)(?: you tried to reach)? (?:is |was )?(?:not found|unknown|invalid)"
    r"|does not exist|no mailbox here|invalid (?:recipient|mailbox)|recipient ?not ?found|resolver\.adr\.recipnotfound"
    r"|(?:account|mailbox) (?:is |has been )?(?:disabled|closed|inactive|suspended)",
    re.IGNORECASE,
)
NOT_ITS_FAULT: Final = re.compile(
    r"spam|spf|dkim|dmarc|black ?list|block ?list|blocked|reputation|policy|policies|refused by|denied|rate limit"
    r"|too many|quota|full|over ?limit|storage|insufficient|out of space|too large|size limit|greylist|grey-list"
    r"|temporar|try again|later|timed? ?out|timeout|virus|content rejected|relay|authenticat|sender|from address",
    re.IGNORECASE,
)
"""Words that speak of the letter, of us, of room or of time: with them no address is held to be bad."""


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
    return Report(tuple(filter(None, recipients)), action, status, _judge(action, status, said))


def _address(value: str) -> str:
    """Return the address of a field such as ``rfc822; somebody@example.org``."""
    kind, parted, rest = value.partition(";")
    plain = (rest if parted else kind).strip().strip("<>").lower()
    return plain if headers.ADDRESS.fullmatch(plain) else ""


def _status(value: str) -> str:
    match = STATUS.search(value)
    return ".".join(str(int(number)) for number in match.groups()) if match else ""


def _judge(action: str, status: str, said: str) -> Verdict:
    if action in ("delivered", "relayed", "expanded"):
        return Verdict.ARRIVED if action == "delivered" and status[:1] in ("2", "") else Verdict.UNKNOWN
    if action == "delayed":
        return Verdict.WAITS
    if action != "failed":
        return Verdict.UNKNOWN
    return Verdict.HARD if _is_for_good(status, said) else Verdict.SOFT


def _is_for_good(status: str, said: str) -> bool:
    more_exact = _status(said)
    if status[:1] == "4" or more_exact[:1] == "4" or re.match(r"\s*(?:smtp|x-\w+)?;?\s*4\d\d\b", said, re.IGNORECASE):
        return False
    if status in UNSURE_STATUSES and more_exact[:1] == "5":
        status = more_exact
    if NO_SUCH_MAILBOX.search(said):
        is_of_mailbox = status in UNSURE_STATUSES or status in HARD_STATUSES
        return is_of_mailbox and not _speaks_of_more(said)
    return status in HARD_STATUSES and not NOT_ITS_FAULT.search(said)


def _speaks_of_more(said: str) -> bool:
    """Say whether words that name the mailbox give another reason too."""
    rest = re.sub(r"<[^<>]{0,250}>|recipient address rejected|access denied", " ", said, flags=re.IGNORECASE)
    return re.search(r"spam|spf|dkim|dmarc|black ?list|block ?list|quota|mailbox full|is full|temporar|greylist", rest,
                     re.IGNORECASE) is not None  # fmt: skip
