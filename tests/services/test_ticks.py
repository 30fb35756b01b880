"""Slots of periodic work: one taker each, however many knock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from escalation.queries.ticks import find_last_tick
from escalation.services.ticks import KEPT_FOR, note_alive, take_slot

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.usefixtures("db_session")
def test_a_slot_is_taken_once() -> None:
    assert take_slot("seal", "2026-03-02T10", NOW)
    assert not take_slot("seal", "2026-03-02T10", NOW)
    assert take_slot("seal", "2026-03-02T11", NOW)
    assert take_slot("other", "2026-03-02T10", NOW)


@pytest.mark.usefixtures("db_session")
def test_old_slots_are_forgotten() -> None:
    take_slot("seal", "old", NOW)
    take_slot("seal", "new", NOW + KEPT_FOR + timedelta(seconds=1))
    assert take_slot("seal", "old", NOW)


@pytest.mark.usefixtures("db_session")
def test_a_sign_of_life_is_one_row() -> None:
    assert find_last_tick("dispatcher") is None
    note_alive("dispatcher", NOW)
    note_alive("dispatcher", NOW + timedelta(minutes=1))
    assert find_last_tick("dispatcher") == NOW + timedelta(minutes=1)


def test_of_many_that_knock_at_once_one_acts(app: Flask) -> None:
    taken: list[bool] = []

    def knock() -> None:
        with app.app_context():
            taken.append(take_slot("seal", "2026-03-02T10", NOW))

    threads = [threading.Thread(target=knock) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]
