"""Answers that somebody is still typing: kept as they stand, one row a person and page, until they are sent.

No version, key, token or secret is among them: what is kept can be read and typed on, and sends nothing by itself.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from escalation.domain.errors import DomainError
from escalation.extensions import db
from escalation.models.unfinished import KeptForm
from escalation.services.case.submissions import find_submission, lock_person
from escalation.services.transaction import transaction

MOST_BYTES = 100_000
LONGEST_PATH = 200
KEPT_FOR = timedelta(days=30)

Answers = Mapping[str, Sequence[str]]


class TooMuchToKeep(DomainError):
    """These answers are larger than any that we keep."""


def keep_form(person_id: int, path: str, answers: Answers, now: datetime, key: str | None = None) -> bool:
    """Keep what one person has typed so far in the form of one page, in place of what was kept of it before.

    Answers that arrive after their form was carried out under its ``key`` are not kept: return False.
    Raises: TooMuchToKeep.
    """
    plain = {name: list(values) for name, values in answers.items()}
    if len(json.dumps(plain, ensure_ascii=False).encode()) > MOST_BYTES or len(path) > LONGEST_PATH:
        raise TooMuchToKeep("kept_form")
    with transaction() as session:
        lock_person(session, person_id)
        if find_submission(session, person_id, key) is not None:
            return False
        row = session.scalars(select(KeptForm).where(*_of(person_id, path))).first()
        if row is None:
            row = KeptForm(person_id=person_id, path=path)
            session.add(row)
        row.answers, row.saved_at = plain, now
        return True


def find_kept(person_id: int, path: str, now: datetime) -> KeptForm | None:
    """Return what this person had typed in the form of this page, if it is not too old."""
    return next(iter(list_kept(person_id, {path}, now)), None)


def list_kept(person_id: int, paths: Collection[str], now: datetime) -> Sequence[KeptForm]:
    """Return what this person had typed in the forms of these addresses, but for what is too old."""
    fresh = KeptForm.saved_at > now - KEPT_FOR
    condition = (KeptForm.person_id == person_id, KeptForm.path.in_(paths), fresh)
    return db.session.scalars(select(KeptForm).where(*condition)).all()


def drop_kept(person_id: int, path: str) -> None:
    """Forget what was typed in the form of a page: it was sent, or thrown away; where nothing was, write nothing."""
    if db.session.scalars(select(KeptForm.id).where(*_of(person_id, path))).first() is None:
        return
    with transaction() as session:
        session.execute(delete(KeptForm).where(*_of(person_id, path)))


def drop_old_kept(now: datetime) -> int:
    """Forget what nobody has gone on with for thirty days; return how many forms that were."""
    with transaction() as session:
        old = session.scalars(select(KeptForm.id).where(KeptForm.saved_at <= now - KEPT_FOR)).all()
        session.execute(delete(KeptForm).where(KeptForm.id.in_(old)))
    return len(old)


def _of(person_id: int, path: str) -> tuple[ColumnElement[bool], ...]:
    return (KeptForm.person_id == person_id, KeptForm.path == path)
