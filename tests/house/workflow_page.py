"""Write `docs/workflow.md` from the table of moves: `python -m tests.house.workflow_page`, or `make docs`."""

from collections.abc import Iterable
from enum import StrEnum

from escalation.domain.codes import Action
from escalation.domain.notices import NOTICES
from escalation.domain.workflow import TABLE, Goes, Move
from escalation.web.case.acts import ACTS
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "workflow.md"
WITH_A_PAGE = frozenset({Action.FILE, Action.DISCARD, *ACTS})

HEAD = """# The table of moves

Made by `make docs` from `escalation/domain/workflow.py`; a test fails when the two differ. What the table alone does
not say stands there as rules, and who counts as what in `escalation/domain/policy.py`.

`clock` is time itself. *Today* says whether the move has a page; the clock makes its moves by itself, at their dates.

| action | from | at | to | then at | who | needs | event | told | today |
|---|---|---|---|---|---|---|---|---|---|
"""

GOES = {
    Goes.STAYS: "the same desk",
    Goes.FIRST_DESK: "the first desk of its type",
    Goes.REGION: "the region's desk",
    Goes.PROVINCE: "its province's desk",
    Goes.TARGET: "the desk named",
    Goes.NOWHERE: "nowhere",
}


def page_text() -> str:
    """Return the page as the table says it now."""
    return HEAD + "".join(_row(move) for move in TABLE)


def _row(move: Move) -> str:
    cells = (
        move.action.value + (f" ({move.target.value})" if move.target else ""),
        _listed(move.before),
        _listed(move.levels),
        move.after.value if move.after else "(gone)",
        GOES[move.goes],
        _listed(move.who),
        ", ".join(move.needs),
        move.event.value if move.event else "",
        _listed({notice.audience for notice in NOTICES.get(move.event, ())} if move.event else ()),
        "page" if move.action in WITH_A_PAGE else "",
    )
    return "| " + " | ".join(cells) + " |\n"


def _listed(codes: Iterable[StrEnum]) -> str:
    """Return codes in the order in which their list declares them."""
    found = set(codes)
    return ", ".join(code.value for kind in {type(code) for code in found} for code in kind if code in found)


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
