"""Once a day what is past its time is forgotten; a worker that stops leaves the day's turn to another."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from escalation.extensions import db
from escalation.models.unfinished import KeptForm
from escalation.services.case.kept import keep_form
from tests.factories import Town
from workers import retention
from workers.broker import SETTINGS
from workers.stopping import STOPPING


def keep_old(app: Flask, town: Town, path: str) -> None:
    with app.app_context():
        keep_form(town.president.id, path, {}, datetime.now(UTC) - timedelta(days=31))


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.query(KeptForm).count()


def test_what_is_past_its_time_is_forgotten_once_a_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    app = town.app
    keep_old(app, town, "/a")
    with app.app_context():
        monkeypatch.setattr(STOPPING, "is_set", lambda: True)
        retention.forget.run()
        assert count(app) == 1, "a worker that stops forgets nothing more"
        monkeypatch.setattr(STOPPING, "is_set", lambda: False)
        retention.forget.run()
    assert count(app) == 0
    keep_old(app, town, "/b")
    with app.app_context():
        retention.forget.run()
    assert count(app) == 1, "the day's turn is taken"
    assert retention.FORGET in {entry["task"] for entry in SETTINGS["beat_schedule"].values()}  # type: ignore[attr-defined]
