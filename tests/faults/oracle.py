"""The judge: what clients were told, what the database holds and what the relay has kept, held against each other.

It takes nothing from the program on trust but the rows themselves. Each rule that is broken is one fault in words; a
run with none has proved, for what it saw, that every accepted change is exactly one logical message a person.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from escalation.domain.codes import Level, MessageStatus, Status
from escalation.domain.workflow import TABLE
from tests.faults.load import Sent
from tests.faults.sink_process import Kept

TERMINAL = frozenset(
    {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.SKIPPED, MessageStatus.QUARANTINED, MessageStatus.BOUNCED}
)
SEE_OTHER = 303
ACTED = frozenset({SEE_OTHER})
REFUSED = range(400, 500)


@dataclass(frozen=True)
class EventRow:
    """One event of the journal."""

    id: int
    obstacle_id: int
    seq: int
    event: str
    occurred_at: datetime
    person_id: int | None
    codes: Mapping[str, object]


@dataclass(frozen=True)
class MailRow:
    """One mail of the outbox."""

    id: int
    event_id: int | None
    obstacle_id: int | None
    recipient_id: int
    address: str
    message_id: str
    status: str
    order_seq: int
    uncertain: int
    due_at: float
    """From when it could leave, as far as people decide that. Units: seconds since the epoch."""


@dataclass(frozen=True)
class SubmissionRow:
    """One form that was carried out."""

    person: str
    person_id: int
    key: str
    obstacle_id: int
    reference: str | None
    at: datetime


@dataclass(frozen=True)
class History:
    """Everything that is known of one run."""

    sent: Sequence[Sent]
    kept: Sequence[Kept]
    events: Sequence[EventRow]
    mails: Sequence[MailRow]
    submissions: Sequence[SubmissionRow]
    owed: Mapping[int, frozenset[str]]
    """Whom each event had to reach by mail, reckoned apart from the program, by the event's number."""
    broken_chain: str | None = None
    """Where the journal's chain breaks."""
    violations: Sequence[str] = ()
    """What the program's own reconciliation finds."""


