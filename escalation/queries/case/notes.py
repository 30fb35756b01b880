"""Reading what desks wrote for themselves about a case; the caller names the desks whose notes the reader may read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from escalation.domain.codes import Channel, NoteKind, Office
from escalation.extensions import db
from escalation.models.notes import Note
from escalation.models.people import Mandate, Person
from escalation.queries.people.people import PersonName


@dataclass(frozen=True)
class NoteLine:
    """One note as its desk reads it."""

    id: int
    desk_code: str
    kind: NoteKind
    author: PersonName
    office: Office
    at: datetime
    text: str
    mentions: tuple[int, ...]
    spoke_with: str
    channel: Channel | None


_N, _P, _M = Note.__table__.c, Person.__table__.c, Mandate.__table__.c
_NOTES = (
    select(
        _N.id, _N.desk_code, _N.kind, _N.author_id, _N.created_at, _N.text, _N.mentions, _N.spoke_with, _N.channel,
        _P.name_ar, _P.name_fr, _M.office,
    )
    .select_from(
        Note.__table__.join(Person.__table__, _P.id == _N.author_id).join(Mandate.__table__, _M.id == _N.mandate_id)
    )
    .where(_N.obstacle_id == bindparam("obstacle_id"), _N.desk_code.in_(bindparam("desks", expanding=True)))
    .order_by(_N.id.desc())
)  # fmt: skip


def list_notes(obstacle_id: int, desk_codes: Collection[str]) -> list[NoteLine]:
    """Return the notes of these desks on an obstacle, newest first, in one query; without desks, in none."""
    if not desk_codes:
        return []
    rows = db.session.execute(_NOTES, {"obstacle_id": obstacle_id, "desks": sorted(desk_codes)})
    return [
        NoteLine(
            id=note.id,
            desk_code=note.desk_code,
            kind=note.kind,
            author=PersonName(note.author_id, note.name_ar, note.name_fr),
            office=note.office,
            at=note.created_at,
            text=note.text,
            mentions=tuple(note.mentions),
            spoke_with=note.spoke_with,
            channel=note.channel,
        )
        for note in rows
    ]
