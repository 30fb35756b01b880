"""The demonstration as a visitor starts it: once slowly, with everything in place, and then at once."""

from __future__ import annotations

import json
from contextlib import closing
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
    with running_demo(tmp_path, port) as second:
        lines = list(iter(second.stdout.readline, f"Ready: http://127.0.0.1:{port}\n"))  # type: ignore[union-attr]
        assert lines[0].startswith("Preparing")
        facts = json.loads(get(port, "/healthz/ready")[1])
        assert (facts["status"], facts["oldest_unsent_age_s"]) == ("ok", None)
        assert get(port, "/mailbox")[0] == 200
    with closing(Mailbox(tmp_path)) as mailbox:
        mails = mailbox.list_newest(limit=2_000)
    assert len(mails) == int(next(line for line in lines if "delivered" in line).split()[0])
    with running_demo(tmp_path, port) as third:
        assert third.stdout is not None
        assert third.stdout.readline() == f"Ready: http://127.0.0.1:{port}\n"