@dataclass
class Verdict:
    """What the run showed."""

    faults: list[str] = field(default_factory=list)
    events: int = 0
    mails: int = 0
    kept: int = 0
    duplicates: int = 0
    uncertain: int = 0
    unknown: int = 0
    longest_s: float = 0.0
    p95_s: float = 0.0

    def __str__(self) -> str:
        told = (
            f"events {self.events}, mails {self.mails}, kept by the relay {self.kept}, duplicates {self.duplicates} "
            f"(uncertain sends {self.uncertain}), forms without an answer {self.unknown}, "
            f"delay p95 {self.p95_s:.1f} s, longest {self.longest_s:.1f} s"
        )
        return "\n".join([told, *(f"  FAULT {fault}" for fault in self.faults)])


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What the faults of this run may have cost."""

    crashes: int = 0
    """How many letters may have been in the hands of a sender when it was killed, or slept past its lease."""
    failed: frozenset[str] = frozenset()
    """Whose mails the relay refused for good."""
    quarantined: frozenset[str] = frozenset()
    unfinished: bool = False
    """The run ended while mails were still on their way, on purpose."""


NOTHING = Allowed()


def judge(history: History, allowed: Allowed = NOTHING) -> Verdict:
    """Return what holds and what does not."""
    first_kept: dict[str, Kept] = {}
    for kept in history.kept:
        first_kept.setdefault(kept.message_id, kept)
    verdict = Verdict(
        events=len(history.events),
        mails=len(history.mails),
        kept=len(history.kept),
        duplicates=len(history.kept) - len(first_kept),
        uncertain=sum(mail.uncertain for mail in history.mails),
        unknown=sum(sent.is_answer and not sent.status for sent in history.sent),
    )
    for rule in (
        _answers_hold(history),
        _everybody_is_told(history, first_kept, allowed),
        _doubles_are_accounted_for(history, verdict, allowed),
        _nothing_else_left(history),
        _each_ends(history, allowed),
        _stories_are_whole(history),
        _order_is_kept(history, first_kept),
    ):
        verdict.faults += rule
    delays = sorted(
        max(0.0, first_kept[mail.message_id].at - mail.due_at)
        for mail in history.mails
        if mail.message_id in first_kept
    )
    if delays:
        verdict.longest_s, verdict.p95_s = delays[-1], delays[min(len(delays) - 1, int(len(delays) * 0.95))]
    return verdict


def _answers_hold(history: History) -> Iterator[str]:
    """(a) What was answered with success is stored, once; what was refused is not."""
    done = {(one.person, one.key): one for one in history.submissions}
    moments = Counter((one.person_id, one.obstacle_id, one.at) for one in history.submissions)
    yield from (f"(a) one moment holds {count} forms of person {who[0]}" for who, count in moments.items() if count > 1)
    by_moment: dict[tuple[int | None, int, datetime], list[EventRow]] = defaultdict(list)
    for event in history.events:
        by_moment[event.person_id, event.obstacle_id, event.occurred_at].append(event)
    answers: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for sent in history.sent:
        if sent.is_answer:
            answers[f"{sent.person}@example.test", sent.key].append(sent)
    for who, tries in answers.items():
        yield from _one_form(tries, done.get(who), by_moment)


def _one_form(
    tries: Sequence[Sent],
    carried_out: SubmissionRow | None,
    by_moment: Mapping[tuple[int | None, int, datetime], list[EventRow]],
) -> Iterator[str]:
    statuses = {one.status for one in tries}
    told = f"{tries[0].person} {tries[0].act} {tries[0].case} ({tries[0].key})"
    if carried_out is None:
        if statuses & ACTED:
            yield f"(a) {told} was answered with success and is not stored"
        return
    if statuses <= set(REFUSED):
        yield f"(a) {told} was refused and is stored"
    events = by_moment[carried_out.person_id, carried_out.obstacle_id, carried_out.at]
    if len(events) != 1:
        yield f"(a) {told} is stored and has {len(events)} events"
        return
    for one in tries:
        if one.status in ACTED and one.act == "file" and f"/{carried_out.reference}/" not in f"{one.leads_to}/":
            yield f"(a) {told} was led to {one.leads_to}, and is {carried_out.reference}"
        if one.status in ACTED and one.version is not None and events[0].codes.get("version") != one.version + 1:
            yield f"(a) {told} was made for version {one.version} and gave {events[0].codes.get('version')}"


def _everybody_is_told(history: History, first_kept: Mapping[str, Kept], allowed: Allowed) -> Iterator[str]:
    """(a), (d) Each event has its mails, to exactly those it is for, and those that were sent have arrived."""
    by_event: dict[int, list[MailRow]] = defaultdict(list)
    for mail in history.mails:
        if mail.event_id is not None:
            by_event[mail.event_id].append(mail)
    for event in history.events:
        told = Counter(mail.address for mail in by_event[event.id])
        owed = history.owed[event.id]
        yield from (f"(a) event {event.id} {event.event} lacks a mail to {who}" for who in sorted(owed - set(told)))
        yield from (f"(d) event {event.id} {event.event} told {who}" for who in sorted(set(told) - owed))
        yield from (f"(a) event {event.id} told {who} {count} times" for who, count in told.items() if count > 1)
    for mail in history.mails:
        if mail.status == MessageStatus.SENT and mail.message_id not in first_kept:
            yield f"(a) mail {mail.id} to {mail.address} is noted as sent, and the relay never had it"
    yield from (f"(a) {violation}" for violation in history.violations)


def _doubles_are_accounted_for(history: History, verdict: Verdict, allowed: Allowed) -> Iterator[str]:
    """(b) What came twice is the same letter to the same person, and a crash or an uncertain send stands for it."""
    letters: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for kept in history.kept:
        letters[kept.message_id].add((kept.recipient, kept.sha256))
    yield from (f"(b) {name} came in {len(forms)} forms" for name, forms in letters.items() if len(forms) > 1)
    most = allowed.crashes + verdict.uncertain
    if verdict.duplicates > most:
        yield f"(b) {verdict.duplicates} doubles, where crashes and uncertain sends account for {most}"


def _nothing_else_left(history: History) -> Iterator[str]:
    """(c) Nothing reached the relay that no committed event owes, or that was taken back."""
    mails = {mail.message_id: mail for mail in history.mails}
    for kept in history.kept:
        mail = mails.get(kept.message_id)
        if mail is None:
            yield f"(c) {kept.message_id} to {kept.recipient} belongs to nothing that is stored"
        elif mail.status == MessageStatus.SKIPPED:
            yield f"(c) mail {mail.id} was taken back and left"
        elif mail.address != kept.recipient:
            yield f"(d) mail {mail.id} to {mail.address} went to {kept.recipient}"
    events = {event.id for event in history.events}
    for mail in history.mails:
        if mail.event_id is not None and mail.event_id not in events:
            yield f"(c) mail {mail.id} tells of an event that is not stored"


def _each_ends(history: History, allowed: Allowed) -> Iterator[str]:
    """(e) Every mail has come to its end, and to no other end than the faults explain."""
    expected = {MessageStatus.FAILED: allowed.failed, MessageStatus.QUARANTINED: allowed.quarantined}
    for mail in history.mails:
        if mail.status not in TERMINAL:
            if not allowed.unfinished:
                yield f"(e) mail {mail.id} to {mail.address} is still {mail.status}"
        elif mail.address not in expected.get(MessageStatus(mail.status), {mail.address}):
            yield f"(e) mail {mail.id} to {mail.address} ended as {mail.status}"


def _stories_are_whole(history: History) -> Iterator[str]:
    """(f), (g) Each case's events have no gap and follow the table of moves, and the chain of the journal holds."""
    stories: dict[int, list[EventRow]] = defaultdict(list)
    for event in sorted(history.events, key=lambda one: (one.obstacle_id, one.seq)):
        stories[event.obstacle_id].append(event)
    for case, story in stories.items():
        if [event.seq for event in story] != list(range(1, len(story) + 1)):
            yield f"(f) the events of case {case} are numbered {[event.seq for event in story]}"
        yield from _illegal(case, story)
    if history.broken_chain:
        yield f"(g) the journal is broken at {history.broken_chain}"


