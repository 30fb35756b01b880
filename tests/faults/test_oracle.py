"""The judge itself: a history in order has no fault, and each way of breaking it is named by its own rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.load import Sent
from tests.faults.oracle import Allowed, EventRow, History, MailRow, SubmissionRow, judge
from tests.faults.sink_process import Kept

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
PRESIDENT, REVIEWER = "president@example.test", "reviewer@example.test"
STATE = {"status": "filed", "level": "province", "version": 2}
FILED = EventRow(1, 7, 1, "obstacle_filed", AT, 1, STATE)
CLAIMED = EventRow(2, 7, 2, "obstacle_claimed", LATER, 2, {"status": "in_review", "level": "province", "version": 3})
TO_REVIEWER = MailRow(1, 1, 7, 2, REVIEWER, "<a>", "sent", 1, 0, AT.timestamp())
TO_PRESIDENT = MailRow(2, 1, 7, 1, PRESIDENT, "<b>", "sent", 1, 0, AT.timestamp())
OF_CLAIM = MailRow(3, 2, 7, 1, PRESIDENT, "<c>", "sent", 2, 0, LATER.timestamp())
FILING = Sent("k1", "president", "file", "", None, 303, "/obstacles/OBS-2026-00001/receipt", is_answer=True)
CLAIM = Sent("k2", "reviewer", "claim", "OBS-2026-00001", 2, 303, "/obstacles/OBS-2026-00001", is_answer=True)


def kept(name: str, to: str, after_s: float, **more: str) -> Kept:
    """Return one line of a relay's journal."""
    return Kept(AT.timestamp() + after_s, "us@example.test", to, name, more.get("sha256", name), 1, "answered")


IN_ORDER = History(
    sent=[FILING, CLAIM],
    kept=[kept("<a>", REVIEWER, 1), kept("<b>", PRESIDENT, 2), kept("<c>", PRESIDENT, 63)],
    events=[FILED, CLAIMED],
    mails=[TO_REVIEWER, TO_PRESIDENT, OF_CLAIM],
    submissions=[
        SubmissionRow(PRESIDENT, 1, "k1", 7, "OBS-2026-00001", AT),
        SubmissionRow(REVIEWER, 2, "k2", 7, "OBS-2026-00001", LATER),
    ],
    owed={1: frozenset({PRESIDENT, REVIEWER}), 2: frozenset({PRESIDENT})},
)
Change = Callable[[History], History]
BROKEN: dict[str, tuple[str, Change]] = {
    "an answer of success that is not stored": ("(a)", lambda it: replace(it, submissions=it.submissions[:1])),
    "a refusal that is stored": ("(a)", lambda it: replace(it, sent=[FILING, replace(CLAIM, status=409)])),
    "a move made for an older version": ("(a)", lambda it: replace(it, sent=[FILING, replace(CLAIM, version=1)])),
    "a person led to another case": (
        "(a)", lambda it: replace(it, sent=[replace(FILING, leads_to="/obstacles/OBS-2026-00009/receipt"), CLAIM])),
    "an event without a mail": ("(a)", lambda it: replace(it, mails=it.mails[:2], kept=it.kept[:2])),
    "noted as sent and never there": ("(a)", lambda it: replace(it, kept=it.kept[:2])),
    "a chain of our own audit broken": ("(a)", lambda it: replace(it, violations=["event without messages: 2"])),
    "a double without a crash": ("(b)", lambda it: replace(it, kept=[*it.kept, it.kept[0]])),
    "another text under the same name": (
        "(b)", lambda it: replace(it, kept=[*it.kept, kept("<a>", REVIEWER, 70, sha256="other")])),
    "a mail of nothing": ("(c)", lambda it: replace(it, kept=[*it.kept, kept("<z>", PRESIDENT, 70)])),
    "a mail of an event that is gone": ("(c)", lambda it: replace(it, events=it.events[:1])),
    "a mail that was taken back": (
        "(c)", lambda it: replace(it, mails=[*it.mails[:2], replace(OF_CLAIM, status="skipped")])),
    "a person who is not entitled": ("(d)", lambda it: replace(it, owed=dict(it.owed) | {2: frozenset()})),
    "a letter to another address": (
        "(d)", lambda it: replace(it, kept=[*it.kept[:2], kept("<c>", REVIEWER, 63)])),
    "a mail that never ends": (
        "(e)", lambda it: replace(it, mails=[*it.mails[:2], replace(OF_CLAIM, status="queued")], kept=it.kept[:2])),
    "a mail that failed for no reason": (
        "(e)", lambda it: replace(it, mails=[*it.mails[:2], replace(OF_CLAIM, status="failed")], kept=it.kept[:2])),
    "a gap in a story": ("(f)", lambda it: replace(it, events=[FILED, replace(CLAIMED, seq=3)])),
    "a way that the table does not have": (
        "(f)", lambda it: replace(it, events=[FILED, replace(CLAIMED, codes=CLAIMED.codes | {"status": "closed"})])),  # type: ignore[operator]
    "a version that was jumped over": (
        "(f)", lambda it: replace(it, events=[FILED, replace(CLAIMED, codes=CLAIMED.codes | {"version": 5})])),  # type: ignore[operator]
    "a chain that breaks": ("(g)", lambda it: replace(it, broken_chain="seal 2")),
    "a newer mail before an older one": (
        "(h)", lambda it: replace(it, kept=[it.kept[0], kept("<b>", PRESIDENT, 70), it.kept[2]])),
}  # fmt: skip


def test_a_history_in_order_has_no_fault() -> None:
    verdict = judge(IN_ORDER)
    assert verdict.faults == []
    assert (verdict.events, verdict.mails, verdict.kept, verdict.duplicates) == (2, 3, 3, 0)
    assert verdict.longest_s == pytest.approx(3)


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_each_way_of_breaking_it_is_named(case: str) -> None:
    rule, change = BROKEN[case]
    found = judge(change(IN_ORDER)).faults
    assert rule in {fault[:3] for fault in found}, found


def test_a_double_that_a_crash_or_an_uncertain_send_stands_for_is_none() -> None:
    doubled = replace(IN_ORDER, kept=[*IN_ORDER.kept, IN_ORDER.kept[0]])
    assert judge(doubled, Allowed(crashes=1)).faults == []
    uncertain = replace(doubled, mails=[replace(TO_REVIEWER, uncertain=1), TO_PRESIDENT, OF_CLAIM])
    assert judge(uncertain).faults == []


def test_a_form_without_an_answer_may_have_been_carried_out_or_not() -> None:
    unknown = replace(IN_ORDER, sent=[FILING, replace(CLAIM, status=0)])
    assert judge(unknown).faults == []
    assert judge(unknown).unknown == 1
    never = replace(unknown, submissions=unknown.submissions[:1], events=[FILED], mails=IN_ORDER.mails[:2],
                    kept=IN_ORDER.kept[:2])  # fmt: skip
    assert judge(never).faults == []
