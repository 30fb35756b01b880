"""The hourly seal: many knocks in an hour, one seal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from escalation.extensions import db
from escalation.models.journal import JournalSeal
from tests.factories import Town, file_obstacle
from workers import journal


def knock(app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime) -> int:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(journal, "datetime", Clock)
    with app.app_context():
        journal.seal.run()
        return db.session.execute(select(func.count()).select_from(JournalSeal)).scalar_one()


def test_the_journal_is_sealed_once_an_hour(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(minute=5)
    file_obstacle(app, town.president)
    assert knock(app, monkeypatch, now) == 1
    file_obstacle(app, town.president)
    assert knock(app, monkeypatch, now + timedelta(minutes=1)) == 1
    assert knock(app, monkeypatch, now + timedelta(hours=1)) == 2


def test_a_seal_that_failed_does_not_use_up_its_hour(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(minute=5)
    file_obstacle(app, town.president)

    def fail(now: datetime) -> int:
        raise OperationalError("the seal", {}, Exception("the disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(journal, "seal_journal", fail)
        with pytest.raises(OperationalError):
            knock(app, monkeypatch, now)
    assert knock(app, monkeypatch, now + timedelta(minutes=1)) == 1
    file_obstacle(app, town.president)
    assert knock(app, monkeypatch, now + timedelta(minutes=2)) == 1