def _illegal(case: int, story: Iterable[EventRow]) -> Iterator[str]:
    status, level, version = Status.DRAFT, Level.COMMUNE, None
    for event in story:
        codes = event.codes
        after, after_level = Status(str(codes["status"])), Level(str(codes["level"]))
        is_move = any(
            move.event == event.event and status in move.before and level in move.levels and move.after == after
            for move in TABLE
        )
        if not is_move:
            yield f"(f) case {case}: {event.event} from {status} at {level} to {after}"
        number = codes.get("version")
        if version is not None and isinstance(number, int) and number != version + 1:
            yield f"(f) case {case}: version {number} after {version}"
        status, level, version = after, after_level, number if isinstance(number, int) else version


def _order_is_kept(history: History, first_kept: Mapping[str, Kept]) -> Iterator[str]:
    """(h) One person reads of one case in the order in which it happened."""
    threads: dict[tuple[int, int], list[MailRow]] = defaultdict(list)
    for mail in history.mails:
        if mail.obstacle_id is not None and mail.status == MessageStatus.SENT and mail.message_id in first_kept:
            threads[mail.obstacle_id, mail.recipient_id].append(mail)
    for thread in threads.values():
        in_order = sorted(thread, key=lambda mail: mail.order_seq)
        for older, newer in pairwise(in_order):
            if first_kept[newer.message_id].at < first_kept[older.message_id].at:
                yield f"(h) mail {newer.id} passed mail {older.id} to {newer.address}"


def codes_of(canonical: str) -> Mapping[str, object]:
    """Return the codes of an event from its canonical text."""
    codes: Mapping[str, object] = json.loads(canonical)["codes"]
    return codes
