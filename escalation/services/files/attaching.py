"""Files that go with words: with those of a draft, an event or a note; taken back with a move; erased by law."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.errors import AlreadySubmitted, NotFound
from escalation.domain.journal import text_digest
from escalation.models.files import CaseFile
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle
from escalation.queries.case.files import chosen_in
from escalation.services.files.uploads import drop_bytes, names_of
from escalation.services.transaction import transaction


def take_chosen(
    session: Session, obstacle: Obstacle, person_id: int | None, form_path: str | None, *, with_draft: bool
) -> Sequence[CaseFile]:
    """Return the files that go with what is being sent, in the order in which they were chosen.

    ``with_draft``: the draft itself is filed, with all that was saved with it.
    """
    conditions: list[ColumnElement[bool]] = []
    if form_path and person_id is not None:
        conditions.append(chosen_in(person_id, {form_path}))
    if with_draft:
        of_draft = (CaseFile.obstacle_id == obstacle.id, CaseFile.event_seq.is_(None), CaseFile.note_id.is_(None))
        conditions.append(and_(*of_draft))
    if not conditions:
        return []
    return session.scalars(select(CaseFile).where(or_(*conditions)).order_by(CaseFile.id)).all()


def named_in_journal(files: Sequence[CaseFile]) -> dict[str, Any]:
    """Return what the journal holds of files: their ids, and salted digests that say nothing without their rows."""
    if not files:
        return {}
    return {"files": [{"id": row.id, "digest": text_digest(row.salt, row.sha256)} for row in files]}


def attach(files: Sequence[CaseFile], obstacle: Obstacle, now: datetime, event_seq: int | None = None) -> None:
    """Let files belong to a case: to the words of an event, or to the draft that it still is."""
    for row in files:
        row.obstacle_id, row.commune_code = obstacle.id, obstacle.commune_code
        row.event_seq, row.attached_at = event_seq, row.attached_at or now


def attach_to_draft(
    session: Session, draft: Obstacle, person_id: int | None, form_path: str | None, now: datetime
) -> None:
    """Let what was chosen in the form of a draft belong to it, for all who may see it."""
    attach(take_chosen(session, draft, person_id, form_path, with_draft=False), draft, now)


def attach_to_note(session: Session, note: Note, obstacle: Obstacle, form_path: str | None) -> None:
    """Let what was chosen in the form of a note belong to it, and be read by who reads the note."""
    files = take_chosen(session, obstacle, note.author_id, form_path, with_draft=False)
    attach(files, obstacle, note.created_at)
    for row in files:
        row.note_id = note.id


def drop_repeated(session: Session, obstacle_id: int, person_id: int | None, form_path: str | None) -> None:
    """Drop what came a second time with a form that was carried out before.

    Raises: AlreadySubmitted when the form comes with another file than the first time.
    """
    if not form_path or person_id is None:
        return
    waiting = session.scalars(select(CaseFile).where(chosen_in(person_id, {form_path}))).all()
    if not waiting:
        return
    sent = select(CaseFile.received_sha256).where(CaseFile.obstacle_id == obstacle_id, CaseFile.person_id == person_id)
    known = set(session.scalars(sent))
    if any(row.received_sha256 not in known for row in waiting):
        raise AlreadySubmitted(obstacle_id)
    for row in waiting:
        session.delete(row)


def give_back(session: Session, obstacle_id: int, event_seq: int) -> None:
    """Let the files of a move that was taken back wait again in the form that they were chosen in."""
    of_move = (CaseFile.obstacle_id == obstacle_id, CaseFile.event_seq == event_seq)
    values = {"obstacle_id": None, "event_seq": None, "attached_at": None}
    session.execute(update(CaseFile).where(*of_move).values(values), execution_options={"synchronize_session": False})


def forget_files_of_draft(session: Session, draft_id: int) -> list[str]:
    """Delete the rows of the files of a draft; return the names of their bytes, to be dropped after the commit."""
    rows = session.scalars(select(CaseFile).where(CaseFile.obstacle_id == draft_id)).all()
    names = [name for row in rows for name in names_of(row)]
    for row in rows:
        session.delete(row)
    session.flush()
    return names


def erase_file(public_id: str, now: datetime) -> None:
    """Erase by law the content, the name and the digests of a file; that there was one stays. Raises: NotFound."""
    with transaction() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.public_id == public_id)).first()
        if row is None or row.erased_at is not None:
            raise NotFound("file")
        names = names_of(row)
        _blank(row, now)
    drop_bytes(names)


def erase_files(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    """Erase many files so, within a transaction; their bytes are swept later. Return how many."""
    rows = session.scalars(select(CaseFile).where(which, CaseFile.erased_at.is_(None))).all()
    for row in rows:
        _blank(row, now)
    return len(rows)


def _blank(row: CaseFile, now: datetime) -> None:
    row.name = row.sha256 = row.received_sha256 = row.salt = ""
    row.size_bytes = row.small_bytes = 0
    row.erased_at = now
