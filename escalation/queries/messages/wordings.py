"""The words of mails as administrators gave them: which version is in force, what a version says, who gave it when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from escalation.domain.codes import Language
from escalation.domain.wordings import BUILT_IN, Wording
from escalation.extensions import db
from escalation.models.people import Person
from escalation.models.wordings import MailWording
from escalation.queries.reference import get_reference

MOST_SHOWN = 30


@dataclass(frozen=True)
class Mail:
    """Which mail the words are of: what it tells, to whom, in which language."""

    event: str
    audience: str
    language: Language


@dataclass(frozen=True)
class Version:
    """One version of the words of a mail; without words the usual ones were put back."""

    number: int
    wording: Wording | None
    by: Person
    at: datetime


def get_version(event: str, audience: str, language: Language) -> int:
    """Return the version in which a mail that is owed now will be written."""
    return get_reference().wordings.get((event, audience, language), BUILT_IN)


def get_versions() -> dict[tuple[str, str, Language], int]:
    """Return the version in force of every mail whose words are not the usual ones."""
    return dict(get_reference().wordings)


def find_words(mail: Mail, version: int) -> Wording | None:
    """Return what a version says; None when there is no such version, or it is the usual words."""
    row = db.session.execute(
        select(MailWording.subject, MailWording.body).where(*_of(mail), MailWording.version == version)
    ).one_or_none()
    return _wording(*row) if row else None


def get_newest(mail: Mail) -> int:
    """Return the number of the newest version, in force or not; that of the usual words where there is none."""
    return db.session.scalar(select(func.max(MailWording.version)).where(*_of(mail))) or BUILT_IN


def list_versions(mail: Mail) -> Sequence[Version]:
    """Return the newest versions of the words of a mail, and who gave them when."""
    query = (
        select(MailWording, Person)
        .join(Person, Person.id == MailWording.set_by_id)
        .where(*_of(mail))
        .order_by(MailWording.version.desc())
        .limit(MOST_SHOWN)
    )
    rows = db.session.execute(query).all()
    return [Version(row.version, _wording(row.subject, row.body), by, row.created_at) for row, by in rows]


def _of(mail: Mail) -> tuple[ColumnElement[bool], ...]:
    return (
        MailWording.event == mail.event,
        MailWording.audience == mail.audience,
        MailWording.language == mail.language,
    )


def _wording(subject: str | None, body: str | None) -> Wording | None:
    return None if subject is None or body is None else Wording(subject, body)
