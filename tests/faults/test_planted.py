"""What proves the proof: each promise of the program broken on purpose, in its own processes, turns the judge red."""

from __future__ import annotations

import signal

import pytest
from sqlalchemy import select

from escalation.domain.codes import MessageStatus
from escalation.extensions import db
from escalation.models.settings import Tick
from tests.faults.load import ROAD
from tests.faults.oracle import Allowed, Verdict
from tests.faults.planted.sitecustomize import DEFECTS
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.waiting import wait_until
from workers.broker import build_celery

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
MARKED, NO_LEASE, NO_POLLER, NO_FENCING, NO_VERSION = DEFECTS
SOUND = pytest.param("", marks=pytest.mark.whole_matrix, id="sound")
"""The same scene without the defect, which the judge must find in order."""


def with_and_without(defect: str) -> pytest.MarkDecorator:
    """Play a scene with its defect planted, and in the whole matrix without it too."""
    return pytest.mark.parametrize("planted", [pytest.param(defect, id="broken"), SOUND])


def hold_to(verdict: Verdict, planted: str, *rules: str) -> None:
    """Demand a fault by one of these rules where a defect was planted, and none at all where none was."""
    found = {fault[:3] for fault in verdict.faults}
    assert bool(found & set(rules)) if planted else not found, f"{planted or 'sound'}: {verdict}"


@ON_SQLITE
@with_and_without(MARKED)
def test_marked_sent_before_the_relay_answered_is_seen(stage: Stage, planted: str) -> None:
    stage.sink.script(Rule("dot", "say", "451 4.3.0 The disk is full", times=1))
    stage.start(planted=planted)
    stage.clients().file()
    stage.settle()
    hold_to(stage.judge(), planted, "(a)")


@ON_POSTGRESQL
@with_and_without(NO_LEASE)
def test_claims_without_a_lease_are_seen(stage: Stage, planted: str) -> None:
    stage.sink.script(Rule("dot", "wait", seconds=3, times=3))
    stage.start(workers=2, planted=planted)
    stage.clients().file()
    stage.settle()
    hold_to(stage.judge(), planted, "(b)", "(e)")


@ON_POSTGRESQL
@with_and_without(NO_POLLER)
def test_wake_ups_without_a_poller_are_seen(stage: Stage, planted: str) -> None:
    assert stage.redis is not None
    stage.start(planted=planted)
    build_celery(stage.config).send_task("kept.forget_old")
    wait_until(lambda: is_beaten(stage, "kept.forget_old"))
    stage.redis.stop()
    stage.clients().file()
    wait_until(lambda: "no worker could be woken" in stage.words_of("web"))
    stage.redis.start()
    if planted:
        # It lives and does what it is asked; nobody asks it to look at the outbox.
        build_celery(stage.config).send_task("imports.forget_old")
        wait_until(lambda: is_beaten(stage, "imports.forget_old"))
    else:
        stage.settle()
    hold_to(stage.judge(), planted, "(e)")


def is_beaten(stage: Stage, task: str) -> bool:
    """Say whether a periodic task was carried out."""
    with stage.app.app_context():
        found = db.session.scalar(select(Tick.task).where(Tick.task == task).limit(1))
        db.session.rollback()
        return found is not None


@ON_POSTGRESQL
@with_and_without(NO_FENCING)
def test_results_without_fencing_are_seen(stage: Stage, planted: str) -> None:
    stage.sink.script(Rule("rcpt", "stall", "550 5.1.1 Nobody here", to="president@", times=1))
    stage.start(planted=planted)
    stage.clients().file()
    wait_until(lambda: stage.sink.seen().get("rcpt stall"))
    sleeper = stage.sender
    sleeper.signal(signal.SIGSTOP)
    stage.let_leases_run_out()
    stage.start_worker(planted=planted)
    stage.settle()
    assert {mail.status for mail in stage.mails()} == {MessageStatus.SENT}
    stage.sink.script()
    sleeper.signal(signal.SIGCONT)
    # It is answered now, has its say, and takes up the next letters.
    assert sleeper.stop() == 0
    hold_to(stage.judge(Allowed(crashes=3)), planted, "(e)")


@ON_SQLITE
@with_and_without(NO_VERSION)
def test_a_move_on_a_version_that_is_gone_is_seen(stage: Stage, planted: str) -> None:
    stage.start(planted=planted)
    clients = stage.clients()
    case = clients.file()
    first, second = stage.browser("reviewer"), stage.browser("coordinator")
    claim = clients.form(first, f"/obstacles/{case}/claim")
    assign = clients.form(second, f"/obstacles/{case}/assign") | {"assignee": str(stage.town.reviewer.id)}
    assert clients.send(first, "claim", case, f"/obstacles/{case}/claim", claim).status == 303
    answer = clients.send(second, "assign", case, f"/obstacles/{case}/assign", assign)
    assert answer.status == (303 if planted else 409)
    stage.settle()
    hold_to(stage.judge(), planted, "(a)")


def test_every_planted_defect_has_its_scene() -> None:
    assert set(DEFECTS) == {MARKED, NO_LEASE, NO_POLLER, NO_FENCING, NO_VERSION}
    assert len(ROAD) > 3
