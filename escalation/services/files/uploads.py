"""Taking a file in: looked at, kept whole or not at all, and put down for who chose it until their form is sent."""

import hashlib
import logging
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.domain.file_settings import FileSettings
from escalation.domain.files import FileFault, FileRefused, clean_name
from escalation.failpoints import reach
from escalation.models.files import CaseFile
from escalation.models.places import Place
from escalation.queries.case.files import chosen_in, count_chosen, list_chosen
from escalation.services.case.submissions import find_submission, lock_person
from escalation.services.files.inspector import Inspected, inspect, scan
from escalation.services.files.stores import INCOMING, current_store, files_folder, has_room, new_name
from escalation.services.transaction import transaction

log = logging.getLogger(__name__)

PIECE_BYTES: Final = 1 << 16
MOST_WAITING: Final = 50
"""How many files one person may have chosen in all their forms together and not sent."""


class Readable(Protocol):
    """Bytes as they come over the line."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""


@dataclass(frozen=True)
class Coming:
    """A file that somebody sends: its name as they know it, its bytes, for which form and in which commune's room."""

    name: str
    stream: Readable
    person_id: int
    form_path: str
    commune_code: str
    draft_id: int | None = None
    """The draft to which the form belongs, whose files count with those that wait."""


def receive_file(coming: Coming, now: datetime) -> CaseFile:
    """Take in one file, to wait for its form; the same bytes chosen twice in one form are one file.

    Raises: FileRefused.
    """
    config = current_app.extensions["config"]
    settings: FileSettings = config.files
    if not has_room(config.var_dir):
        raise FileRefused(FileFault.NO_ROOM)
    try:
        with tempfile.TemporaryDirectory(dir=files_folder(config.var_dir) / INCOMING) as folder:
            place = Path(folder) / "file"
            received = _write(coming.stream, place, settings.most_bytes)
            if settings.clamd:
                scan(place, settings.clamd)
            inspected = inspect(place, coming.name, settings.most_bytes)
            return _keep(coming, inspected, received, now)
    except OSError as full:
        log.exception("no file can be kept")
        raise FileRefused(FileFault.NO_ROOM) from full


def _write(stream: Readable, place: Path, most_bytes: int) -> str:
    """Write what comes, counted, and return its digest. Raises: FileRefused."""
    digest, count = hashlib.sha256(), 0
    with place.open("wb") as target:
        while piece := stream.read(PIECE_BYTES):
            count += len(piece)
            if count > most_bytes:
                raise FileRefused(FileFault.TOO_LARGE)
            digest.update(piece)
            target.write(piece)
    if not count:
        raise FileRefused(FileFault.EMPTY)
    return digest.hexdigest()


def _keep(coming: Coming, inspected: Inspected, received: str, now: datetime) -> CaseFile:
    """Keep the bytes first and their row after them: cut short between, bytes stay to be swept, never a bare row."""
    content = inspected.content.read_bytes()
    row = CaseFile(
        public_id=secrets.token_urlsafe(16),
        stored_as=new_name(),
        commune_code=coming.commune_code,
        person_id=coming.person_id,
        form_path=coming.form_path,
        kind=inspected.kind,
        name=clean_name(coming.name, inspected.kind),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        received_sha256=received,
        salt=secrets.token_hex(16),
        small_bytes=inspected.small.stat().st_size if inspected.small else 0,
        created_at=now,
    )
    names = names_of(row)
    try:
        for name, source in zip(names, (inspected.content, inspected.small), strict=False):
            if source is not None:
                current_store().keep(name, source)
        reach("file_stored")
        kept = _write_down(row, coming)
    except BaseException:
        drop_bytes(names)
        raise
    if kept is not row:
        drop_bytes(names)
    return kept


def _write_down(row: CaseFile, coming: Coming) -> CaseFile:
    """Write the row of a file, where there is room for it; of those who come at once each counts the others."""
    limits: FileSettings = current_app.extensions["config"].files
    with transaction() as session:
        lock_person(session, coming.person_id)
        session.execute(select(Place.code).where(Place.code == coming.commune_code).with_for_update(key_share=True))
        chosen = session.scalars(
            select(CaseFile).where(chosen_in(coming.person_id, {coming.form_path}, coming.draft_id))
        )
        others = chosen.all()
        same = next((one for one in others if one.received_sha256 == row.received_sha256), None)
        if same is not None:
            return same
        if len(others) >= limits.most_files or count_chosen(coming.person_id) >= MOST_WAITING:
            raise FileRefused(FileFault.TOO_MANY)
        if _used_bytes(session, coming.commune_code) + row.size_bytes + row.small_bytes > limits.commune_bytes:
            raise FileRefused(FileFault.QUOTA)
        session.add(row)
    return row


def _used_bytes(session: Session, commune_code: str) -> int:
    taken = select(func.coalesce(func.sum(CaseFile.size_bytes + CaseFile.small_bytes), 0))
    return int(session.scalar(taken.where(CaseFile.commune_code == commune_code)) or 0)


def leave_out(person_id: int, form_path: str, public_ids: Sequence[str] | None, draft_id: int | None = None) -> int:
    """Take back files that were chosen in a form and not sent, all of them where none is named; return how many.

    ``draft_id`` is that of a draft which this person may change: what was saved with it may be taken back too.
    """
    condition = chosen_in(person_id, {form_path}, draft_id)
    if public_ids is not None:
        condition &= CaseFile.public_id.in_(public_ids)
    with transaction() as session:
        rows = session.scalars(select(CaseFile).where(condition)).all()
        names = [name for row in rows for name in names_of(row)]
        for row in rows:
            session.delete(row)
    drop_bytes(names)
    return len(rows)


def follow_form(person_id: int, key: str | None, old_path: str, draft_id: int, new_path: str) -> None:
    """Let files that were chosen while the draft of their form was being made follow it to the draft's own page."""
    if not list_chosen(person_id, {old_path}):
        return
    with transaction() as session:
        made = find_submission(session, person_id, key)
        if made is not None and made.obstacle_id == draft_id:
            for row in session.scalars(select(CaseFile).where(chosen_in(person_id, {old_path}))):
                row.form_path = new_path


def names_of(row: CaseFile) -> list[str]:
    """Return the names under which the bytes of a file and of its small copy are kept."""
    return [row.stored_as, *([f"{row.stored_as}-small"] if row.small_bytes else [])]


def drop_bytes(names: Sequence[str]) -> None:
    """Let go of bytes that no row names; what cannot be dropped now is swept later."""
    for name in names:
        try:
            current_store().drop(name)
        except OSError:
            log.warning("a file that nothing names could not be dropped; it will be swept")
