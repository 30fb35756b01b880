"""When the database does not answer or refuses: nothing typed is lost, and nothing written is told to the log."""

import logging

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from escalation.extensions import db
from escalation.services.transaction import transaction
from escalation.web import identity
from tests.factories import PASSWORD, Town
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, fields_of
from tests.web.test_expired import FOREIGN, token_in

NEW = "/obstacles/new"
OURS = {"Sec-Fetch-Site": "same-origin"}
SECRET = "0612345678-of-somebody"


def nobody_answers(*_arguments: object) -> None:
    """Fail as a database that is away does."""
    raise OperationalError("SELECT", {}, Exception("away"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", None])
def test_what_was_typed_while_the_database_was_away_is_held_and_sent_again(
    town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch, language: str | None
) -> None:
    president = as_person("president")
    form = fields_of(president.get(NEW).text) | ALL_SIX | {"do": "save"}
    token = token_in(president.get(NEW).text)
    if language is None:
        with president.session_transaction(base_url=ORIGIN) as cookie:
            del cookie["language"]
    with monkeypatch.context() as away:
        away.setattr(identity, "find_signed_in", nobody_answers)
        answer = president.post(NEW, data=form | {"csrf_token": token}, headers=OURS)
        assert answer.status_code == 503
        assert faults_of(answer, language or "ar") == []
        assert fields_of(answer.text) == form
        assert president.post(NEW, data=form | {"csrf_token": token}, headers=OURS).status_code == 503
    sent = fields_of(answer.text) | {"csrf_token": token_in(answer.text)}
    saved = president.post(NEW, data=sent, headers=OURS)
    assert saved.status_code == 303
    assert fields_of(president.get(saved.location).text)["description"] == ALL_SIX["description"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_database_away_holds_nothing_of_another_site_and_no_pass_phrase(
    town: Town, as_person: As, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    president = as_person("president")
    monkeypatch.setattr(identity, "find_signed_in", nobody_answers)
    with president.session_transaction(base_url=ORIGIN) as cookie:
        del cookie["language"]
    for headers in FOREIGN:
        answer = president.post(NEW, data=ALL_SIX, headers=headers)
        assert answer.status_code == 503
        assert ALL_SIX["description"] not in answer.text
    assert president.get(NEW).status_code == 503
    large = president.post(NEW, data={"description": "x" * 1_100_000}, headers=OURS)
    assert large.status_code == 503
    asked = president.post("/sign-in", data={"email": "a@b.test", "password": PASSWORD}, headers=OURS)
    assert (asked.status_code, PASSWORD in asked.text) == (503, False)
    assert fields_of(asked.text) == {"email": "a@b.test", "password": ""}


def test_what_the_database_refuses_is_not_written_down(
    app: Flask, town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused() -> str:
        try:
            with transaction() as session:
                session.execute(text("UPDATE people SET email = :email"), {"email": SECRET})
        except IntegrityError as error:
            raise RuntimeError(f"while working on {SECRET}") from error
        return ""

    vars(refused)["access"] = "public"
    monkeypatch.setitem(app.view_functions, "home.index", refused)
    with caplog.at_level(logging.ERROR):
        answer = as_person("president").get("/")
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert "home.index" in caplog.text
    assert "IntegrityError" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_of_the_database_does_not_name_its_parameters(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT nothing_like_it FROM places WHERE code = :code"), {"code": SECRET})
    assert SECRET not in str(caught.value)
    assert "hidden" in str(caught.value)
