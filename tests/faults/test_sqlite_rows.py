"""Row 23: SQLite under eight writers, killed in the middle of a write, and without its write-ahead log."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.faults.oracle import Allowed
from tests.faults.stage import Stage
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def place_of(stage: Stage) -> Path:
    """Return the file of the stage's database."""
    name = make_url(stage.config.database.url).database
    assert name is not None
    return Path(name)


def is_whole(path: Path) -> bool:
    """Say whether SQLite finds nothing wrong with a file."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("PRAGMA integrity_check")) == [("ok",)]


@pytest.mark.whole_matrix
@pytest.mark.fault(23)
def test_row_23_eight_writers_at_once_and_one_from_outside_meet_no_fault(stage: Stage) -> None:
    stage.start()
    done = threading.Event()

    def write_from_outside() -> None:
        with closing(sqlite3.connect(place_of(stage), isolation_level=None, timeout=30)) as other:
            while not done.wait(0.05):
                other.execute("BEGIN IMMEDIATE")
                done.wait(0.2)
                other.execute("COMMIT")

    outside = threading.Thread(target=write_from_outside)
    outside.start()
    try:
        stage.clients().follow_roads(cases=8, clients=8, steps=2)
    finally:
        done.set()
        outside.join()
    stage.settle()
    verdict = stage.prove()
    assert (verdict.unknown, verdict.duplicates) == (0, 0)
    assert "fault on" not in stage.words_of("web"), "a person met an error of ours"
    assert not [sent for sent in stage.log.read() if sent.status >= 500]
    assert is_whole(place_of(stage))


@pytest.mark.whole_matrix
@pytest.mark.fault(23)
def test_row_23_killed_in_the_middle_of_writes_again_and_again_the_file_is_whole(stage: Stage, tmp_path: Path) -> None:
    stage.start()
    kills = 0
    with stage.clients().at_work(cases=5, clients=5, steps=3) as people:
        while not people.done() and kills < 4:
            seen = len(stage.log.read())
            wait_until(lambda seen=seen: len(stage.log.read()) > seen + 2 or people.done())  # type: ignore[misc]
            stage.web.kill()
            kills += 1
            # What was only in the log of writes is gone with it; what is in the file is whole and older.
            without_log = tmp_path / f"without-log-{kills}.db"
            shutil.copyfile(place_of(stage), without_log)
            assert is_whole(without_log)
            stage.restart(stage.web)
    assert kills
    stage.settle()
    stage.prove(Allowed(crashes=kills * 2))
    assert is_whole(place_of(stage))
