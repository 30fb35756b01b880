"""Rows 1, 2, 3 and 29: the web killed around its commit, the answer lost on its way, the program renewed under load."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from escalation.services.transaction import transaction
from tests.faults.proxy import Weather
from tests.faults.stage import Stage
from tests.waiting import wait_until


def revive(stage: Stage) -> None:
    """Start again what a kill has ended: gunicorn does so for its own processes, a supervisor for the rest."""
    if stage.is_embedded:
        wait_until(lambda: not stage.web.is_alive)
        stage.restart(stage.web)


@pytest.mark.fault(1)
def test_row_1_killed_before_the_commit_nothing_is_stored_and_a_retry_acts_once(stage: Stage) -> None:
    stage.start()
    case = stage.clients().file()
    stage.settle()
    before = len(stage.mails()), len(stage.sink.journal())
    browser = stage.browser("reviewer")
    clients = stage.clients(patience_s=0)
    fields = clients.form(browser, f"/obstacles/{case}/claim")
    stage.arm("before_commit")
    with pytest.raises(AssertionError, match="no answer"):
        clients.send(browser, "claim", case, f"/obstacles/{case}/claim", fields)
    wait_until(lambda: stage.was_reached("before_commit"))
    revive(stage)
    assert (len(stage.mails()), len(stage.sink.journal())) == before
    assert stage.clients().send(browser, "claim", case, f"/obstacles/{case}/claim", fields).status == 303
    stage.settle()
    assert stage.prove().events == 2


@pytest.mark.whole_matrix
@pytest.mark.fault(2)
def test_row_2_killed_between_commit_and_wake_up_the_poller_sends_and_a_retry_changes_nothing(stage: Stage) -> None:
    stage.start()
    case = stage.clients().file()
    stage.settle()
    stage.arm("before_wake")
    browser = stage.browser("reviewer")
    clients = stage.clients(patience_s=0)
    fields = clients.form(browser, f"/obstacles/{case}/claim")
    with pytest.raises(AssertionError, match="no answer"):
        clients.send(browser, "claim", case, f"/obstacles/{case}/claim", fields)
    wait_until(lambda: stage.was_reached("before_wake"))
    revive(stage)
    stage.settle()
    assert len(stage.sink.journal()) == len(stage.mails()) == 4
    assert stage.clients().send(browser, "claim", case, f"/obstacles/{case}/claim", fields).status == 303
    assert stage.prove().events == 2


@pytest.mark.fault(3)
def test_row_3_an_answer_lost_after_the_commit_and_the_same_form_again_is_the_same_case(stage: Stage) -> None:
    stage.start()
    stage.web_proxy.be(Weather(silent_after=re.compile(rb"POST /obstacles/new"), cuts=True, cut_times=2))
    stage.clients().file()
    stage.settle()
    verdict = stage.prove()
    assert (verdict.unknown, verdict.events) == (2, 1)


@pytest.mark.whole_matrix
@pytest.mark.fault(29)
def test_row_29_renewed_under_load_nobody_is_refused_for_good(stage: Stage) -> None:
    stage.start()
    with stage.clients().at_work(cases=6, clients=3, steps=3):
        wait_until(lambda: len(stage.log.read()) > 4)
        # A newer version's migration comes first: columns that the running program does not know.
        for table in ("outbox_messages", "obstacles", "journal_events"):
            with stage.app.app_context(), transaction() as session:
                session.execute(text(f"ALTER TABLE {table} ADD COLUMN of_a_newer_version INTEGER"))
        wait_until(lambda: len(stage.log.read()) > 8)
        for child in list(stage.children):
            assert child.stop() == 0
            stage.restart(child)
    stage.settle()
    verdict = stage.prove()
    assert (verdict.events, verdict.duplicates) == (24, 0)
    assert not [sent for sent in stage.log.read() if sent.status >= 400 and sent.status != 503]
