"""The lines that the processes write down: none can be forged by what somebody sent, and all are alike."""

from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest

from config import Config
from tests.processes import ROOT, environment_of
from workers.logs import FORMAT, PlainLines

WHEN = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
FORGED = "seen\n2026-01-01T00:00:00.000Z ERROR root: all is well\r\x1b[2J\u202eback\u2028next\x00"


def written(message: str, fault: BaseException | None = None) -> list[str]:
    """Return the lines of one entry."""
    caught = (type(fault), fault, fault.__traceback__) if fault else None
    record = logging.LogRecord("escalation.x", logging.ERROR, "x.py", 1, "%s", (message,), caught)
    return PlainLines(FORMAT).format(record).split("\n")


def test_a_word_that_was_sent_begins_no_line() -> None:
    (line,) = written(FORGED)
    assert re.match(rf"{WHEN} ERROR escalation\.x: seen\\n2026", line)
    assert not re.search(r"[\x00-\x1f\u202e\u2028]", line)
    assert written("الجماعة القروية: طريق")[0].endswith("الجماعة القروية: طريق")


def test_the_lines_of_a_fault_are_marked_as_such() -> None:
    first, *others = written("it broke", ValueError(FORGED))
    assert first.endswith("it broke")
    assert others
    assert all(line.startswith("  | ") for line in others)
    assert not re.search(r"[\x00-\x1f\u202e\u2028]", "".join(others))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("begin", ["import workers.wsgi", "from workers.celery_app import app; app.log.setup()"])
def test_each_process_writes_its_lines_so(config: Config, begin: str) -> None:
    words = (sys.executable, "-c", f"{begin}; import logging; logging.getLogger('x').warning('a\\nb')")
    done = subprocess.run(words, cwd=ROOT, env=environment_of(config), capture_output=True, text=True, check=True)
    assert re.fullmatch(rf"{WHEN} WARNING x: a\\nb", done.stderr.strip().splitlines()[-1]), done.stderr
