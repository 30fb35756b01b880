"""What shows that letters arrive at an address again: then nothing is held against it any more."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from escalation.models.intake import AddressFailure
from escalation.models.people import Person


def lift_since(session: Session, person_id: int, address: str, since: datetime, now: datetime) -> None:
    """Lift what was held against an address until a moment at which it took a letter."""
    session.execute(
        update(AddressFailure)
        .where(
            AddressFailure.person_id == person_id,
            AddressFailure.address == address,
            AddressFailure.noted_at <= since,
            AddressFailure.lifted_at.is_(None),
        )
        .values(lifted_at=now),
        execution_options={"synchronize_session": False},
    )


def note_read(session: Session, person: Person, now: datetime) -> None:
    """Note that a person used what stood in nothing but a letter of the last minutes: their address takes letters."""
    lift_since(session, person.id, person.email, now, now)
