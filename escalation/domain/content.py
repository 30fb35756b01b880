"""What a commune says of an obstacle: the answers of a filing, which of them it needs, and their one text."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from escalation.domain.codes import Urgency
from escalation.domain.journal import canonical_text

REQUIRED = ("project_name", "project_owner", "obstacle_type", "blocked_since", "description", "request")


@dataclass(frozen=True, kw_only=True)
class Content:
    """The answers, by the names of the obstacle's columns."""

    project_name: str = ""
    project_owner: str | None = None
    obstacle_type: str | None = None
    blocked_since: date | None = None
    description: str = ""
    request: str = ""
    title: str = ""
    sector: str | None = None
    programme: str = ""
    budget_centimes: int | None = None
    amount_blocked_centimes: int | None = None
    people_affected: int | None = None
    asked_of: tuple[str, ...] = ()
    tried_already: str = ""
    needed_by: date | None = None
    urgency: Urgency = Urgency.NORMAL
    urgency_reason: str = ""
    callback_phone: str = ""

    def missing(self) -> list[str]:
        """Return the answers that a filing still needs."""
        lacking = [name for name in REQUIRED if not getattr(self, name)]
        if self.urgency is not Urgency.NORMAL and not self.urgency_reason:
            lacking.append("urgency_reason")
        if self.urgency is Urgency.CRITICAL and self.needed_by is None:
            lacking.append("needed_by")
        return lacking

    def items(self) -> Iterator[tuple[str, Any]]:
        """Return each answer with its name."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    def canonical(self) -> str:
        """Return the one text that stands for these answers: what the journal keeps a digest of."""
        return canonical_text({name: _plain(value) for name, value in self.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
