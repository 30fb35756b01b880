"""`.env.example` lists exactly the names the program reads, with the defaults it has."""

import re

from config import DEFAULTS, KNOWN_NAMES
from tests.house.tree import ROOT, python_files, report, shown

READS_ENVIRONMENT = re.compile(r"os\.(environ|getenv)")
MAY_READ_ENVIRONMENT = (
    "escalation/cli",
    "escalation/demo",
    "escalation/failpoints.py",
    "workers/",
    "tests/",
    "benchmarks/",
)


def listed() -> dict[str, str]:
    """Return the names of `.env.example` with their values."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_names_are_the_known_ones_in_their_order() -> None:
    assert tuple(sorted(listed())) == tuple(sorted(KNOWN_NAMES)), "Bring .env.example and config.DEFAULTS together."


def test_the_values_are_the_defaults() -> None:
    expected = {name: default or "" for name, default in DEFAULTS.items()}
    assert listed() == expected, "A value in .env.example is the default of config.DEFAULTS, or empty."


def test_only_the_doors_read_the_environment() -> None:
    faults = []
    for path in python_files():
        if not shown(path).startswith(MAY_READ_ENVIRONMENT):
            lines = path.read_text(encoding="utf-8").splitlines()
            faults += [shown(path, number) for number, line in enumerate(lines, 1) if READS_ENVIRONMENT.search(line)]
    assert not faults, report(faults, "Add the name to config.py and have the value passed in:")
