"""Bringing in a table, of obstacles or of people: checked line by line, then carried out whole or not at all.

Each step is one transaction that can be made again: whoever is killed in the middle of one left nothing behind. What
people said and their telephones stand here no longer than needed: the raw lines go once they are checked, what was read
in them once it is carried out; an import is deleted whole after thirty days.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation.domain.errors import NotAllowed
from escalation.extensions import db
from escalation.failpoints import reach
from escalation.models.imports import BacklogImport, ImportKind, ImportStatus
from escalation.queries.imports import SENT_BY, find_at_work
from escalation.services.backlog.drafts import OBSTACLES
from escalation.services.backlog.people import PEOPLE
from escalation.services.backlog.tables import Line, Table
from escalation.services.case.submissions import lock_person
from escalation.services.case.transitions import By
from escalation.services.people.people import WrongField
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

BATCH = 200
KEPT_FOR = timedelta(days=30)
ENDED_BADLY = (ImportStatus.REFUSED, ImportStatus.FAILED)
KINDS = {ImportKind.OBSTACLES: OBSTACLES, ImportKind.PEOPLE: PEOPLE}


def receive_table(
    table: Table, file_name: str, region_code: str, by: By, kind: ImportKind = ImportKind.OBSTACLES
) -> int:
    """Keep a table to be checked, and return the import's id; the same table sent again is the same import.

    Raises: NotAllowed.
    """
    person_id = by.actor.person_id
    if person_id is None or SENT_BY[kind] not in by.actor.offices_at(region_code):
        raise NotAllowed("import")
    lines = [[line.number, line.cells] for line in table.lines]
    digest = hashlib.sha256(json.dumps([region_code, lines], sort_keys=True).encode()).hexdigest()
    with transaction() as session:
        lock_person(session, person_id)
        same = (BacklogImport.person_id == person_id, BacklogImport.digest == digest, BacklogImport.kind == kind)
        alive = BacklogImport.status.not_in(ENDED_BADLY)
        known = session.scalars(select(BacklogImport.id).where(*same, alive)).first()
        if known is not None:
            return known
        row = BacklogImport(
            kind=kind, person_id=person_id, region_code=region_code, file_name=file_name[:200], digest=digest,
            lines=lines, total=len(lines), unread=table.unread, created_at=by.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def accept_import(import_id: int, by: By) -> None:
    """Have all lines of a checked table carried out; once accepted, or not acceptable, it stays as it is.

    Raises: NotAllowed for anybody but its sender.
    """
    with transaction() as session:
        row = _lock(session, import_id)
        if row is None:
            return
        if row.person_id != by.actor.person_id:
            raise NotAllowed("accept_import")
        if row.status is ImportStatus.READY:
            row.status = ImportStatus.ACCEPTED


def discard_import(import_id: int, by: By) -> bool:
    """Delete an import for good, but for one that is being carried out; what was made of it stays.

    Raises: NotAllowed for anybody but its sender.
    """
    with transaction() as session:
        row = _lock(session, import_id)
        if row is None:
            return True
        if row.person_id != by.actor.person_id:
            raise NotAllowed("discard_import")
        if row.status is ImportStatus.ACCEPTED:
            return False
        session.delete(row)
        return True


def advance_imports(now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Take every import as far as it goes without a person: check its lines, carry it out."""
    for import_id, status in find_at_work():
        step = check_next_lines if status is ImportStatus.CHECKING else carry_out
        try:
            while not is_stopping() and step(import_id, now):
                reach("between_import_steps")
        except OperationalError:
            raise
        except Exception as fault:  # noqa: BLE001 - one broken import must not stand before the next
            # The words of a database's refusal would hold what people wrote.
            log.error("import %s failed: %s", import_id, type(fault).__name__)  # noqa: TRY400
            reasons = {NotAllowed: "not_allowed", WrongField: "changed"}
            _fail(import_id, now, reasons.get(type(fault), "fault"))


def check_next_lines(import_id: int, now: datetime) -> bool:
    """Check the next lines of a table and keep how far it came; return whether there are more."""
    with transaction() as session:
        row = _lock(session, import_id, skip_locked=True)
        if row is None or row.status is not ImportStatus.CHECKING:
            return False
        kind, batch = KINDS[row.kind], row.lines[row.checked : row.checked + BATCH]
        row.outcomes = [*row.outcomes, *kind.check_lines(row, [Line(*line) for line in batch], now)]
        row.checked += len(batch)
        if row.checked < row.total:
            return True
        row.lines, row.outcomes = [], kind.check_whole(row.outcomes)
        faulty = [outcome for outcome in row.outcomes if "faults" in outcome]
        if faulty:
            row.status, row.outcomes, row.ended_at = ImportStatus.REFUSED, faulty, now
        else:
            row.status = ImportStatus.READY
        return False


def carry_out(import_id: int, now: datetime) -> bool:
    """Carry out every line of an accepted table, all or none; there is never more to do: return False.

    Raises: NotAllowed when its sender serves in the region no more; WrongField when something is no longer as it was.
    """
    with transaction() as session:
        row = _lock(session, import_id, skip_locked=True)
        if row is None or row.status is not ImportStatus.ACCEPTED:
            return False
        made = KINDS[row.kind].carry_out(session, row, now)
        row.status, row.outcomes, row.ended_at = ImportStatus.DONE, made, now
        session.flush()
        reach("before_import_commit")
    return False


def forget_old_imports(now: datetime) -> int:
    """Delete the imports of more than thirty days ago, and return how many; what they made stays."""
    with transaction() as session:
        old = session.scalars(select(BacklogImport.id).where(BacklogImport.created_at < now - KEPT_FOR)).all()
        session.execute(delete(BacklogImport).where(BacklogImport.id.in_(old)))
    return len(old)


def _lock(session: Session, import_id: int, *, skip_locked: bool = False) -> BacklogImport | None:
    wanted = select(BacklogImport).where(BacklogImport.id == import_id).with_for_update(skip_locked=skip_locked)
    return session.scalars(wanted.execution_options(populate_existing=True)).first()


def _fail(import_id: int, now: datetime, fault: str) -> None:
    db.session.rollback()
    with transaction() as session:
        row = _lock(session, import_id)
        if row is not None and row.status in (ImportStatus.CHECKING, ImportStatus.ACCEPTED):
            row.status, row.fault, row.ended_at = ImportStatus.FAILED, fault, now
            row.lines, row.outcomes = [], []
