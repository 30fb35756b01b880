"""Every row of the fault matrix has its test, by its number, and the page that shows the matrix is the matrix."""

from __future__ import annotations

from tests.faults.matrix import ROWS, proofs
from tests.house.reliability_page import PAGE, page_text


def test_the_rows_are_numbered_without_a_gap() -> None:
    assert [row.number for row in ROWS] == list(range(1, 33))


def test_every_row_has_a_test() -> None:
    without = [f"{row.number} {row.fault}" for row in ROWS if not proofs()[row.number]]
    assert not without, f"write a test marked pytest.mark.fault(number) for: {'; '.join(without)}"


def test_a_test_that_names_a_row_has_its_number_as_mark() -> None:
    for number, tests in proofs().items():
        for proof in tests:
            if proof.name.startswith("test_row_"):
                assert proof.name.startswith(f"test_row_{number}_"), f"{proof.name} is marked as row {number}"


def test_the_page_shows_the_matrix() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "Run `make docs`, and read what changed before keeping it."
