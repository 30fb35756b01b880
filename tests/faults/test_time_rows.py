"""Row 24: workers whose clocks are days wrong, a clock set back, a clock of another zone; the database's time holds."""

from __future__ import annotations

import ctypes.util
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from escalation.extensions import db
from escalation.models.journal import JournalEvent
from tests.faults.sink import Rule
from tests.faults.stage import Stage
from tests.waiting import wait_until

PLACES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
)


@pytest.fixture(scope="module")
def faketime() -> Path:
    """The library that shows a process another time."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    if not found:
        pytest.skip("libfaketime is not on this machine (Debian: apt install libfaketime)")
    assert ctypes.util.find_library("c")
    return found[0]


def clock(faketime: Path, shift: str) -> Mapping[str, str]:
    """Return what a process is given whose clock is so far off; its sense of how long things last stays right."""
    return {"LD_PRELOAD": str(faketime), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.whole_matrix
@pytest.mark.fault(24)
def test_row_24_two_workers_three_days_before_and_behind(stage: Stage, faketime: Path) -> None:
    stage.start_web()
    stage.start_worker(environ=clock(faketime, "+3d"))
    stage.start_worker(environ=clock(faketime, "-3d"))
    stage.clients().follow_roads(cases=3, clients=3)
    stage.settle()
    verdict = stage.prove()
    assert verdict.duplicates == 0
    assert {mail.attempts for mail in stage.mails()} == {1}, "a wrong clock made somebody try again"
    assert_utc_and_present(stage)


@pytest.mark.whole_matrix
@pytest.mark.fault(24)
def test_row_24_a_clock_that_is_set_back_by_an_hour_while_all_runs(
    stage: Stage, faketime: Path, tmp_path: Path
) -> None:
    place = tmp_path / "clock"
    place.write_text("+0\n")
    sees = {
        "LD_PRELOAD": str(faketime), "FAKETIME_TIMESTAMP_FILE": str(place), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    stage.environ |= sees
    stage.sink.script(Rule("rcpt", "say", "451 4.7.1 Come back later"))
    stage.start()
    stage.clients().follow_roads(cases=2, clients=2, steps=2)
    wait_until(lambda: any(mail.status_reason for mail in stage.mails()))
    place.write_text("-1h\n")
    stage.sink.script()
    stage.settle()
    stage.prove()
    ready = stage.browser("president").ask("GET", "/healthz/ready")
    assert ready.status == 200
    assert '"oldest_unsent_age_s": null' in ready.body or '"oldest_unsent_age_s":null' in ready.body
    assert ":-" not in ready.body.replace(" ", ""), "an age is negative"


@pytest.mark.whole_matrix
@pytest.mark.fault(24)
def test_row_24_a_machine_on_moroccan_time_stores_utc(stage: Stage) -> None:
    stage.environ["TZ"] = "Africa/Casablanca"
    stage.start()
    stage.clients().follow_roads(cases=1)
    stage.settle()
    stage.prove()
    assert_utc_and_present(stage)


def assert_utc_and_present(stage: Stage) -> None:
    """Demand that events happened now, in UTC, whatever the processes' clocks and zones say."""
    with stage.app.app_context():
        moments = list(db.session.scalars(select(JournalEvent.occurred_at)))
        db.session.rollback()
    wait_until(lambda: moments)
    now = datetime.now(UTC)
    assert all(timedelta(0) <= now - moment < timedelta(minutes=30) for moment in moments)
