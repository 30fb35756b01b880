"""`docs/workflow.md` is the table."""

from tests.house.workflow_page import PAGE, page_text


def test_the_page_of_moves_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "Run `make docs`, and read what changed before keeping it."
