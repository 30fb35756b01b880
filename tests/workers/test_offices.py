"""Every ten minutes somebody looks after offices, however often beat knocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from escalation.domain.calendar import local_day
from escalation.extensions import db
from escalation.models.offices import OfficeNotice
from tests.factories import Town, end_mandates
from workers import offices
from workers.broker import SETTINGS, TASKS


def knock(app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime) -> int:
    """Let beat knock at a moment; return how much was told."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(offices, "datetime", Clock)
    with app.app_context():
        offices.watch.run()
        return db.session.execute(select(func.count()).select_from(OfficeNotice)).scalar_one()


def test_offices_are_looked_after_every_ten_minutes(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(hour=9, minute=3)
    end_mandates(app, town.reviewer, local_day(now) + timedelta(days=10))
    assert knock(app, monkeypatch, now) == 1
    end_mandates(app, town.member, local_day(now) + timedelta(days=10))
    assert knock(app, monkeypatch, now + timedelta(minutes=5)) == 1, "these minutes had their look"
    assert knock(app, monkeypatch, now + timedelta(minutes=10)) == 2


def test_beat_knocks_at_it() -> None:
    named = {entry["task"] for entry in SETTINGS["beat_schedule"].values()}  # type: ignore[attr-defined]
    assert offices.WATCH in named
    assert offices.__name__ in TASKS
