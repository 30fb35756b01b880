"""The journal is proven whole, and every way to tamper with it is found and named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from escalation.domain.errors import DomainError
from escalation.domain.journal import GENESIS, canonical_text, instant, link_hash
from escalation.domain.verification import Fault
from escalation.extensions import db
from escalation.queries.journal import Broken, Verdict, verify_journal
from escalation.services.case import moves
from escalation.services.journal import seal_journal
from tests.factories import Filed, Town, file_obstacle, move

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A journal of two chains: the first of four events, three of them sealed twice over; the second of one."""

    app: Flask
    first: Filed
    second: Filed


@pytest.fixture
def told(town: Town) -> Told:
    """A journal with something in it."""
    first = file_obstacle(town.app, town.president, now=NOW)
    second = file_obstacle(town.app, town.president2, commune="03.531.07.03", now=NOW)
    move(town.app, moves.claim, first, town.reviewer, now=NOW + timedelta(hours=1))
    with town.app.app_context():
        assert seal_journal(NOW + timedelta(hours=2)) == 2
    move(town.app, moves.request_information, first, town.reviewer, now=NOW + timedelta(hours=3), question="أين؟")
    with town.app.app_context():
        assert seal_journal(NOW + timedelta(hours=4)) == 1
    move(town.app, moves.answer, first, town.president, now=NOW + timedelta(hours=5), answer="هنا")
    return Told(town.app, first, second)


def verdict_of(app: Flask) -> Verdict:
    """Return what the verification says."""
    with app.app_context():
        return verify_journal()


def tamper(app: Flask, *changes: str | Callable[[Connection], object]) -> None:
    """Change the database as somebody would who owns it: without triggers, without foreign keys."""
    with app.app_context(), db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=OFF")
            names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            guards = [f"DROP TRIGGER {name}" for name in names]
        else:
            tables = ("journal_events", "journal_seals", "obstacles", "statements", "outbox_messages", "referrals")
            guards = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables]
        for change in (*guards, *changes):
            if callable(change):
                change(connection)
            else:
                connection.execute(text(change))
        connection.commit()


def rewrite(connection: Connection, obstacle_id: int, seq: int, **facts: object) -> str:
    """Write another canonical text into one event, with the hash that belongs to it, and return that hash."""
    where = {"o": obstacle_id, "s": seq}
    row = connection.execute(
        text("SELECT canonical, previous_hash FROM journal_events WHERE obstacle_id = :o AND seq = :s"), where
    ).one()
    canonical = canonical_text(json.loads(row.canonical) | facts)
    new_hash = link_hash(row.previous_hash, canonical)
    connection.execute(
        text("UPDATE journal_events SET canonical = :c, hash = :h WHERE obstacle_id = :o AND seq = :s"),
        where | {"c": canonical, "h": new_hash},
    )
    return new_hash


def test_an_untouched_journal_holds(told: Told) -> None:
    verdict = verdict_of(told.app)
    assert verdict.broken is None
    assert (verdict.chains, verdict.events, verdict.texts, verdict.erased_texts) == (2, 5, 4, 0)
    assert verdict.seals == 2
    assert verdict.last_seal_hash != GENESIS


def test_an_empty_journal_holds(app: Flask) -> None:
    assert verdict_of(app) == Verdict()


def test_a_text_erased_by_law_breaks_nothing(told: Told) -> None:
    tamper(told.app, "DELETE FROM statements WHERE kind = 'question'")
    verdict = verdict_of(told.app)
    assert (verdict.broken, verdict.texts, verdict.erased_texts) == (None, 3, 1)


EVENT = "UPDATE journal_events SET {0} WHERE obstacle_id = {first} AND seq = {1}"


