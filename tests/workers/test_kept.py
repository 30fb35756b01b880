"""Once a day what nobody went on typing for a month is forgotten, however often beat knocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from escalation.extensions import db
from escalation.models.unfinished import KeptForm
from escalation.services.case.kept import keep_form
from tests.factories import Town
from workers import kept
from workers.broker import SETTINGS, TASKS


def knock(app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime) -> int:
    """Let beat knock at a moment; return how many forms are still kept."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(kept, "datetime", Clock)
    with app.app_context():
        kept.forget_old.run()
        return db.session.execute(select(func.count()).select_from(KeptForm)).scalar_one()


def test_old_forms_are_forgotten_once_a_day(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(hour=9)
    with app.app_context():
        keep_form(town.president.id, "/one", {"reason": ["قديم"]}, now - timedelta(days=31))
        keep_form(town.president.id, "/two", {"reason": ["حديث"]}, now - timedelta(days=29, hours=12))
    assert knock(app, monkeypatch, now) == 1
    with app.app_context():
        keep_form(town.president.id, "/three", {"reason": ["قديم"]}, now - timedelta(days=31))
    assert knock(app, monkeypatch, now + timedelta(hours=1)) == 2
    assert knock(app, monkeypatch, now + timedelta(days=1)) == 0


def test_beat_knocks_at_it() -> None:
    named = {entry["task"] for entry in SETTINGS["beat_schedule"].values()}  # type: ignore[attr-defined]
    assert kept.FORGET in named
    assert kept.__name__ in TASKS
