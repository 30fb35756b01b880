"""Forgetting what is old enough: for each kind of row, which are past their time, and how they go, some at a time.

What is counted before is what goes after: both read the same condition.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.calendar import local_day, start_of_day
from escalation.domain.codes import ENDED
from escalation.domain.intake import KEPT_FOR as MAILS_KEPT_FOR
from escalation.domain.privacy import days_before, years_before
from escalation.domain.settings import Settings
from escalation.extensions import db
from escalation.models.doors import Invitation, PasswordReset, SecurityEvent
from escalation.models.factors import Proof
from escalation.models.files import CaseFile
from escalation.models.imports import BacklogImport
from escalation.models.intake import AddressFailure, IncomingMail
from escalation.models.notes import Note
from escalation.models.obstacles import Obstacle, Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person, SignInSession
from escalation.models.privacy import CaseRead
from escalation.models.unfinished import KeptForm
from escalation.queries.messages.outbox import UNENDED_STATUSES
from escalation.queries.settings import get_settings
from escalation.services.backlog.imports import KEPT_FOR as IMPORTS_KEPT_FOR
from escalation.services.case.kept import KEPT_FOR as FORMS_KEPT_FOR
from escalation.services.files.attaching import erase_files
from escalation.services.privacy.pseudonymise import clean_message
from escalation.services.privacy.texts import FREE_TEXTS, erase_answers, erase_notes
from escalation.services.transaction import transaction

BATCH = 500
LINKS_KEPT_FOR = timedelta(days=30)
"""The requests for another pass-phrase: their links end after an hour."""

Ids = Sequence[int]


@dataclass(frozen=True)
class Kind:
    """One kind of what is forgotten: rows of a model that are past their time, and how some of them go."""

    name: str
    model: Any
    is_old: ColumnElement[bool]
    forget: Callable[[Session, Ids], None]


def count_old(now: datetime) -> dict[str, int]:
    """Return how many of each kind are past their time; nothing is changed."""
    return {
        kind.name: db.session.scalar(select(func.count()).select_from(kind.model).where(kind.is_old)) or 0
        for kind in kinds_of(now)
    }


def forget_old(now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Forget what is past its time, some rows in each transaction; return how many of each kind went."""
    return {kind.name: _forget(kind, is_stopping) for kind in kinds_of(now)}


def list_long_gone(now: datetime) -> list[int]:
    """Return who holds no office since so many years that their name might go; it is proposed, and never done here."""
    before = years_before(local_day(now), get_settings(local_day(now)).keep_names_years)
    if before is None:
        return []
    serves_since = exists().where(
        Mandate.person_id == Person.id, or_(Mandate.ends_on.is_(None), Mandate.ends_on >= before)
    )
    known = (Person.pseudonymised_at.is_(None), Person.created_at < start_of_day(before), Person.password_hash != "")
    return list(db.session.scalars(select(Person.id).where(*known, ~serves_since).order_by(Person.id).limit(BATCH)))


def kinds_of(now: datetime) -> list[Kind]:
    """Return every kind with what is past its time now, by today's settings; invitations before whom they invited."""
    today = local_day(now)
    settings = get_settings(today)
    return [*_of_work(settings, today, now), *_of_doors(settings, today, now)]


def _of_doors(settings: Settings, today: date, now: datetime) -> list[Kind]:
    def cut(days: int) -> datetime:
        return start_of_day(days_before(today, days))

    unanswered_before = cut(settings.keep_invitations_days)
    unanswered = and_(Invitation.accepted_at.is_(None), Invitation.expires_at < unanswered_before)
    old_event = SecurityEvent.at < cut(settings.keep_events_days)
    over = func.coalesce(SignInSession.ended_at, SignInSession.expires_at)
    old_failure = AddressFailure.lifted_at < cut(settings.keep_events_days)
    return [
        Kind("sessions", SignInSession, over < cut(settings.keep_sessions_days), _delete_sessions),
        Kind("security_events", SecurityEvent, old_event, _delete(SecurityEvent)),
        Kind("mails", IncomingMail, IncomingMail.received_at < now - MAILS_KEPT_FOR, _delete(IncomingMail)),
        Kind("address_failures", AddressFailure, old_failure, _delete(AddressFailure)),
        Kind("password_resets", PasswordReset, PasswordReset.created_at < now - LINKS_KEPT_FOR, _delete(PasswordReset)),
        Kind("invitations", Invitation, unanswered, _delete(Invitation)),
        Kind("invited_people", Person, _never_came(unanswered, unanswered_before), _erase_people),
    ]


