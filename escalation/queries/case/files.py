"""Reading the files beside a case: those of its words for who may see it, and those that wait for who chose them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from escalation.domain.codes import Status
from escalation.domain.errors import NotFound
from escalation.domain.policy import Actor, desks_whose_notes
from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.case.obstacles import visible_to

NOT_SENT = CaseFile.attached_at.is_(None)
OF_A_DRAFT = and_(CaseFile.attached_at.is_not(None), CaseFile.event_seq.is_(None), CaseFile.note_id.is_(None))


@dataclass(frozen=True)
class FilesOfCase:
    """The files beside a case, by the event or the note whose words they go with."""

    by_event: dict[int, list[CaseFile]]
    by_note: dict[int, list[CaseFile]]


def chosen_in(person_id: int, form_paths: Collection[str], draft_id: int | None = None) -> ColumnElement[bool]:
    """Return the condition that a file was chosen by a person in one of these forms and not sent.

    With ``draft_id`` also that it was saved with this draft, whoever chose it.
    """
    own = and_(CaseFile.person_id == person_id, CaseFile.form_path.in_(form_paths), NOT_SENT)
    return or_(own, and_(CaseFile.obstacle_id == draft_id, OF_A_DRAFT)) if draft_id is not None else own


def count_chosen(person_id: int) -> int:
    """Count what a person has chosen in all their forms and not sent."""
    waiting = select(func.count()).select_from(CaseFile).where(CaseFile.person_id == person_id, NOT_SENT)
    return db.session.scalar(waiting) or 0


def list_chosen(person_id: int, form_paths: Collection[str], draft_id: int | None = None) -> Sequence[CaseFile]:
    """Return the files that wait in these forms of a person, in the order in which they were chosen."""
    chosen = select(CaseFile).where(chosen_in(person_id, form_paths, draft_id))
    return db.session.scalars(chosen.order_by(CaseFile.id)).all()


def list_files(obstacle_id: int, note_ids: Collection[int]) -> FilesOfCase:
    """Return the files beside a case that its reader sees, in one query; of notes only those of the notes named."""
    of_case = (CaseFile.obstacle_id == obstacle_id, CaseFile.attached_at.is_not(None))
    shown = or_(CaseFile.note_id.is_(None), CaseFile.note_id.in_(note_ids)) if note_ids else CaseFile.note_id.is_(None)
    found = FilesOfCase({}, {})
    for row in db.session.scalars(select(CaseFile).where(*of_case, shown).order_by(CaseFile.id)):
        if row.note_id is not None:
            found.by_note.setdefault(row.note_id, []).append(row)
        else:
            found.by_event.setdefault(row.event_seq or 0, []).append(row)
    return found


def get_file(actor: Actor, public_id: str, now: datetime) -> CaseFile:
    """Return a file that this person may read.

    What was chosen and not sent is for who chose it; what goes with a note for who reads the notes of its desk; what
    goes with a draft or an event for who may see the case.
    Raises: NotFound.
    """
    sees = and_(CaseFile.attached_at.is_not(None), visible_to(actor))
    own = and_(NOT_SENT, CaseFile.person_id == actor.person_id)
    found = db.session.execute(
        select(CaseFile, Obstacle, Note.desk_code)
        .outerjoin(Obstacle, Obstacle.id == CaseFile.obstacle_id)
        .outerjoin(Note, Note.id == CaseFile.note_id)
        .where(CaseFile.public_id == public_id, CaseFile.erased_at.is_(None), or_(own, sees))
    ).first()
    if found is None:
        raise NotFound("file")
    row, obstacle, desk_code = found
    if desk_code is not None and desk_code not in desks_whose_notes(actor, read_dossier(obstacle, now).case):
        raise NotFound("file")
    return row


def find_case_of(actor: Actor, row: CaseFile, now: datetime) -> Dossier | None:
    """Return the filed case that a file stands beside, for who may see it; None for what was not filed yet."""
    filed = (Obstacle.id == row.obstacle_id, Obstacle.status != Status.DRAFT, visible_to(actor))
    obstacle = db.session.scalars(select(Obstacle).where(*filed)).first()
    return read_dossier(obstacle, now) if obstacle is not None else None


def is_draft(obstacle: Obstacle | None) -> bool:
    """Say whether files may still be saved with this and taken back again."""
    return obstacle is not None and obstacle.status is Status.DRAFT
