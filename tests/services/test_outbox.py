"""The outbox under its senders: who may claim what, whose result counts, and when a message is tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.domain.codes import Lane, MessageStatus
from escalation.domain.delivery import GIVE_UP_AFTER_MS, Failure
from escalation.domain.errors import NotFound
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.outbox import counts_by_status, get_now_ms
from escalation.queries.messages.outbox_state import get_lateness
from escalation.services.messages.claims import LEASE_MS, claim_due
from escalation.services.messages.operating import retry_message
from escalation.services.messages.outbox import (
    free_leases_of_earlier_boot,
    note_digests,
    record_all_sent,
    record_failure,
    release,
    renew_lease,
)
from tests.outbox_rows import a_person, an_obstacle, owe

pytestmark = pytest.mark.usefixtures("db_session")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def session() -> Session:
    return db.session()


def owed(count: int = 1, **changes: Any) -> list[int]:
    """Commit messages to one person about nothing in particular, and return their numbers."""
    person = a_person(session())
    ids = [owe(session(), person, **changes).id for _ in range(count)]
    session().commit()
    return ids


def row(message_id: int) -> OutboxMessage:
    session().rollback()
    return session().scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).one()


def change(message_id: int, **values: Any) -> None:
    session().execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))
    session().commit()


def let_lease_run_out(message_id: int) -> None:
    change(message_id, lease_until_ms=get_now_ms() - 1)


def test_the_databases_clock_is_the_real_time() -> None:
    assert abs(get_now_ms() - datetime.now(UTC).timestamp() * 1000) < 5_000


def test_a_claim_takes_a_lease_and_counts_the_attempt() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    message = row(message_id)
    assert (claimed.id, claimed.token, claimed.attempts) == (message_id, message.lease_token, 1)
    assert (message.status, message.attempts) == (MessageStatus.SENDING, 1)
    assert message.lease_until_ms is not None
    assert 0 < message.lease_until_ms - get_now_ms() <= LEASE_MS
    assert message.first_tried_ms is not None
    assert claim_due() == []


def test_what_is_not_due_yet_is_not_claimed() -> None:
    owed(not_before_ms=get_now_ms() + 60_000)
    assert claim_due() == []


def test_the_interactive_lane_goes_first_and_can_be_asked_for_alone() -> None:
    [bulk] = owed(not_before_ms=1)
    [urgent] = owed(not_before_ms=2, lane=Lane.INTERACTIVE)
    assert [claimed.id for claimed in claim_due(1)] == [urgent]
    assert claim_due(lane=Lane.INTERACTIVE) == []
    assert [claimed.id for claimed in claim_due(lane=Lane.BULK)] == [bulk]


def test_no_message_passes_an_older_one_to_the_same_person_about_the_same_obstacle() -> None:
    person, other = a_person(session()), a_person(session())
    obstacle = an_obstacle(session(), person)
    first = owe(session(), person, obstacle, order_seq=1, not_before_ms=get_now_ms() + 60_000).id
    second = owe(session(), person, obstacle, order_seq=2).id
    elsewhere = owe(session(), other, obstacle, order_seq=2).id
    session().commit()
    assert [claimed.id for claimed in claim_due()] == [elsewhere]
    change(first, not_before_ms=1)
    [claimed] = claim_due()
    assert claimed.id == first
    assert claim_due() == []
    record_all_sent({first: claimed.token}, NOW)
    assert [claimed.id for claimed in claim_due()] == [second]


@pytest.mark.parametrize("ended", [MessageStatus.FAILED, MessageStatus.QUARANTINED, MessageStatus.SKIPPED])
def test_an_older_message_that_ended_holds_nothing_up(ended: MessageStatus) -> None:
    person = a_person(session())
    obstacle = an_obstacle(session(), person)
    owe(session(), person, obstacle, order_seq=1, status=ended)
    second = owe(session(), person, obstacle, order_seq=2).id
    session().commit()
    assert [claimed.id for claimed in claim_due()] == [second]


def test_only_the_holder_of_the_lease_renews_and_records() -> None:
    [message_id] = owed()
    [stale] = claim_due()
    let_lease_run_out(message_id)
    [fresh] = claim_due()
    assert stale.token != fresh.token
    assert not renew_lease(message_id, stale.token)
    assert not record_all_sent({message_id: stale.token}, NOW)
    assert not record_failure(message_id, stale.token, Failure.TEMPORARY, "data 451")
    assert release({message_id: stale.token}) == 0
    assert row(message_id).status == MessageStatus.SENDING
    assert renew_lease(message_id, fresh.token)
    assert record_all_sent({message_id: fresh.token}, NOW)
    assert (row(message_id).status, row(message_id).sent_at) == (MessageStatus.SENT, NOW)
    assert not record_all_sent({message_id: fresh.token}, NOW)


def test_a_late_result_counts_while_nobody_else_has_claimed() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    let_lease_run_out(message_id)
    assert record_all_sent({message_id: claimed.token}, NOW)


def test_a_message_that_kills_its_senders_is_quarantined_at_the_third() -> None:
    [message_id] = owed()
    for crashes in (0, 1, 2):
        assert [claimed.id for claimed in claim_due()] == [message_id]
        assert row(message_id).crashes == crashes
        let_lease_run_out(message_id)
    assert claim_due() == []
    message = row(message_id)
    assert (message.status, message.status_reason, message.crashes) == (MessageStatus.QUARANTINED, "crashed", 3)


def test_after_a_crash_the_batch_goes_last_and_one_by_one_so_that_only_the_killer_is_found() -> None:
    ids = owed(20)
    assert len(claim_due()) == 20
    free_leases_of_earlier_boot()
    newer = owed(2)
    fresh = claim_due()
    assert [claimed.id for claimed in fresh] == newer
    for claimed in fresh:
        record_all_sent({claimed.id: claimed.token}, NOW)
    killer, left = ids[7], []
    while batch := claim_due():
        [claimed] = batch
        if claimed.id == killer:
            free_leases_of_earlier_boot()
        else:
            record_all_sent({claimed.id: claimed.token}, NOW)
            left.append(claimed.id)
    assert sorted(left) == sorted({*ids} - {killer})
    assert row(killer).status == MessageStatus.QUARANTINED


def test_crashes_that_no_message_causes_put_none_aside() -> None:
    ids = owed(5)
    for _ in range(6):
        assert claim_due()
        free_leases_of_earlier_boot()
    assert [claim_due()[0].id for _ in ids]
    assert {row(message_id).status for message_id in ids} == {MessageStatus.SENDING}


def test_a_sender_that_lives_to_tell_of_a_failure_clears_the_message_of_suspicion() -> None:
    [message_id] = owed()
    claim_due()
    let_lease_run_out(message_id)
    [claimed] = claim_due()
    record_failure(message_id, claimed.token, Failure.TEMPORARY, "rcpt 451")
    assert row(message_id).crashes == 0


def test_the_leases_of_an_earlier_boot_end_at_once_and_count_as_crashes() -> None:
    [message_id] = owed()
    claim_due()
    assert free_leases_of_earlier_boot() == 1
    assert [claimed.id for claimed in claim_due()] == [message_id]
    assert row(message_id).crashes == 1


def test_a_passing_failure_waits_longer_each_time() -> None:
    [message_id] = owed()
    waits = []
    for _ in range(4):
        [claimed] = claim_due()
        assert record_failure(message_id, claimed.token, Failure.TEMPORARY, "rcpt 451")
        waits.append(row(message_id).not_before_ms - get_now_ms())
        change(message_id, not_before_ms=1)
    for wait, expected_s in zip(waits, (30, 60, 120, 240), strict=True):
        assert expected_s * 800 - 2_000 <= wait <= expected_s * 1_200
    assert (row(message_id).status, row(message_id).status_reason) == (MessageStatus.QUEUED, "temporary: rcpt 451")


def test_after_72_hours_a_passing_failure_is_a_lasting_one() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    change(message_id, first_tried_ms=get_now_ms() - GIVE_UP_AFTER_MS)
    record_failure(message_id, claimed.token, Failure.TEMPORARY, "connect timeout")
    assert row(message_id).status == MessageStatus.FAILED


def test_our_own_fault_costs_the_message_nothing() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    change(message_id, first_tried_ms=get_now_ms() - GIVE_UP_AFTER_MS)
    record_failure(message_id, claimed.token, Failure.OURS, "auth 535")
    message = row(message_id)
    assert (message.status, message.attempts, message.first_tried_ms) == (MessageStatus.QUEUED, 0, None)
    assert message.not_before_ms < get_now_ms()


def test_a_refused_address_fails_at_once() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    record_failure(message_id, claimed.token, Failure.ADDRESS, "rcpt 550")
    assert (row(message_id).status, row(message_id).status_reason) == (MessageStatus.FAILED, "address: rcpt 550")


def test_an_uncertain_end_is_counted_and_waits() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    record_failure(message_id, claimed.token, Failure.UNCERTAIN, "end TimeoutError")
    message = row(message_id)
    assert (message.status, message.uncertain_attempts) == (MessageStatus.QUEUED, 1)
    assert message.not_before_ms - get_now_ms() > 7 * 60_000


def test_a_changed_letter_is_put_aside() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    note_digests({message_id: "a" * 64}, claimed.token)
    record_failure(message_id, claimed.token, Failure.LETTER, "changed")
    assert (row(message_id).status, row(message_id).body_sha256) == (MessageStatus.QUARANTINED, "a" * 64)


def test_a_released_message_is_as_if_never_claimed() -> None:
    [message_id] = owed()
    [claimed] = claim_due()
    assert release({message_id: claimed.token}) == 1
    message = row(message_id)
    assert (message.status, message.attempts, message.first_tried_ms) == (MessageStatus.QUEUED, 0, None)
    assert [claimed.id for claimed in claim_due()] == [message_id]


def test_a_stopped_message_can_be_tried_again_by_hand() -> None:
    [message_id] = owed(status=MessageStatus.QUARANTINED, crashes=3, attempts=3, body_sha256="a" * 64)
    retry_message(message_id, by_id=None, now=NOW)
    [claimed] = claim_due()
    assert (claimed.id, claimed.attempts, claimed.body_sha256) == (message_id, 1, "")
    assert row(message_id).crashes == 0


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.SENDING])
def test_what_left_or_is_leaving_cannot_be_tried_again(status: MessageStatus) -> None:
    [message_id] = owed(status=status)
    with pytest.raises(NotFound):
        retry_message(message_id, by_id=None, now=NOW)


def test_counts_and_age() -> None:
    assert get_lateness().oldest_unsent_s is None
    owed(2)
    owed(1, status=MessageStatus.SENT)
    counts = counts_by_status()
    assert (counts[MessageStatus.QUEUED], counts[MessageStatus.SENT], counts[MessageStatus.FAILED]) == (2, 1, 0)
    assert (get_lateness().oldest_unsent_s or 0) > 1_000


def test_claimers_in_parallel_never_share_a_message(app: Flask) -> None:
    ids = owed(60)
    claimed: list[int] = []

    def claim_all() -> None:
        with app.app_context():
            while batch := claim_due(7):
                claimed.extend(each.id for each in batch)

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids
