"""Bringing in a backlog: a table is checked line by line, then all of its lines become drafts, or none.

Each step is one transaction that can be made again: whoever is killed in the middle of one left nothing behind. What
people said and their telephones stand here no longer than needed: the raw lines go once they are checked, what was read
in them once the drafts hold it; an import is deleted whole after thirty days.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation.domain.backlog import Checked, Directory, check_line
from escalation.domain.calendar import local_day
from escalation.domain.codes import Channel, Office, Urgency
from escalation.domain.content import Content
from escalation.domain.errors import NotAllowed
from escalation.extensions import db
from escalation.failpoints import reach
from escalation.models.imports import BacklogImport, ImportStatus
from escalation.queries.imports import find_at_work, read_directory
from escalation.queries.people.people import load_actor
from escalation.queries.places import get_places
from escalation.services.backlog.tables import Line, Table
from escalation.services.case.filing import Sent, add_draft
from escalation.services.case.submissions import lock_person
from escalation.services.case.transitions import By
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

BATCH = 200
KEPT_FOR = timedelta(days=30)
ENDED_BADLY = (ImportStatus.REFUSED, ImportStatus.FAILED)


def receive_table(table: Table, file_name: str, region_code: str, by: By) -> int:
    """Keep a table to be checked, and return the import's id; the same table sent again is the same import.

    Raises: NotAllowed.
    """
    person_id = by.actor.person_id
    if person_id is None or Office.SECRETARIAT_STAFF not in by.actor.offices_at(region_code):
        raise NotAllowed("import")
    lines = [[line.number, line.cells] for line in table.lines]
    digest = hashlib.sha256(json.dumps([region_code, lines], sort_keys=True).encode()).hexdigest()
    with transaction() as session:
        lock_person(session, person_id)
        same = (BacklogImport.person_id == person_id, BacklogImport.digest == digest)
        alive = BacklogImport.status.not_in(ENDED_BADLY)
        known = session.scalars(select(BacklogImport.id).where(*same, alive)).first()
        if known is not None:
            return known
        row = BacklogImport(
            person_id=person_id, region_code=region_code, file_name=file_name[:200], digest=digest, lines=lines,
            total=len(lines), unread=table.unread, created_at=by.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def accept_import(import_id: int, by: By) -> None:
    """Have all lines of a checked table become drafts; once accepted, or not acceptable, it stays as it is.

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
    """Delete an import for good, but for one whose drafts are being made; drafts that were made stay.

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
    """Take every import as far as it goes without a person: check its lines, make its drafts."""
    for import_id, status in find_at_work():
        step = check_next_lines if status is ImportStatus.CHECKING else make_drafts
        try:
            while not is_stopping() and step(import_id, now):
                reach("between_import_steps")
        except OperationalError:
            raise
        except Exception as fault:  # noqa: BLE001 - one broken import must not stand before the next
            # The words of a database's refusal would hold what people wrote.
            log.error("import %s failed: %s", import_id, type(fault).__name__)  # noqa: TRY400
            _fail(import_id, now, "not_allowed" if isinstance(fault, NotAllowed) else "fault")


def check_next_lines(import_id: int, now: datetime) -> bool:
    """Check the next lines of a table and keep how far it came; return whether there are more."""
    with transaction() as session:
        row = _lock(session, import_id, skip_locked=True)
        if row is None or row.status is not ImportStatus.CHECKING:
            return False
        directory, today = read_directory(row.region_code), local_day(now)
        batch = row.lines[row.checked : row.checked + BATCH]
        row.outcomes = [*row.outcomes, *(_outcome(Line(*line), directory, today) for line in batch)]
        row.checked += len(batch)
        if row.checked < row.total:
            return True
        row.lines = []
        faulty = [outcome for outcome in row.outcomes if "faults" in outcome]
        if faulty:
            row.status, row.outcomes, row.ended_at = ImportStatus.REFUSED, faulty, now
        else:
            row.status = ImportStatus.READY
        return False


def make_drafts(import_id: int, now: datetime) -> bool:
    """Make a draft of every line of an accepted table, all or none; there is never more to do: return False.

    Raises: NotAllowed when its sender serves in the region no more.
    """
    with transaction() as session:
        row = _lock(session, import_id, skip_locked=True)
        if row is None or row.status is not ImportStatus.ACCEPTED:
            return False
        by = By(actor=load_actor(row.person_id, local_day(now)), now=now)
        communes = get_places({outcome["commune"] for outcome in row.outcomes})
        made = []
        for outcome in row.outcomes:
            draft = add_draft(session, communes[outcome["commune"]], _sent(outcome), by)
            made.append({"line": outcome["line"], "draft": draft.id})
        row.status, row.outcomes, row.ended_at = ImportStatus.DONE, made, now
        session.flush()
        reach("before_import_commit")
    return False


def forget_old_imports(now: datetime) -> int:
    """Delete the imports of more than thirty days ago, and return how many; the drafts they made stay."""
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


def _outcome(line: Line, directory: Directory, today: date) -> dict[str, Any]:
    checked = check_line(line.cells, directory, today)
    if checked.faults:
        faults = [[fault.column, fault.reason, fault.given] for fault in checked.faults]
        return {"line": line.number, "faults": faults}
    return {"line": line.number, "commune": checked.commune_code, **_kept(checked)}


def _kept(checked: Checked) -> dict[str, Any]:
    content = json.loads(checked.content.canonical())
    return {"channel": checked.channel, "answers": {name: value for name, value in content.items() if value}}


def _sent(outcome: dict[str, Any]) -> Sent:
    answers = dict(outcome["answers"])
    for name in ("blocked_since", "needed_by"):
        if name in answers:
            answers[name] = date.fromisoformat(answers[name])
    answers["asked_of"] = tuple(answers.get("asked_of", ()))
    answers["urgency"] = Urgency(answers.get("urgency", Urgency.NORMAL))
    channel = Channel(outcome["channel"]) if outcome["channel"] else None
    return Sent(outcome["commune"], Content(**answers), channel)
