"""Sweeping: bytes that no row names, rows whose bytes are gone, and what was chosen long ago and never sent."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy import select

from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.queries.case.files import NOT_SENT
from escalation.services.case.kept import KEPT_FOR
from escalation.services.files.stores import INCOMING, current_store, files_folder
from escalation.services.files.uploads import names_of
from escalation.services.transaction import transaction

AT_LEAST_OLD: Final = timedelta(hours=1)
"""Younger bytes may belong to somebody whose row is being written."""


@dataclass
class Swept:
    """What was found: bytes without a row, files that were never sent, files whose bytes are gone."""

    orphans: list[str] = field(default_factory=list)
    unsent: int = 0
    lost: list[int] = field(default_factory=list)
    """The ids of rows that point to nothing: a backup must give them back; no sweeping does."""


def sweep_files(now: datetime, *, dry_run: bool = False) -> Swept:
    """Drop what nothing names and what was never sent, and say what is missing; ``dry_run`` only tells."""
    swept, store = Swept(), current_store()
    swept.unsent = _forget_unsent(now, dry_run=dry_run)
    named, stored = _named(), {one.name: one.since for one in store.names()}
    swept.orphans = sorted(name for name, since in stored.items() if name not in named and since < now - AT_LEAST_OLD)
    swept.lost = sorted({row_id for name, row_id in named.items() if name not in stored} & set(_named().values()))
    if not dry_run:
        for name in swept.orphans:
            store.drop(name)
        _clear_incoming(now)
    db.session.rollback()
    return swept


def _named() -> dict[str, int]:
    rows = db.session.scalars(select(CaseFile).where(CaseFile.erased_at.is_(None)))
    return {name: row.id for row in rows for name in names_of(row)}


def _forget_unsent(now: datetime, *, dry_run: bool) -> int:
    with transaction() as session:
        old = session.scalars(select(CaseFile).where(NOT_SENT, CaseFile.created_at <= now - KEPT_FOR)).all()
        if not dry_run:
            for row in old:
                session.delete(row)
    return len(old)


def _clear_incoming(now: datetime) -> None:
    """Remove what a process that was killed left half received."""
    incoming: Path = files_folder(current_app.extensions["config"].var_dir) / INCOMING
    for left in incoming.iterdir():
        if datetime.fromtimestamp(left.stat().st_mtime, UTC) < now - AT_LEAST_OLD:
            shutil.rmtree(left, ignore_errors=True)
