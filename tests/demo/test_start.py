"""The demonstration as a visitor starts it: once slowly, with everything in place, and then at once."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalation.mail.mailbox import Mailbox
from tests.loopback import get
from tests.processes import running_demo
from tests.servers import free_port
from tests.waiting import wait_until


@pytest.mark.timeout(600)
def test_a_demo_cut_short_starts_over_and_the_next_start_has_nothing_to_prepare(tmp_path: Path) -> None:
    port = free_port()
    with running_demo(tmp_path, port) as first:
        wait_until((tmp_path / "mailbox.db").exists)
        assert first.stdout is not None
        wait_until(lambda: "cases: " in (first.stdout.readline() if first.stdout else ""))
    began = datetime.now(UTC)
    with running_demo(tmp_path, port) as second:
        lines = list(iter(second.stdout.readline, f"Ready: http://127.0.0.1:{port}\n"))  # type: ignore[union-attr]
        assert lines[0].startswith("Preparing")
        facts = json.loads(get(port, "/healthz/ready")[1])
        assert facts["status"] == "ok"
        assert (facts["oldest_unsent_age_s"] or 0) <= (datetime.now(UTC) - began).total_seconds(), "of the past"
        assert get(port, "/mailbox")[0] == 200
    with closing(Mailbox(tmp_path)) as mailbox:
        mails = sorted(mailbox.list_newest(limit=2_000), key=lambda mail: mail.id)
    delivered = int(next(line for line in lines if "delivered" in line).split()[0])
    assert len(mails) >= delivered
    # Its clock runs since it is ready, and has people told of what fell due: that is of today, and no rest of before.
    assert all(mail.sent_at >= began.replace(microsecond=0) for mail in mails[delivered:])
    with running_demo(tmp_path, port) as third:
        assert third.stdout is not None
        assert third.stdout.readline() == f"Ready: http://127.0.0.1:{port}\n"