@pytest.mark.parametrize(
    ("changes", "seq", "fault"),
    [
        ([EVENT.replace("{0}", "canonical = replace(canonical, 'reviewer', 'x') || ' '")], 2, Fault.ALTERED),
        ([EVENT.replace("{0}", "canonical = canonical || 'é'")], 2, Fault.ALTERED),
        ([EVENT.replace("{0}", "hash = previous_hash")], 3, Fault.ALTERED),
        ([EVENT.replace("{0}", "previous_hash = hash")], 3, Fault.OUT_OF_CHAIN),
        ([EVENT.replace("{0}", "person_id = person_id + 1")], 1, Fault.COLUMNS_DIFFER),
        ([EVENT.replace("{0}", "acting_for_id = person_id")], 1, Fault.COLUMNS_DIFFER),
        ([EVENT.replace("{0}", "mandate_id = NULL")], 2, Fault.COLUMNS_DIFFER),
        ([EVENT.replace("{0}", "event = 'nothing_known'")], 3, Fault.COLUMNS_DIFFER),
        ([EVENT.replace("{0}", "event = 'obstacle_released'")], 4, Fault.COLUMNS_DIFFER),
        ([EVENT.replace("{0}", "occurred_at = '2026-01-01 00:00:00.000000'")], 2, Fault.COLUMNS_DIFFER),
        (["DELETE FROM journal_events WHERE obstacle_id = {first} AND seq = {1}"], 1, Fault.MISSING),
        (["DELETE FROM journal_events WHERE obstacle_id = {first} AND seq = {1}"], 3, Fault.MISSING),
        (["DELETE FROM journal_events WHERE obstacle_id = {first} AND seq = {1}"], 4, Fault.MISSING),
        (["DELETE FROM journal_events WHERE obstacle_id = {first} AND seq >= {1}"], 3, Fault.MISSING),
        (["DELETE FROM journal_events WHERE obstacle_id = {first} AND seq >= {1}"], 1, Fault.MISSING),
        (["UPDATE obstacles SET journal_seq = 3 WHERE id = {first}"], 4, Fault.HEAD_DIFFERS),
        (["UPDATE obstacles SET journal_hash = 'x' WHERE id = {first}"], 4, Fault.HEAD_DIFFERS),
        (["UPDATE obstacles SET sealed_seq = 4 WHERE id = {first}"], 4, Fault.NEVER_SEALED),
        (["DELETE FROM journal_seals WHERE seq = 2"], 3, Fault.NEVER_SEALED),
        (
            ["UPDATE statements SET text = 'لا' WHERE obstacle_id = {first} AND kind = 'question'"],
            3,
            Fault.TEXT_ALTERED,
        ),
        (["UPDATE statements SET salt = 'x' WHERE obstacle_id = {first} AND kind = 'answer'"], 4, Fault.TEXT_ALTERED),
        (
            ["UPDATE statements SET kind = 'reason' WHERE obstacle_id = {first} AND kind = 'answer'"],
            4,
            Fault.TEXT_UNKNOWN,
        ),
        (
            ["UPDATE statements SET event_seq = 9 WHERE obstacle_id = {first} AND kind = 'answer'"],
            9,
            Fault.TEXT_UNKNOWN,
        ),
    ],
)
def test_tampering_is_named(told: Told, changes: list[str], seq: int, fault: Fault) -> None:
    filled = [change.replace("{first}", str(told.first.id)).replace("{1}", str(seq)) for change in changes]
    tamper(told.app, *filled)
    assert verdict_of(told.app).broken == Broken(str(told.first.reference), seq, fault)


def test_a_link_that_was_forged_with_its_hash_no_longer_holds_the_next(told: Told) -> None:
    tamper(told.app, lambda connection: rewrite(connection, told.first.id, 2, person=None))
    tamper(told.app, f"UPDATE journal_events SET person_id = NULL WHERE obstacle_id = {told.first.id} AND seq = 2")
    assert verdict_of(told.app).broken == Broken(str(told.first.reference), 3, Fault.OUT_OF_CHAIN)


def test_a_canonical_text_with_the_same_facts_in_other_words_is_refused(told: Told) -> None:
    def widen(connection: Connection) -> None:
        select = text("SELECT canonical, previous_hash FROM journal_events WHERE obstacle_id = :o AND seq = 1")
        row = connection.execute(select, {"o": told.second.id}).one()
        wide = row.canonical.replace("{", '{"seq":7,', 1)
        update = text("UPDATE journal_events SET canonical = :c, hash = :h WHERE obstacle_id = :o AND seq = 1")
        connection.execute(update, {"c": wide, "h": link_hash(row.previous_hash, wide), "o": told.second.id})

    tamper(told.app, widen)
    assert verdict_of(told.app).broken == Broken(str(told.second.reference), 1, Fault.NOT_CANONICAL)


def test_a_sealed_end_that_was_forged_whole_differs_from_its_seal(told: Told) -> None:
    def forge(connection: Connection) -> None:
        new_hash = rewrite(connection, told.second.id, 1, mandate=None)
        connection.execute(text(f"UPDATE journal_events SET mandate_id = NULL WHERE obstacle_id = {told.second.id}"))
        update = text("UPDATE obstacles SET journal_hash = :h WHERE id = :o")
        connection.execute(update, {"h": new_hash, "o": told.second.id})

    tamper(told.app, forge)
    assert verdict_of(told.app).broken == Broken(f"seal 1: {told.second.reference}", 1, Fault.SEALED_DIFFERS)


def test_a_tail_cut_with_its_trace_on_the_obstacle_is_found_by_the_seal(told: Told) -> None:
    head = "SELECT hash FROM journal_events WHERE obstacle_id = {o} AND seq = 2"
    cut = (
        "DELETE FROM journal_events WHERE obstacle_id = {o} AND seq > 2",
        "DELETE FROM statements WHERE obstacle_id = {o}",
        "UPDATE obstacles SET journal_seq = 2, sealed_seq = 2 WHERE id = {o}",
        f"UPDATE obstacles SET journal_hash = ({head}) WHERE id = {{o}}",
    )
    tamper(told.app, *(change.format(o=told.first.id) for change in cut))
    assert verdict_of(told.app).broken == Broken(f"seal 2: {told.first.reference}", 3, Fault.SEALED_DIFFERS)


