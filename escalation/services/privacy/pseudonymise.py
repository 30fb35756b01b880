"""Letting a person's name and address go for good, while all that they did stays as that of a former member.

The journal holds numbers and digests only, so its chains are the same before and after.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import ErasureReason, SecurityEventKind, TextsFate
from escalation.domain.calendar import local_day
from escalation.domain.codes import MessageStatus
from escalation.domain.errors import NotAllowed, NotFound
from escalation.domain.privacy import FORMER_MEMBER, former_address
from escalation.models.doors import Invitation, PasswordReset
from escalation.models.factors import AuthenticatorApp, Passkey, Proof, RecoveryCode, TrustedDevice
from escalation.models.files import CaseFile
from escalation.models.imports import BacklogImport
from escalation.models.intake import AddressFailure, IncomingMail
from escalation.models.obstacles import Submission
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Mandate, Person, SignInSession
from escalation.models.privacy import NoticeShown, Pseudonymisation
from escalation.models.unfinished import KeptForm, UndoStep
from escalation.models.wants import CaseAttention, MessageWants
from escalation.queries.case.files import NOT_SENT
from escalation.queries.messages.outbox import UNENDED_STATUSES
from escalation.services.people.security import note_security
from escalation.services.people.throttle import forget_account
from escalation.services.privacy.texts import erase_telephones, erase_texts_of

GONE = "recipient_gone"
"""Why a message that was still owed to a former member is not sent."""

_ERASED = (
    Proof, AuthenticatorApp, Passkey, RecoveryCode, TrustedDevice, SignInSession, Invitation, PasswordReset, KeptForm,
    UndoStep, Submission, BacklogImport, NoticeShown, IncomingMail, AddressFailure, MessageWants, CaseAttention,
)  # fmt: skip
"""A proof before the session that waits for it."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Why a name is to go, and what becomes of what its bearer wrote."""

    reason: ErasureReason
    texts: TextsFate = TextsFate.KEPT


@dataclass(frozen=True)
class Outcome:
    """How many rows of each kind a pseudonymisation touches, by the name of their table."""

    person_id: int
    rows: dict[str, int]


def check_may_go(session: Session, person_id: int, *, by_id: int | None, now: datetime) -> Person:
    """Return a person, locked, whose name may go. Raises: NotFound, NotAllowed with its reason."""
    if person_id == by_id:
        raise NotAllowed("pseudonymise", "oneself")
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound("person")
    if person.pseudonymised_at is not None:
        raise NotAllowed("pseudonymise", "former")
    today = local_day(now)
    serves = select(Mandate.id).where(
        Mandate.person_id == person_id, or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today)
    )
    if session.scalars(serves.limit(1)).first() is not None:
        raise NotAllowed("pseudonymise", "still_serves")
    return person


def replace_person(session: Session, person: Person, wish: Wish, *, by_id: int | None, now: datetime) -> dict[str, int]:
    """Let a name go within a transaction; return how many rows of each table were touched."""
    touched = {model.__tablename__: _erase(session, model, person.id) for model in _ERASED}
    touched[OutboxMessage.__tablename__] = clean_messages_of(session, person.id)
    touched["case_files"] = _forget_chosen(session, person.id)
    touched["obstacles"] = erase_telephones(session, person.id)
    if wish.texts is TextsFate.ERASED:
        erased = erase_texts_of(session, person.id, now)
        touched |= erased | {"case_files": erased["case_files"] + touched["case_files"]}
    touched["sign_in_throttles"] = forget_account(session, person.id, person.email, person.phone or "")
    person.email, person.phone = former_address(person.id), None
    person.name_ar, person.name_fr = FORMER_MEMBER["ar"], FORMER_MEMBER["fr"]
    person.password_hash = ""
    person.suspended_at = person.suspended_at or now
    person.pseudonymised_at = now
    codes = {"reason": wish.reason, "texts": wish.texts}
    kind = SecurityEventKind.PSEUDONYMISED
    note_security(session, kind, now=now, person_id=person.id, by_id=by_id, **codes)
    session.flush()
    return {table: count for table, count in touched.items() if count}


def _forget_chosen(session: Session, person_id: int) -> int:
    """Forget the files that a person chose and never sent; their bytes are swept."""
    chosen = delete(CaseFile).where(CaseFile.person_id == person_id, NOT_SENT).returning(CaseFile.id)
    return len(session.scalars(chosen, execution_options={"synchronize_session": False}).all())


def _erase(session: Session, model: Any, person_id: int) -> int:
    rows = delete(model).where(model.person_id == person_id).returning(model.person_id)
    return len(session.scalars(rows, execution_options={"synchronize_session": False}).all())


def clean_messages_of(session: Session, person_id: int) -> int:
    """Take name and address out of every message to a person; what was still owed to them is not sent."""
    owed = (OutboxMessage.recipient_id == person_id, OutboxMessage.status.in_(UNENDED_STATUSES))
    skipped = {"status": MessageStatus.SKIPPED, "status_reason": GONE, "lease_token": None, "lease_until_ms": None}
    session.execute(update(OutboxMessage).where(*owed).values(skipped))
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient_id == person_id)).all()
    for row in rows:
        clean_message(row)
    return len(rows)


def clean_message(row: OutboxMessage) -> None:
    """Let a message say what was told, and no longer to which name or address, nor by which link."""
    row.address = ""
    row.facts = {key: value for key, value in row.facts.items() if key not in PERSONAL_FACTS} | {"name": ""}


PERSONAL_FACTS = frozenset({"name", "nonce", "digest", "device", "unsubscribe"})
"""What the facts of a message hold of its reader alone."""

PENDING = (Pseudonymisation.done_at.is_(None), Pseudonymisation.dropped_at.is_(None))