def _of_work(settings: Settings, today: date, now: datetime) -> list[Kind]:
    old_message = and_(
        OutboxMessage.event_at < start_of_day(days_before(today, settings.keep_messages_days)),
        OutboxMessage.address != "",
        OutboxMessage.status.not_in(UNENDED_STATUSES),
    )
    old_read = CaseRead.read_on < days_before(today, settings.keep_reads_days)
    kinds = [
        Kind("messages", OutboxMessage, old_message, _clean_messages),
        Kind("kept_forms", KeptForm, KeptForm.saved_at <= now - FORMS_KEPT_FOR, _delete(KeptForm)),
        Kind("imports", BacklogImport, BacklogImport.created_at < now - IMPORTS_KEPT_FOR, _delete(BacklogImport)),
        Kind("reads", CaseRead, old_read, _delete(CaseRead)),
    ]
    texts_before = years_before(today, settings.keep_texts_years)
    if texts_before is not None:
        kinds.append(Kind("texts", Obstacle, _has_old_texts(start_of_day(texts_before)), _erase_texts(now)))
    return kinds


def _never_came(unanswered: ColumnElement[bool], before: datetime) -> ColumnElement[bool]:
    """Whoever was invited, never opened an account, holds nothing and waits for no other answer."""
    holds = exists().where(Mandate.person_id == Person.id)
    is_asked = exists().where(Invitation.person_id == Person.id, ~unanswered)
    return and_(
        Person.password_hash == "",
        Person.pseudonymised_at.is_(None),
        Person.created_at < before,
        ~holds,
        ~is_asked,
    )


def _has_old_texts(before: datetime) -> ColumnElement[bool]:
    says = or_(*(getattr(Obstacle, column) != "" for column in FREE_TEXTS))
    has_text = exists().where(Statement.obstacle_id == Obstacle.id)
    has_note = exists().where(Note.obstacle_id == Obstacle.id)
    has_file = exists().where(CaseFile.obstacle_id == Obstacle.id, CaseFile.erased_at.is_(None))
    return and_(Obstacle.status.in_(ENDED), Obstacle.ended_at < before, or_(says, has_text, has_note, has_file))


def _forget(kind: Kind, is_stopping: Callable[[], bool]) -> int:
    gone = 0
    key = kind.model.id
    while not is_stopping():
        with transaction() as session:
            ids = session.scalars(select(key).where(kind.is_old).order_by(key).limit(BATCH)).all()
            if not ids:
                break
            kind.forget(session, ids)
            gone += len(ids)
    return gone


def _delete(model: Any) -> Callable[[Session, Ids], None]:
    def forget(session: Session, ids: Ids) -> None:
        session.execute(delete(model).where(model.id.in_(ids)), execution_options={"synchronize_session": False})

    return forget


def _delete_sessions(session: Session, ids: Ids) -> None:
    """Delete sessions, and before them the proofs that they waited for."""
    proofs = delete(Proof).where(Proof.session_id.in_(ids))
    session.execute(proofs, execution_options={"synchronize_session": False})
    _delete(SignInSession)(session, ids)


def _clean_messages(session: Session, ids: Ids) -> None:
    for row in session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(ids))):
        clean_message(row)


def _erase_people(session: Session, ids: Ids) -> None:
    """Erase people who never came, with the letters that invited them; what was noted of it names nobody."""
    unsynchronized = {"synchronize_session": False}
    for model in (IncomingMail, AddressFailure):
        session.execute(delete(model).where(model.person_id.in_(ids)), execution_options=unsynchronized)
    session.execute(delete(OutboxMessage).where(OutboxMessage.recipient_id.in_(ids)), execution_options=unsynchronized)
    session.execute(delete(PasswordReset).where(PasswordReset.person_id.in_(ids)), execution_options=unsynchronized)
    events = update(SecurityEvent).where(SecurityEvent.person_id.in_(ids)).values(person_id=None)
    session.execute(events, execution_options=unsynchronized)
    session.execute(delete(Person).where(Person.id.in_(ids)), execution_options=unsynchronized)


def _erase_texts(now: datetime) -> Callable[[Session, Ids], None]:
    """Erase all free words and files of cases that ended long ago; title, project, dates and the story's facts stay."""

    def forget(session: Session, ids: Ids) -> None:
        for obstacle in session.scalars(select(Obstacle).where(Obstacle.id.in_(ids))):
            erase_answers(session, obstacle)
        statements = delete(Statement).where(Statement.obstacle_id.in_(ids))
        session.execute(statements, execution_options={"synchronize_session": False})
        erase_notes(session, Note.obstacle_id.in_(ids))
        erase_files(session, CaseFile.obstacle_id.in_(ids), now)

    return forget