def test_a_whole_chain_that_is_gone_with_its_obstacle_is_found_by_the_seal(told: Told) -> None:
    tables = ("journal_events", "statements", "outbox_messages", "referrals")
    gone = [f"DELETE FROM {table} WHERE obstacle_id = {told.second.id}" for table in tables]
    tamper(told.app, *gone, f"DELETE FROM obstacles WHERE id = {told.second.id}")
    assert verdict_of(told.app).broken == Broken(f"seal 1: obstacle {told.second.id}", 1, Fault.SEALED_DIFFERS)


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_chain_without_its_obstacle_is_found(told: Told, which: str) -> None:
    gone: Filed = getattr(told, which)
    tamper(
        told.app, f"DELETE FROM statements WHERE obstacle_id = {gone.id}", f"DELETE FROM obstacles WHERE id = {gone.id}"
    )
    assert verdict_of(told.app).broken == Broken(f"obstacle {gone.id}", 1, Fault.OBSTACLE_MISSING)


@pytest.mark.parametrize(
    ("changes", "seq", "fault"),
    [
        (["UPDATE journal_seals SET canonical = replace(canonical, '1', '2') WHERE seq = 1"], 1, Fault.ALTERED),
        (["UPDATE journal_seals SET sealed_at = '2026-01-01 00:00:00.000000' WHERE seq = 2"], 2, Fault.COLUMNS_DIFFER),
        (["DELETE FROM journal_seals WHERE seq = 1"], 1, Fault.MISSING),
        (
            [
                "UPDATE journal_seals SET seq = 9 WHERE seq = 1",
                "UPDATE journal_seals SET seq = 1 WHERE seq = 2",
                "UPDATE journal_seals SET seq = 2 WHERE seq = 9",
            ],
            1,
            Fault.OUT_OF_CHAIN,
        ),
    ],
)
def test_tampering_with_a_seal_is_named(told: Told, changes: list[str], seq: int, fault: Fault) -> None:
    tamper(told.app, *changes)
    assert verdict_of(told.app).broken == Broken("seals", seq, fault)


def test_an_instant_is_written_in_utc_whatever_zone_it_came_in() -> None:
    casablanca = NOW.astimezone(timezone(timedelta(hours=1)))
    assert instant(casablanca) == instant(NOW) == "2026-11-02T09:00:00.000000+00:00"


def test_progress_is_told_and_what_is_written_meanwhile_does_not_matter(told: Told, town: Town) -> None:
    seen: list[int] = []

    def write_meanwhile(events: int) -> None:
        if not seen:
            file_obstacle(town.app, town.president, now=NOW)
        seen.append(events)

    with told.app.app_context():
        assert verify_journal(write_meanwhile).broken is None
    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert verdict_of(told.app).events == 6


MOVES = ("claim", "escalate", "request_information", "answer", "withdraw", "seal")


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.sampled_from(MOVES), max_size=6))
def test_whatever_is_done_through_the_services_the_journal_holds(town: Town, done: list[str]) -> None:
    with town.app.app_context():
        before = verify_journal()
    filed = file_obstacle(town.app, town.president, now=NOW)
    made = 1 + sum(attempt(town, filed, name) for name in done)
    with town.app.app_context():
        after = verify_journal()
    assert after.broken is None
    assert after.events == before.events + made


def attempt(town: Town, filed: Filed, name: str) -> bool:
    """Try one move and say whether it was made."""
    if name == "seal":
        with town.app.app_context():
            seal_journal(NOW)
        return False
    person = town.president if name in ("answer", "withdraw") else town.reviewer
    words = {"escalate": "reason", "withdraw": "reason", "request_information": "question", "answer": "answer"}
    try:
        move(town.app, getattr(moves, name), filed, person, now=NOW, **({words[name]: "نص"} if name in words else {}))
    except DomainError:
        return False
    return True


CHANGED_BEHIND = [
    ("status = 'withdrawn'", Fault.STATE_DIFFERS),
    ("level = 'region'", Fault.STATE_DIFFERS),
    ("desk_code = '03'", Fault.STATE_DIFFERS),
    ("description = 'something else'", Fault.ANSWERS_DIFFER),
    ("request = ''", Fault.ANSWERS_DIFFER),
    ("title = 'another'", Fault.ANSWERS_DIFFER),
    ("budget_centimes = 1", Fault.ANSWERS_DIFFER),
    ("blocked_since = '2020-01-01'", Fault.ANSWERS_DIFFER),
    ("urgency = 'critical'", Fault.ANSWERS_DIFFER),
]


@pytest.mark.parametrize(("change", "fault"), CHANGED_BEHIND)
def test_an_obstacle_changed_behind_its_journal_is_found(told: Told, change: str, fault: Fault) -> None:
    tamper(told.app, f"UPDATE obstacles SET {change} WHERE id = {told.second.id}")
    broken = verdict_of(told.app).broken
    assert broken is not None
    assert (broken.chain, broken.fault) == (told.second.reference, fault)


def test_answers_erased_by_law_are_not_compared(told: Told) -> None:
    tamper(
        told.app,
        f"UPDATE obstacles SET description = '' WHERE id = {told.second.id}",
        f"DELETE FROM statements WHERE kind = 'answers' AND obstacle_id = {told.second.id}",
    )
    assert verdict_of(told.app).broken is None
