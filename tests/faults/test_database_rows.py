"""Rows 20 to 22: PostgreSQL restarted, killed, cut off, locked and slow; people are told, and nothing is done twice."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from escalation import database
from tests.conftest import close_connections
from tests.databases import PostgresqlDatabases
from tests.factories import settle, sign_in
from tests.faults.load import FILING
from tests.faults.oracle import Allowed
from tests.faults.postgres_server import FAST, IMMEDIATE, PostgresServer
from tests.faults.proxy import FAIR, Weather
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.settings import settings_for
from tests.visitor import Visitor
from tests.waiting import wait_until

Breakable = tuple[Stage, PostgresServer]
TOGETHER = 2
"""How many letters one worker may have in hand at once: one that can wait, and one that cannot."""
SLOW_FUNCTION = """
CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$
"""


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "how",
    [
        pytest.param(FAST, marks=pytest.mark.whole_matrix, id="fast"),
        pytest.param(IMMEDIATE, marks=pytest.mark.whole_matrix, id="immediate"),
        pytest.param(signal.SIGKILL, id="killed"),
    ],
)
def test_row_20_postgresql_restarted_under_load(breakable: Breakable, how: signal.Signals) -> None:
    stage, server = breakable
    stage.start()
    browser = stage.browser("president")
    with stage.clients().at_work(cases=4, clients=4, steps=3):
        wait_until(lambda: len(stage.log.read()) > 6)
        server.stop(how)
        page = browser.ask("GET", "/obstacles/new")
        assert page.status == 503
        assert "<html" in page.body
        server.start()
    stage.settle()
    verdict = stage.prove(Allowed(crashes=TOGETHER))
    assert verdict.events == 16


@pytest.mark.whole_matrix
@pytest.mark.fault(20)
def test_row_20_what_was_typed_is_still_on_the_page_that_says_come_back(breakable: Breakable) -> None:
    stage, server = breakable
    stage.start()
    browser, clients = stage.browser("president"), stage.clients()
    fields = clients.form(browser, "/obstacles/new") | {"description": "جفّ البئر منذ مارس", "do": "file"}
    server.stop()
    answer = browser.ask("POST", "/obstacles/new", fields)
    assert answer.status == 503
    assert "جفّ البئر منذ مارس" in answer.body
    server.start()
    assert browser.ask("GET", "/obstacles/new").status == 200


@pytest.mark.whole_matrix
@pytest.mark.fault(21)
def test_row_21_connections_ended_again_and_again_while_results_are_recorded(breakable: Breakable) -> None:
    stage, server = breakable
    stage.sink.script(Rule("dot", "wait", seconds=0.1))
    stage.start()
    pause, ended = threading.Event(), 0
    with (
        psycopg.connect(server.url, autocommit=True) as knife,
        stage.clients().at_work(cases=4, clients=4, steps=3) as people,
    ):
        while not people.done() and not pause.wait(0.5) and ended < 60:
            row = knife.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
            ended += row[0] if row else 0
    assert ended
    stage.settle()
    assert stage.prove(Allowed(crashes=TOGETHER)).events == 16


@pytest.mark.whole_matrix
@pytest.mark.fault(22)
def test_row_22_a_table_locked_for_long_is_a_page_that_says_so_and_then_all_is_well(breakable: Breakable) -> None:
    stage, server = breakable
    stage.start()
    browser, clients = stage.browser("president"), stage.clients()
    form = clients.form(browser, "/obstacles/new")
    name = stage.config.database.url.rpartition("/")[2]
    with psycopg.connect(server.url.replace("/postgres?", f"/{name}?")) as lock:
        lock.execute("LOCK TABLE outbox_messages, obstacles IN ACCESS EXCLUSIVE MODE")
        answer = browser.ask("POST", "/obstacles/new", form | {"do": "file", "project_name": "x"})
        assert answer.status in (422, 503)
        assert browser.ask("GET", "/healthz/live").status == 200
        lock.rollback()
    stage.clients().follow_roads(cases=1)
    stage.settle()
    stage.prove()


@pytest.mark.whole_matrix
@pytest.mark.fault(22)
def test_row_22_a_statement_that_takes_too_long_is_a_page_that_says_so_and_the_same_form_acts_once(
    breakable: Breakable,
) -> None:
    stage, server = breakable
    stage.start()
    browser, clients = stage.browser("president", timeout_s=60), stage.clients()
    form = clients.form(browser, "/obstacles/new") | FILING
    name = stage.config.database.url.rpartition("/")[2]
    with psycopg.connect(server.url.replace("/postgres?", f"/{name}?"), autocommit=True) as owner:
        owner.execute(SLOW_FUNCTION)
        owner.execute("CREATE TRIGGER slow BEFORE INSERT ON outbox_messages FOR EACH ROW EXECUTE FUNCTION be_slow()")
        answer = browser.ask("POST", "/obstacles/new", form)
        assert answer.status == 503
        assert FILING["description"] in answer.body
        owner.execute("DROP TRIGGER slow ON outbox_messages")
    assert clients.send(browser, "file", "", "/obstacles/new", form).status == 303
    stage.settle()
    assert stage.prove().events == 1


@pytest.mark.fault(22)
def test_row_22_a_server_that_hangs_is_not_waited_for_and_the_next_request_is_served(
    create_app: Callable[..., Flask],
    own_postgresql: tuple[PostgresServer, PostgresqlDatabases],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(database, "REQUEST_SILENCE_S", 3)
    server, makers = own_postgresql
    with makers.with_reference() as url:
        app = create_app(settings_for(url, tmp_path))
        president = sign_in(Visitor(app), settle(app).president)
        assert president.get("/obstacles/new").status_code == 200
        hung = server.backends()
        for backend in hung:
            os.kill(backend, signal.SIGSTOP)
        try:
            assert president.get("/obstacles/new").status_code in (200, 503)
            assert president.get("/obstacles/new").status_code == 200
        finally:
            for backend in hung:
                signal_backend(backend, signal.SIGCONT)
            close_connections(app)


@pytest.mark.whole_matrix
@pytest.mark.fault(22)
@pytest.mark.parametrize("trouble", ["hung", "slow"])
def test_row_22_a_database_that_hangs_or_is_slow_leaves_no_pile_of_threads(breakable: Breakable, trouble: str) -> None:
    stage, server = breakable
    stage.start()
    stage.clients().follow_roads(cases=1, steps=1)
    assert stage.database_proxy is not None
    browsers = [stage.browser("president", timeout_s=60) for _ in range(12)]
    hung = server.backends() if trouble == "hung" else []
    for backend in hung:
        signal_backend(backend, signal.SIGSTOP)
    if trouble == "slow":
        stage.database_proxy.be(Weather(latency_s=0.5, jitter_s=0.2))
    before = threads_of(stage)
    with ThreadPoolExecutor(len(browsers)) as people:
        pages = list(people.map(lambda one: one.ask("GET", "/obstacles/new"), browsers))
    # Nobody waited for what hangs to go on: it still hangs.
    assert {page.status for page in pages} <= {200, 503}
    assert max(threads_of(stage)) <= max(before) + len(browsers)
    for backend in hung:
        signal_backend(backend, signal.SIGCONT)
    stage.database_proxy.be(FAIR)
    stage.clients().follow_roads(cases=1)
    stage.settle()
    stage.prove(Allowed(crashes=TOGETHER))


def signal_backend(pid: int, number: signal.Signals) -> None:
    """Send a signal to one process of the database, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def threads_of(stage: Stage) -> list[int]:
    """Return how many threads each process of the web has."""
    assert stage.web.process is not None
    first = stage.web.process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [len(list(Path(f"/proc/{child}/task").iterdir())) for child in children]
