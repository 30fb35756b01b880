"""Erasing by law what somebody wrote: the text goes with its salt, and the journal keeps a digest that says nothing."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import ErasureReason, SecurityEventKind
from escalation.domain.codes import OPEN
from escalation.domain.errors import NotFound
from escalation.models.files import CaseFile
from escalation.models.journal import JournalEvent
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle, Statement
from escalation.queries.journal import ANSWERS
from escalation.services.files.attaching import erase_files
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

FREE_TEXTS = ("description", "request", "programme", "tried_already", "urgency_reason", "callback_phone")
"""What a case says in words of its own, beside its title and its project's name, by which it is known."""
REPEATED = (ANSWERS, "before")
"""The texts that repeat the answers of a case: as filed, as corrected, and as they stood before."""
FILING = 1
"""The number of the event with which every case begins."""
UNTIL_ERASED = {"synchronize_session": False}


def erase_text(reference: str, seq: int, kind: str, reason: ErasureReason, *, by_id: int | None, now: datetime) -> int:
    """Erase one text of one event of a case for good; return how many rows that were.

    The answers of a filing go from the case too, with their corrections: what was filed, all its words of its own.
    Raises: NotFound when there is no such text, or it is erased already.
    """
    with transaction() as session:
        obstacle = session.scalar(select(Obstacle).where(Obstacle.reference == reference).with_for_update())
        if obstacle is None:
            raise NotFound("obstacle")
        whose = _writer(session, obstacle.id, seq)
        where = and_(Statement.obstacle_id == obstacle.id, Statement.event_seq == seq, Statement.kind == kind)
        if session.scalar(select(Statement.id).where(where)) is None:
            raise NotFound("text")
        erased = erase_answers(session, obstacle) if kind in REPEATED else _erase_statements(session, where)
        codes: dict[str, str | int | None] = {"reference": reference, "seq": seq, "text": kind, "reason": reason}
        note_security(session, SecurityEventKind.TEXT_ERASED, now=now, person_id=whose, by_id=by_id, **codes)
        return erased


def list_texts(reference: str) -> list[tuple[int, str, int]]:
    """Return the texts of a case that stand: the number of their event, their kind, and their length, not their words.

    Raises: NotFound.
    """
    with transaction() as session:
        obstacle_id = session.scalar(select(Obstacle.id).where(Obstacle.reference == reference))
        if obstacle_id is None:
            raise NotFound("obstacle")
        query = select(Statement.event_seq, Statement.kind, Statement.text).where(Statement.obstacle_id == obstacle_id)
        found = session.execute(query.order_by(Statement.event_seq, Statement.id)).all()
        return [(seq, kind, len(words)) for seq, kind, words in found]


def erase_answers(session: Session, obstacle: Obstacle) -> int:
    """Erase what a case says in words of its own, and every text that repeats it: its filing and its corrections."""
    for column in FREE_TEXTS:
        setattr(obstacle, column, "")
    return _erase_repeated(session, obstacle)


def erase_telephones(session: Session, person_id: int) -> int:
    """Erase the telephone that a person left with what they filed, and where the filing repeats it, its text too.

    Return how many cases held one.
    """
    named = (Obstacle.author_id == person_id, Obstacle.callback_phone != "")
    cases = session.scalars(select(Obstacle).where(*named)).all()
    for obstacle in cases:
        obstacle.callback_phone = ""
        _erase_repeated(session, obstacle)
    return len(cases)


def erase_texts_of(session: Session, person_id: int, now: datetime) -> dict[str, int]:
    """Erase all that a person wrote: drafts, filings, what went with their moves, their notes, and the files with them.

    Return counts by table.

    What was filed stays while its case is open: it is the commune's, and somebody is at work on it.
    """
    filed = select(Obstacle).where(Obstacle.author_id == person_id, Obstacle.status.not_in(OPEN))
    cases = session.scalars(filed).all()
    erased = sum(erase_answers(session, obstacle) for obstacle in cases)
    written = Statement.kind.not_in(REPEATED) & exists().where(
        JournalEvent.obstacle_id == Statement.obstacle_id,
        JournalEvent.seq == Statement.event_seq,
        JournalEvent.person_id == person_id,
    )
    erased += _erase_statements(session, written)
    notes = erase_notes(session, Note.author_id == person_id)
    at_work = exists().where(Obstacle.id == CaseFile.obstacle_id, Obstacle.status.in_(OPEN))
    files = and_(CaseFile.person_id == person_id, or_(CaseFile.event_seq != FILING, ~at_work))
    return {
        "statements": erased,
        "notes": notes,
        "obstacles": len(cases),
        "case_files": erase_files(session, files, now),
    }


def erase_notes(session: Session, which: ColumnElement[bool]) -> int:
    """Erase notes for good, with the files that went with them, whose bytes are swept; return how many notes."""
    theirs = CaseFile.note_id.in_(select(Note.id).where(which))
    session.execute(delete(CaseFile).where(theirs), execution_options=UNTIL_ERASED)
    return len(session.scalars(delete(Note).where(which).returning(Note.id), execution_options=UNTIL_ERASED).all())


def _erase_repeated(session: Session, obstacle: Obstacle) -> int:
    return _erase_statements(session, and_(Statement.obstacle_id == obstacle.id, Statement.kind.in_(REPEATED)))


def _erase_statements(session: Session, where: ColumnElement[bool]) -> int:
    rows = delete(Statement).where(where).returning(Statement.id)
    return len(session.scalars(rows, execution_options=UNTIL_ERASED).all())


def _writer(session: Session, obstacle_id: int, seq: int) -> int | None:
    event = (JournalEvent.obstacle_id == obstacle_id, JournalEvent.seq == seq)
    return session.scalar(select(JournalEvent.person_id).where(*event))
