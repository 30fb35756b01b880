"""The benchmarks themselves: a small run measures every figure without a failed request; nothing is said of speed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import FIGURES
from benchmarks.rounds import Ratio, in_turn
from benchmarks.tables import BEGIN, END, write_between
from tests.processes import ROOT

SIZES = ("250", "300")
SMALL = ("--quick", "--databases", "sqlite", "--sizes", *SIZES, "--rounds", "2", "--each", "2")
RATIO = r"\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)"


@pytest.mark.timeout(400)
def test_a_small_run_prints_a_ratio_for_every_figure() -> None:
    environ = os.environ | {"ESCALATION_TEST_SQLITE_ONLY": "1"}
    command = (sys.executable, "-m", "benchmarks", *SMALL)
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=380)
    assert run.returncode == 0, run.stderr
    for figure in FIGURES:
        for size in SIZES:
            assert re.search(
                rf"^\| {re.escape(figure.TITLE)} \| SQLite \| {size} \| .* \| {RATIO} \| ", run.stdout, re.MULTILINE
            )
        assert re.search(
            rf"^\| {re.escape(figure.TITLE)} \| SQLite \| {RATIO} \| {RATIO} \|$", run.stdout, re.MULTILINE
        )


def test_a_ratio_is_the_median_of_those_of_the_rounds() -> None:
    ratio = Ratio.between([[2.0, 2.0, 9.0], [6.0], [4.0]], [[1.0], [2.0], [1.0]])
    assert (ratio.middle, ratio.least, ratio.most) == (3.0, 2.0, 4.0)


def test_lanes_are_timed_in_turn_and_every_second_time_backwards() -> None:
    order: list[str] = []

    def lane(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = in_turn({"a": lambda: lane("a"), "b": lambda: lane("b")}, rounds=2, each=2)
    assert "".join(order) == "abbaabba"
    assert found == {"a": [[1.0, 4.0], [5.0, 8.0]], "b": [[2.0, 3.0], [6.0, 7.0]]}


def test_a_table_replaces_the_one_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for text in ("first", "second"):
        write_between(page, text)
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nsecond\n\n{END}\nafter\n"


@pytest.mark.parametrize("page", ["README.md", "docs/performance.md"])
def test_the_pages_have_a_place_for_the_tables(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
