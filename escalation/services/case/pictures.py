"""What stood before a move: the columns and rows that a move may change, taken down, and put back as they were."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Enum
from sqlalchemy.orm import Session

from escalation.models.base import UTC, Base
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier

STATE = (
    "status", "level", "desk_code", "assignee_id", "due_at", "clock_at", "warn_at", "answer_by", "confirm_by",
    "outcome", "commitment_by", "confirmed_by", "ended_at", "marked_for_meeting",
)  # fmt: skip
ROWS: dict[str, tuple[str, ...]] = {
    "pauses": ("ended_at",),
    "referrals": ("due_on", "claimed_at", "closed_at", "closed_by"),
    "approaches": ("expected_on", "was_extended", "replied_seq"),
}
"""The rows of a case that a move changes or adds to, and which of their columns; what points to another comes first."""

Picture = dict[str, Any]


def picture_of(dossier: Dossier) -> Picture:
    """Return what a move may change, as plain JSON values."""
    rows = {
        name: {str(row.id): _taken(row, columns) for row in getattr(dossier, name)} for name, columns in ROWS.items()
    }
    return {"obstacle": _taken(dossier.obstacle, STATE), **rows}


def put_back(session: Session, dossier: Dossier, picture: Picture) -> None:
    """Let everything stand as it was when the picture was taken; rows that have been added since go."""
    _set(dossier.obstacle, picture["obstacle"])
    for name in ROWS:
        rows: list[Any] = getattr(dossier, name)
        for row in _later(rows, picture[name]):
            session.delete(row)
            rows.remove(row)
        session.flush()
        for row in rows:
            _set(row, picture[name][str(row.id)])
    session.flush()


def _later(rows: Sequence[Any], known: dict[str, Any]) -> Iterable[Any]:
    return [row for row in rows if str(row.id) not in known]


def _taken(row: Obstacle | Base, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _set(row: Any, taken: dict[str, Any]) -> None:
    for name, value in taken.items():
        setattr(row, name, _read(row.__table__.columns[name].type, value))


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UTC):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return kind.enum_class(value) if isinstance(kind, Enum) and kind.enum_class else value
