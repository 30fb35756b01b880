"""Reading what desks wrote for themselves about a case; the caller names the desks whose notes the reader may read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from escalation.domain.codes import Channel, NoteKind, Office
from escalation.extensions import db
from escalation.models.notes import Note
from escalation.models.people import Mandate, Person


@dataclass(frozen=True)
class NoteLine:
    """One note as its desk reads it."""

    id: int
    desk_code: str
    kind: NoteKind
    author: Person
    office: Office
    at: datetime
    text: str
    mentions: tuple[int, ...]
    spoke_with: str
    channel: Channel | None


def list_notes(obstacle_id: int, desk_codes: Collection[str]) -> list[NoteLine]:
    """Return the notes of these desks on an obstacle, newest first, in one query; without desks, in none."""
    if not desk_codes:
        return []
    rows = db.session.execute(
        select(Note, Person, Mandate.office)
        .join(Person, Person.id == Note.author_id)
        .join(Mandate, Mandate.id == Note.mandate_id)
        .where(Note.obstacle_id == obstacle_id, Note.desk_code.in_(desk_codes))
        .order_by(Note.id.desc())
    ).all()
    return [
        NoteLine(
            id=note.id,
            desk_code=note.desk_code,
            kind=note.kind,
            author=author,
            office=office,
            at=note.created_at,
            text=note.text,
            mentions=tuple(note.mentions),
            spoke_with=note.spoke_with,
            channel=note.channel,
        )
        for note, author, office in rows
    ]
