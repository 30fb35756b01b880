"""Write the matrix into `docs/reliability.md`: `python -m tests.house.reliability_page`, or `make docs`."""

from tests.faults.matrix import table
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGINS, ENDS = "<!-- the matrix, by make docs -->\n", "<!-- the end of the matrix -->\n"


def page_text() -> str:
    """Return the page with the matrix as it is now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{table()}{ENDS}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
