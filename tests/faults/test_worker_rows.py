"""Rows 9 to 13 and 31: senders killed, poisoned, put to sleep, doubled, and left without memory."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select

from escalation.domain.codes import MessageStatus
from escalation.extensions import db
from escalation.models.journal import JournalSeal
from escalation.models.settings import Tick
from tests.faults.oracle import Allowed
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.waiting import PATIENCE_S, wait_until

POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def is_held(stage: Stage) -> bool:
    """Say whether a sender has a message in hand."""
    return any(mail.status == MessageStatus.SENDING for mail in stage.mails())


def bring_back(stage: Stage) -> None:
    """Let the leases of a dead sender end, and start it again."""
    stage.let_leases_run_out()
    stage.restart(stage.web if stage.is_embedded else stage.children[-1])


@pytest.mark.whole_matrix
@pytest.mark.fault(9)
def test_row_9_a_sender_killed_before_it_connects_doubles_nothing(stage: Stage) -> None:
    stage.start()
    stage.arm("before_send")
    sender = stage.sender
    stage.clients(patience_s=60).file()
    wait_until(lambda: not sender.is_alive)
    sender.kill()
    assert stage.sink.journal() == []
    bring_back(stage)
    stage.settle()
    assert stage.prove().duplicates == 0


@pytest.mark.whole_matrix
@pytest.mark.fault(10)
def test_row_10_a_sender_killed_after_the_answer_sends_the_same_letter_again_once_its_lease_is_over(
    stage: Stage,
) -> None:
    stage.start()
    stage.arm("after_reply")
    sender = stage.sender
    stage.clients(patience_s=60).file()
    wait_until(lambda: not sender.is_alive)
    sender.kill()
    assert len(stage.sink.journal()) == 1
    if not stage.is_embedded:
        # Another sender is at work, and leaves alone what the dead one still holds.
        stage.start_worker()
        stage.clients().file()
        wait_until(lambda: len({mail.message_id for mail in stage.mails()} - of(stage)) <= 2)
        assert is_held(stage)
        assert len(stage.sink.journal()) == len(of(stage))
        stage.let_leases_run_out()
    else:
        stage.restart(stage.web)
    stage.settle()
    verdict = stage.prove(Allowed(crashes=1))
    assert verdict.duplicates == 1


def of(stage: Stage) -> set[str]:
    """Return the names of the letters that the relay has kept."""
    return {kept.message_id for kept in stage.sink.journal()}


@pytest.mark.whole_matrix
@pytest.mark.fault(11)
def test_row_11_a_letter_that_kills_whoever_sends_it_is_put_aside_and_the_others_flow(stage: Stage) -> None:
    poisoned = "coordinator@example.test"
    stage.environ["ESCALATION_TEST_POISON"] = poisoned
    stage.start()
    stage.clients(patience_s=60).file()
    deaths = 0

    def is_aside() -> bool:
        nonlocal deaths
        if not stage.workers:
            deaths += 1
            bring_back(stage)
        found = {mail.address: mail.status for mail in stage.mails()}
        return found[poisoned] == MessageStatus.QUARANTINED

    wait_until(is_aside, 120)
    stage.settle()
    assert deaths == 3
    stage.prove(Allowed(quarantined=frozenset({poisoned})))


@POSTGRESQL
@pytest.mark.fault(12)
def test_row_12_what_a_sleeper_brings_late_is_ignored(stage: Stage) -> None:
    stage.start()
    # The last of three letters is in its hands when it falls asleep.
    stage.sink.script(Rule("dot", "wait", times=2), Rule("dot", "stall", times=1))
    stage.clients().file()
    sleeper = stage.sender
    wait_until(lambda: stage.sink.seen().get("dot stall"))
    sleeper.signal(signal.SIGSTOP)
    stage.let_leases_run_out()
    stage.start_worker()
    stage.settle()
    before = [(mail.id, mail.status, mail.attempts, mail.uncertain_attempts) for mail in stage.mails()]
    stage.sink.script()
    sleeper.signal(signal.SIGCONT)
    # It has waited for the relay's answer, finds the connection broken, and has nothing more to say.
    stage.clients().file()
    stage.settle()
    after = [(mail.id, mail.status, mail.attempts, mail.uncertain_attempts) for mail in stage.mails()]
    assert sleeper.stop() == 0
    assert after[: len(before)] == before
    assert stage.prove(Allowed(crashes=1)).duplicates == 1


@POSTGRESQL
@pytest.mark.whole_matrix
@pytest.mark.fault(13)
def test_row_13_two_dispatchers_and_two_beats_double_nothing(stage: Stage) -> None:
    stage.start(workers=2)
    stage.clients().follow_roads(cases=4, clients=2)
    stage.settle()
    assert stage.prove().duplicates == 0
    with stage.app.app_context():
        slots = db.session.execute(select(Tick.task, Tick.slot, func.count()).group_by(Tick.task, Tick.slot)).all()
        seals = db.session.scalars(select(JournalSeal.seq).order_by(JournalSeal.seq)).all()
    assert {count for _task, _slot, count in slots} == {1}
    assert list(seals) == list(range(1, len(seals) + 1))


@POSTGRESQL
@pytest.mark.whole_matrix
@pytest.mark.fault(27)
def test_row_27_fifty_wake_ups_at_once_and_out_of_order_double_nothing(stage: Stage) -> None:
    assert stage.redis is not None
    stage.start(workers=2)
    with redis.Redis.from_url(stage.redis.url) as broker:
        stage.workers[0].signal(signal.SIGSTOP)
        stage.workers[1].signal(signal.SIGSTOP)
        stage.clients().follow_roads(cases=2, clients=2)
        wait_until(lambda: broker.llen("celery"))
        one = broker.lindex("celery", 0)
        assert isinstance(one, bytes)
        for _ in range(50):
            broker.lpush("celery", one)
        for worker in stage.workers:
            worker.signal(signal.SIGCONT)
        wait_until(lambda: not broker.llen("celery"))
    stage.settle()
    assert stage.prove().duplicates == 0


@pytest.mark.whole_matrix
@pytest.mark.fault(31)
def test_row_31_a_sender_without_memory_loses_nothing(stage: Stage) -> None:
    stage.start()
    sender = stage.sender
    assert sender.process is not None
    pid = sender.process.pid
    stage.clients().file()
    stage.settle()
    facts = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    used = int(facts["VmSize"].split()[0]) * 1024
    # Not even a thread can be begun from now on.
    stage.sink.script(Rule("connect", "wait", seconds=0.5))
    resource.prlimit(pid, resource.RLIMIT_AS, (used, used))
    case = stage.clients(patience_s=5)
    try:
        case.follow_roads(cases=2, clients=2, steps=1)
    except AssertionError:
        assert stage.is_embedded, "the web has memory of its own"
    sender.kill()
    stage.sink.script()
    bring_back(stage)
    stage.settle()
    stage.prove(Allowed(crashes=4))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_one_process_whose_worker_ends_by_a_fault_of_its_broker_ends_too_and_goes_on_at_its_next_start(
    stage: Stage,
) -> None:
    stage.start()
    web = stage.web
    (stage.home / "armed" / "broker_breaks").touch()
    assert web.process is not None
    assert web.process.wait(PATIENCE_S) == 1
    assert "the program ends with it" in stage.words_of("web")
    stage.restart(web)
    stage.clients().file()
    stage.settle()
    stage.prove()
