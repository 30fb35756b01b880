"""Many at once: real threads, each with its own connection, on both databases."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from escalation.domain.codes import Event, MessageChannel, MessageStatus, Status
from escalation.domain.errors import NotAllowed, StaleObstacle, TransitionNotAllowed
from escalation.domain.policy import Actor
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle, Submission
from escalation.models.outbox import OutboxMessage
from escalation.queries.journal import verify_journal
from escalation.services.case import filing, moves
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.journal import seal_journal
from escalation.services.messages.claims import claim_due
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, Town, actor_of, content, file_obstacle, obstacle_row

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[object]:
    """Run these acts in threads of their own that start together; return what each gave, or how it was refused."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        with app.app_context():
            start.wait(timeout=30)
            try:
                return act()
            except (NotAllowed, StaleObstacle, TransitionNotAllowed) as refused:
                return type(refused)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_claim_at_once_exactly_one_has_it(town: Town) -> None:
    actors = [actor_of(town.app, person, NOW) for person in (town.reviewer, town.coordinator)]
    for seen in (2, None):
        filed = file_obstacle(town.app, town.president, now=NOW)

        def claim(actor: Actor, obstacle_id: int = filed.id, seen: int | None = seen) -> int | None:
            return moves.claim(obstacle_id, By(actor=actor, now=NOW, seen_version=seen)).assignee_id

        outcomes = at_once(town.app, [lambda actor=actor: claim(actor) for actor in actors])  # type: ignore[misc]
        refused = StaleObstacle if seen else TransitionNotAllowed
        row = obstacle_row(town.app, filed)
        assert Counter(outcomes) == Counter([row["assignee_id"], refused])
        assert row["version"] == 3
    with town.app.app_context():
        claims = select(func.count()).where(JournalEvent.event == Event.OBSTACLE_CLAIMED)
        assert db.session.scalar(claims) == 2
        assert verify_journal().broken is None


def file_many(town: Town, threads: int, each: int) -> list[str | None]:
    """File from many threads at once and return the references given."""
    actors = [actor_of(town.app, person, NOW) for person in (town.president, town.delegate)]

    def file_some(number: int) -> list[str | None]:
        by = By(actor=actors[number % 2], now=NOW)
        return [filing.file_obstacle(COMMUNE, content(), by).reference for _ in range(each)]

    given = at_once(town.app, [lambda number=number: file_some(number) for number in range(threads)])  # type: ignore[misc]
    return [reference for some in given for reference in some]  # type: ignore[attr-defined]


def test_many_who_file_at_once_lose_nothing_and_share_no_reference(town: Town, database_kind: str) -> None:
    threads, each = (8, 50) if database_kind == "sqlite" else (8, 15)
    references = file_many(town, threads, each)
    assert sorted(map(str, references)) == [f"OBS-2026-{number:05d}" for number in range(1, threads * each + 1)]
    with town.app.app_context():
        filed = select(func.count()).where(Obstacle.status == Status.FILED)
        assert db.session.scalar(filed) == threads * each
        verdict = verify_journal()
    assert (verdict.broken, verdict.events) == (None, threads * each)


def test_a_form_sent_four_times_at_once_files_once(town: Town) -> None:
    by = By(actor=actor_of(town.app, town.president, NOW), now=NOW, key="k1")
    outcomes = at_once(town.app, [lambda: filing.file_obstacle(COMMUNE, content(), by).reference] * 4)
    assert outcomes == ["OBS-2026-00001"] * 4
    with town.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Obstacle)) == 1
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_a_move_sent_four_times_at_once_acts_once(town: Town) -> None:
    filed = file_obstacle(town.app, town.president, now=NOW)
    by = By(actor=actor_of(town.app, town.reviewer, NOW), now=NOW, key="k1", seen_version=2)
    assert at_once(town.app, [lambda: moves.claim(filed.id, by).version] * 4) == [3] * 4


