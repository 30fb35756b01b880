"""How long a request waits for PostgreSQL: not for long; work that nobody waits for at a screen may take its time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from escalation import database
from escalation.extensions import db
from tests.factories import Town
from tests.web.audit import faults_of
from tests.web.conftest import As

LIMIT = text("SHOW statement_timeout")
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def be_page(app: Flask, monkeypatch: pytest.MonkeyPatch, view: Callable[[], str]) -> None:
    """Let the first page be this one."""
    vars(view)["access"] = "public"
    monkeypatch.setitem(app.view_functions, "home.index", view)


def test_the_statements_of_requests_have_a_limit_and_those_of_others_on_the_same_connection_have_none(
    app: Flask, town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look() -> str:
        seen.append(db.session.execute(text("SELECT pg_backend_pid()")).scalar_one())
        return str(db.session.execute(LIMIT).scalar_one())

    be_page(app, monkeypatch, look)
    president = as_person("president")
    for _ in range(2):
        assert president.get("/").text == "5s"
        with app.app_context():
            assert db.session.execute(LIMIT).scalar_one() == "0"
            seen.append(db.session.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(set(seen)) == 1


def test_a_statement_that_takes_too_long_is_a_page_that_says_come_back(
    app: Flask, town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "REQUEST_STATEMENT_MS", 100)
    be_page(app, monkeypatch, lambda: str(db.session.execute(text("SELECT pg_sleep(600)")).scalar_one()))
    answer = as_person("president").get("/")
    assert answer.status_code == 503
    assert faults_of(answer, "en") == []
    with app.app_context():
        db.session.execute(text("SELECT pg_sleep(0.3)"))


def test_a_request_that_finds_no_connection_free_is_answered_with_a_page_that_says_come_back(
    app: Flask, town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    president = as_person("president")
    with app.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        monkeypatch.setattr(pool, "_timeout", 0.1)
        taken = [db.engine.raw_connection()]
        while pool.checkedout() < pool.size() + pool._max_overflow:
            taken.append(db.engine.raw_connection())
    try:
        assert president.get("/").status_code == 503
    finally:
        for one in taken:
            one.close()
    assert president.get("/").status_code == 200
