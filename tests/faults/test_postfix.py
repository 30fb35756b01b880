"""Row 26: a real Postfix between us and the world: stopped, putting off, and killed after it took our mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from escalation.domain.codes import MessageStatus
from tests.faults.postfix_server import PostfixServer
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.waiting import wait_until


@pytest.fixture
def postfix(stage: Stage) -> Iterator[PostfixServer]:
    """A Postfix that takes the stage's mail and carries it to the stage's sink."""
    server = PostfixServer(stage.sink.port)
    stage.config = replace(stage.config, mail=replace(stage.config.mail, port=server.port))
    yield server
    server.remove()


def wait_for(stage: Stage, count: int) -> None:
    """Wait until so many mails came through to the world."""
    wait_until(lambda: len({kept.message_id for kept in stage.sink.journal()}) == count)


@pytest.mark.whole_matrix
@pytest.mark.fault(26)
def test_row_26_postfix_stopped_everything_waits_and_leaves_after_its_start(
    stage: Stage, postfix: PostfixServer
) -> None:
    stage.start()
    stage.clients().file()
    wait_for(stage, 3)
    postfix.stop()
    stage.clients().file()
    wait_until(lambda: any(mail.status_reason for mail in stage.mails()))
    assert MessageStatus.FAILED not in {mail.status for mail in stage.mails()}
    postfix.start()
    stage.settle()
    wait_for(stage, 6)
    # Postfix adds a line of its own on the way, so a text is compared by its name alone here.
    assert len(stage.sink.journal()) == 6


@pytest.mark.whole_matrix
@pytest.mark.fault(26)
def test_row_26_what_postfix_has_taken_is_sent_for_us_though_the_world_puts_it_off_or_postfix_is_killed(
    stage: Stage, postfix: PostfixServer
) -> None:
    stage.sink.script(Rule("rcpt", "say", "451 4.7.1 Come back later"))
    stage.start()
    stage.clients().file()
    wait_until(lambda: {mail.status for mail in stage.mails()} == {MessageStatus.SENT})
    wait_until(lambda: postfix.queued() == 3)
    assert stage.sink.journal() == []
    postfix.kill()
    stage.sink.script()
    postfix.start()
    wait_for(stage, 3)
    stage.settle()
    assert {mail.attempts for mail in stage.mails()} == {1}