def claimed_by(town: Town) -> tuple[int, By]:
    """Return a case that a reviewer has just taken, which they may still take back."""
    filed = file_obstacle(town.app, town.president, now=NOW)
    by = By(actor=actor_of(town.app, town.reviewer, NOW), now=NOW, may_undo=True)
    with town.app.app_context():
        moves.claim(filed.id, by)
    return filed.id, by


def test_a_move_taken_back_twice_at_once_is_taken_back_once(town: Town) -> None:
    for _ in range(5):
        obstacle_id, by = claimed_by(town)
        outcomes = at_once(town.app, [lambda one=obstacle_id, by=by: undo(one, by).status] * 3)  # type: ignore[misc]
        assert Counter(outcomes) == Counter([Status.FILED, NotAllowed, NotAllowed])
    with town.app.app_context():
        undone = select(func.count()).where(JournalEvent.event == Event.DECISION_UNDONE)
        assert db.session.scalar(undone) == 5
        assert verify_journal().broken is None


def test_who_takes_a_move_back_and_the_sender_never_both_have_its_messages(town: Town) -> None:
    """Its time is not over and its mail is due all the same, as when a clock stands a little wrong."""
    mails = OutboxMessage.event == Event.OBSTACLE_CLAIMED, OutboxMessage.channel == MessageChannel.EMAIL
    seen: set[object] = set()
    for _ in range(12):
        obstacle_id, by = claimed_by(town)
        with town.app.app_context(), transaction() as session:
            before = OutboxMessage.event != Event.OBSTACLE_CLAIMED
            session.execute(update(OutboxMessage).where(before).values(status=MessageStatus.SENT))
            session.execute(update(OutboxMessage).values(not_before_ms=1))
        acts: list[Callable[[], object]] = [claim_due, claim_due, lambda one=obstacle_id, by=by: undo(one, by).status]  # type: ignore[misc]
        *batches, outcome = at_once(town.app, acts)
        claimed = [one.event for batch in batches for one in batch]  # type: ignore[attr-defined]
        was_claimed = Event.OBSTACLE_CLAIMED in claimed
        with town.app.app_context():
            held = select(OutboxMessage.status).where(OutboxMessage.obstacle_id == obstacle_id, *mails)
            statuses = set(db.session.scalars(held))
        if outcome is Status.FILED:
            assert (was_claimed, statuses) == (False, {MessageStatus.SKIPPED})
        else:
            assert (outcome, was_claimed, statuses) == (TransitionNotAllowed, True, {MessageStatus.SENDING})
        seen.add(outcome)
    assert seen <= {Status.FILED, TransitionNotAllowed}
    with town.app.app_context():
        assert verify_journal().broken is None


def test_seals_and_moves_at_once_leave_a_journal_that_holds(town: Town) -> None:
    filed = [file_obstacle(town.app, town.president, now=NOW) for _ in range(4)]
    with town.app.app_context():
        assert seal_journal(NOW) == 4
    actor = actor_of(town.app, town.reviewer, NOW)

    def act(obstacle_id: int) -> None:
        moves.claim(obstacle_id, By(actor=actor, now=NOW))
        moves.request_information(obstacle_id, By(actor=actor, now=NOW), question="؟")

    acts: list[Callable[[], object]] = [lambda one=one: act(one.id) for one in filed]  # type: ignore[misc]
    at_once(town.app, [*acts, lambda: seal_journal(NOW), lambda: seal_journal(NOW)])
    with town.app.app_context():
        seal_journal(NOW)
        verdict = verify_journal()
        behind = db.session.scalar(select(func.count()).where(Obstacle.journal_seq > Obstacle.sealed_seq))
    assert (verdict.broken, verdict.events, behind) == (None, 12, 0)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_of_one_commune_who_file_at_once_never_lock_each_other_out(town: Town) -> None:
    """Each is told of the other's filing, so each transaction refers to the other's row."""
    assert len(set(file_many(town, 6, 10))) == 60


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_write_holds_sqlites_lock_from_its_start(app: Flask, database_url: str) -> None:
    """Another process may not come between what a use case reads and what it then writes."""
    with app.app_context(), transaction(), closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other:
        other.execute("PRAGMA busy_timeout=0")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
