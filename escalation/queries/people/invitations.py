"""Reading invitations: the one a link opens, and those an administrator follows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from escalation.domain.codes import Office
from escalation.domain.errors import LinkClosed
from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.doors import Invitation
from escalation.models.people import Person
from escalation.models.places import Place


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that can be accepted, as its page shows it."""

    person: Person
    office: Office
    place: Place
    expires_at: datetime


def find_pending(token: str, now: datetime) -> Pending:
    """Return the invitation of a link. Raises: LinkClosed."""
    row = still_open(db.session.scalar(select(Invitation).where(Invitation.token_hash == digest_of(token))), now)
    person, place = db.session.get_one(Person, row.person_id), db.session.get_one(Place, row.place_code)
    if person.password_hash:
        raise LinkClosed("used")
    return Pending(person, row.office, place, row.expires_at)


def still_open(row: Invitation | None, now: datetime) -> Invitation:
    """Return an invitation that can still be accepted. Raises: LinkClosed."""
    if row is None:
        raise LinkClosed("unknown")
    if row.accepted_at is not None:
        raise LinkClosed("used")
    if row.revoked_at is not None:
        raise LinkClosed("revoked")
    if row.expires_at <= now:
        raise LinkClosed("expired")
    return row
