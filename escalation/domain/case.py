"""What the table of moves and the policy need to know of an obstacle, frozen and free of any database."""

from dataclasses import dataclass
from datetime import date

from escalation.domain.codes import Event, Level, Status


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one obstacle at one moment; a draft has no desk and no filing day."""

    status: Status
    level: Level
    commune_code: str
    province_code: str
    region_code: str
    author_id: int
    desk_code: str | None = None
    assignee_id: int | None = None
    filed_on: date | None = None
    desks: frozenset[str] = frozenset()
    """Every desk that holds the case or held it: they keep reading it."""
    assignee_serves: bool = True
    desk_is_staffed: bool = True
    province_desk_staffed: bool = True
    is_overdue: bool = False
    is_past_grace: bool = False
    wait_is_over: bool = False
    confirmation_is_due: bool = False
    may_still_appeal: bool = True
    may_still_reopen: bool = True
    has_open_approach: bool = True
    """Somebody outside was asked and has not replied."""
    filing_is_unconfirmed: bool = False
    """It was filed on behalf of its president, who has not confirmed it."""
    came_by: Event | None = None
    came_by_clock: bool = False
    was_sent_back: bool = False
    transfers: int = 0
    contested_levels: frozenset[Level] = frozenset()
