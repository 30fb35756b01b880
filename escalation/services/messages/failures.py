"""Addresses at which letters do not arrive: noted, told to the desk in the app, lifted when that is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Audience, MessageChannel, MessageSource, MessageStatus
from escalation.domain.delivery import Failure
from escalation.domain.errors import NotFound
from escalation.domain.intake import ADDRESS_FAILED
from escalation.domain.notices import Notice
from escalation.extensions import db
from escalation.models.intake import AddressFailure
from escalation.models.obstacles import Obstacle
from escalation.models.outbox import STOPPED, OutboxMessage
from escalation.models.people import Person
from escalation.queries.case.cases import Dossier, read_dossier
from escalation.queries.messages.failures import IS_LIVE
from escalation.queries.people.people import Reader, list_regional_secretaries, list_staff
from escalation.services.case.submissions import lock_person
from escalation.services.messages.arrivals import lift_since
from escalation.services.messages.notify import Owed, Source, write_messages
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

MAY_STILL_BOUNCE: Final = (MessageStatus.SENT, MessageStatus.SENDING, MessageStatus.QUEUED)
"""A report may overtake the note that its letter left; what could not be delivered is then not tried again."""
BATCH: Final = 50
REFUSED_AT_ONCE: Final = "5.0.0"
"""What is noted of an address that our own relay refused: it gave a number of its own and no such status."""


def note_bounce(letter_id: int, status: str, now: datetime) -> None:
    """Note that a letter could not be delivered for good, and tell of it; a second report of it changes nothing."""
    with transaction() as session:
        letter = session.get(OutboxMessage, letter_id)
        if letter is None:
            return
        # First who it is about: whoever writes to them waits for the same lock.
        lock_person(session, letter.recipient_id)
        session.refresh(letter, with_for_update=True)
        if letter.status in MAY_STILL_BOUNCE:
            letter.status, letter.status_reason = MessageStatus.BOUNCED, f"{Failure.ADDRESS}: {status}"[:80]
            letter.lease_token = letter.lease_until_ms = None
        _note(session, letter, status, now)


def note_refused(now: datetime) -> int:
    """Note the addresses that a relay refused while a letter was handed over; return how many there were."""
    refused = _refused()
    if db.session.scalars(refused.limit(1)).first() is None:
        return 0
    with transaction() as session:
        letters = session.scalars(refused.limit(BATCH)).all()
        for letter in letters:
            _note(session, letter, REFUSED_AT_ONCE, now)
        return len(letters)


def _refused() -> Select[OutboxMessage]:
    is_noted = exists().where(AddressFailure.letter_id == OutboxMessage.id)
    return (
        select(OutboxMessage)
        .where(
            STOPPED,  # written out, so that the index of what stopped serves
            OutboxMessage.status == MessageStatus.FAILED,
            OutboxMessage.channel == MessageChannel.EMAIL,
            OutboxMessage.status_reason.startswith(f"{Failure.ADDRESS}:"),
            OutboxMessage.address != "",
            ~is_noted,
        )
        .order_by(OutboxMessage.id)
    )


def lift_since_arrived(person_id: int, address: str, since: datetime, now: datetime) -> None:
    """Lift what was held against an address before a letter arrived there, or its reader answered one."""
    with transaction() as session:
        lift_since(session, person_id, address, since, now)


def lift_by_hand(person_id: int, *, by_id: int, now: datetime) -> None:
    """Lift what is held against the address of a person, since an administrator knows better. Raises: NotFound."""
    live = (AddressFailure.person_id == person_id, AddressFailure.lifted_at.is_(None))
    with transaction() as session:
        lifted = session.scalars(
            update(AddressFailure).where(*live).values(lifted_at=now, lifted_by_id=by_id).returning(AddressFailure.id),
            execution_options={"synchronize_session": False},
        ).all()
        if not lifted:
            raise NotFound("address_failure")
        note_security(session, SecurityEventKind.ADDRESS_CLEARED, now=now, person_id=person_id, by_id=by_id)


def _note(session: Session, letter: OutboxMessage, status: str, now: datetime) -> None:
    if session.scalar(select(AddressFailure.id).where(AddressFailure.letter_id == letter.id)) is not None:
        return
    person = session.get(Person, letter.recipient_id)
    is_told = _is_known(session, letter)
    session.add(
        AddressFailure(
            person_id=letter.recipient_id,
            address=letter.address,
            letter_id=letter.id,
            obstacle_id=letter.obstacle_id,
            status=status[:12],
            noted_at=now,
        )
    )
    session.flush()
    if person is not None and person.email == letter.address.lower() and letter.obstacle_id and not is_told:
        _tell_desk(session, letter, now)


def _is_known(session: Session, letter: OutboxMessage) -> bool:
    """Say whether the desk was told already that this address fails, of this case."""
    same = (
        AddressFailure.person_id == letter.recipient_id,
        AddressFailure.obstacle_id == letter.obstacle_id,
        AddressFailure.address == letter.address,
    )
    return session.scalar(select(AddressFailure.id).where(*same, IS_LIVE).limit(1)) is not None


def _tell_desk(session: Session, letter: OutboxMessage, now: datetime) -> None:
    obstacle = session.get(Obstacle, letter.obstacle_id)
    if obstacle is None or obstacle.reference is None:
        return
    dossier = read_dossier(obstacle, now)
    told = Notice(Audience.ASSIGNEE, by_mail=False)
    owed = [Owed(reader, told) for reader in _told_of(dossier) if reader.person_id != letter.recipient_id]
    source = Source(MessageSource.BOUNCE, letter.id, ADDRESS_FAILED, now, obstacle.journal_seq)
    codes: dict[str, Any] = {}
    write_messages(session, dossier, source, owed, codes)


def _told_of(dossier: Dossier) -> Sequence[Reader]:
    """Return who has the case and who leads its desk, who filed it for others; where there is nobody, the secretary."""
    obstacle = dossier.obstacle
    members = dossier.members_of(obstacle.desk_code)
    those = [one for one in members if one.is_lead or one.person_id == obstacle.assignee_id] or members
    staff = list_staff(obstacle.author_id, obstacle.region_code, dossier.today)
    found = {reader.person_id: reader for reader in (*those, *staff)}
    return list(found.values()) or list_regional_secretaries(obstacle.region_code, dossier.today)
