"""Whose failure a failure is, and how long the next try waits."""

from __future__ import annotations

import pytest

from escalation.domain.delivery import (
    GIVE_UP_AFTER_MS,
    LONGEST_DELAY_MS,
    LONGEST_PROBE_MS,
    Failure,
    Phase,
    Refused,
    Result,
    Sent,
    Uncertain,
    Unreachable,
    classify,
    concerns_every_message,
    has_waited_enough,
    probe_delay_ms,
    reason_of,
    retry_delay_ms,
)

# fmt: off
FAILURES = [
    # what happened                        whose failure       every message meets it
    (Unreachable(Phase.CONNECT, "Timeout"), Failure.TEMPORARY, True),   # nobody listens
    (Unreachable(Phase.DATA, "Timeout"),    Failure.TEMPORARY, False),  # cut in the middle of one letter
    (Refused(421, Phase.CONNECT),           Failure.TEMPORARY, True),   # too busy for anybody
    (Refused(554, Phase.CONNECT),           Failure.OURS,      True),   # the relay does not want us
    (Refused(0, Phase.STARTTLS),            Failure.OURS,      True),   # no safe way to go on
    (Refused(454, Phase.AUTH),              Failure.TEMPORARY, True),
    (Refused(535, Phase.AUTH),              Failure.OURS,      True),
    (Refused(550, Phase.MAIL),              Failure.OURS,      True),   # the sender is refused, not the reader
    (Refused(451, Phase.MAIL),              Failure.TEMPORARY, True),
    (Refused(450, Phase.RCPT),              Failure.TEMPORARY, False),  # greylisted
    (Refused(550, Phase.RCPT),              Failure.ADDRESS,   False),
    (Refused(452, Phase.DATA),              Failure.TEMPORARY, False),
    (Refused(554, Phase.END),               Failure.TEMPORARY, False),  # its opinion of texts is mended there
    (Uncertain("Timeout"),                  Failure.UNCERTAIN, False),
]
# fmt: on


@pytest.mark.parametrize(("result", "failure", "every"), FAILURES)
def test_whose_failure_it_is(result: Refused | Unreachable | Uncertain, failure: Failure, every: bool) -> None:
    assert classify(result) == failure
    assert concerns_every_message(result) is every


def test_a_sent_message_stops_no_other() -> None:
    result: Result = Sent()
    assert not concerns_every_message(result)


def test_the_reason_is_short_and_quotes_nobody() -> None:
    assert reason_of(Refused(550, Phase.RCPT)) == "rcpt 550"
    assert reason_of(Unreachable(Phase.CONNECT, "TimeoutError")) == "connect TimeoutError"
    assert reason_of(Uncertain("TimeoutError")) == "end TimeoutError"


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 30), (1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (999, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert retry_delay_ms(Failure.TEMPORARY, attempts, 0) == seconds * 1000


def test_the_wait_is_spread_by_a_fifth_and_never_above_an_hour() -> None:
    assert retry_delay_ms(Failure.TEMPORARY, 1, -1) == 24_000
    assert retry_delay_ms(Failure.TEMPORARY, 1, 1) == 36_000
    assert retry_delay_ms(Failure.TEMPORARY, 20, 1) == LONGEST_DELAY_MS


@pytest.mark.parametrize(("probes", "seconds"), [(0, 5), (1, 10), (2, 20), (4, 60), (999, 60)])
def test_a_way_out_is_tried_soon_and_then_every_minute(probes: int, seconds: int) -> None:
    assert probe_delay_ms(probes, 0) == seconds * 1000
    assert probe_delay_ms(probes, 1) <= LONGEST_PROBE_MS
    assert probe_delay_ms(probes, -1) == seconds * 800


def test_the_uncertain_waits_ten_minutes() -> None:
    assert retry_delay_ms(Failure.UNCERTAIN, 1, 0) == 600_000
    assert retry_delay_ms(Failure.UNCERTAIN, 2, 0) == 1_200_000


def test_patience_ends_after_72_hours() -> None:
    assert has_waited_enough(1, 1 + GIVE_UP_AFTER_MS)
    assert not has_waited_enough(1, GIVE_UP_AFTER_MS)
    assert not has_waited_enough(None, GIVE_UP_AFTER_MS)
