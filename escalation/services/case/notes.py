"""What a desk writes for itself about a case: notes that call to colleagues, and what was said to somebody outside."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from escalation.domain.codes import Audience, Channel, MessageSource, NoteKind, Remark
from escalation.domain.errors import WrongInput
from escalation.domain.notices import Notice
from escalation.domain.policy import MandateHeld
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier
from escalation.queries.people.people import Reader, list_desk_members
from escalation.services.case.remarks import make_remark
from escalation.services.case.transitions import By, held_until
from escalation.services.files.attaching import attach_to_note
from escalation.services.messages.notify import Owed, Source, write_messages

MENTIONED, CONTACT_RECORDED = "note_mentioned", "contact_recorded"
"""What the messages of a note are called: a note is no event of the journal."""


def add_note(obstacle_id: int, by: By, *, note: str, mentions: Collection[int] = ()) -> Obstacle:
    """Write what only the actor's own desk reads, and call to colleagues there.

    Raises: WrongInput when somebody mentioned does not sit at that desk.
    """

    def write(session: Session, dossier: Dossier, mandate: MandateHeld) -> None:
        called = [reader for reader in readers_at(dossier, mandate.place_code) if reader.person_id in mentions]
        if {reader.person_id for reader in called} != set(mentions):
            raise WrongInput("mentions", "not_at_this_desk")
        row = Note(kind=NoteKind.NOTE, text=note, mentions=sorted(mentions))
        owed = [
            Owed(reader, Notice(Audience.MENTIONED, asks=True))
            for reader in called
            if reader.person_id != by.actor.person_id
        ]
        _keep(session, dossier, row, by, mandate)
        _tell(session, dossier, row, MENTIONED, owed)

    given = {"note": note, "mentions": ",".join(map(str, sorted(mentions))) or "-"}
    return make_remark(Remark.NOTE, obstacle_id, by, given, write)


def record_contact(obstacle_id: int, by: By, *, spoke_with: str, channel: Channel, contact: str) -> Obstacle:
    """Note for the actor's own desk with whom it spoke, by which way, and what was said; who has the case is told."""

    def write(session: Session, dossier: Dossier, mandate: MandateHeld) -> None:
        row = Note(kind=NoteKind.CONTACT, text=contact, mentions=[], spoke_with=spoke_with, channel=channel)
        told = Notice(Audience.ASSIGNEE, by_mail=False)
        is_holder = mandate.place_code == dossier.obstacle.desk_code
        owed = [
            Owed(reader, told)
            for reader in dossier.members_of(mandate.place_code)
            if is_holder and reader.person_id == dossier.obstacle.assignee_id != by.actor.person_id
        ]
        _keep(session, dossier, row, by, mandate)
        _tell(session, dossier, row, CONTACT_RECORDED, owed)

    given = {"spoke_with": spoke_with, "channel": channel, "contact": contact}
    return make_remark(Remark.RECORD_CONTACT, obstacle_id, by, given, write)


def readers_at(dossier: Dossier, desk_code: str) -> list[Reader]:
    """Return who reads the notes of a desk on this case: who sits there and is not recused."""
    obstacle = dossier.obstacle
    return list_desk_members({desk_code}, obstacle.commune_code, dossier.case.filed_on, dossier.today)


def _keep(session: Session, dossier: Dossier, row: Note, by: By, mandate: MandateHeld) -> None:
    row.obstacle_id, row.desk_code, row.mandate_id = dossier.obstacle.id, mandate.place_code, mandate.id
    row.author_id, row.created_at = by.actor.person_id or 0, by.now
    session.add(row)
    session.flush()
    attach_to_note(session, row, dossier.obstacle, by.form_path)


def _tell(session: Session, dossier: Dossier, row: Note, event: str, owed: list[Owed]) -> None:
    source = Source(MessageSource.NOTE, row.id, event, row.created_at, dossier.obstacle.journal_seq)
    held_ms = held_until(session, dossier.obstacle)
    write_messages(session, dossier, source, owed, {}, not_before_ms=held_ms)
