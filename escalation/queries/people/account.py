"""What a person reads about their own account: their offices with their dates, and this browser's session."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.people import FilingPermission, Mandate, Person, SignInSession
from escalation.models.places import Place


@dataclass(frozen=True, slots=True)
class OfficeHeld:
    """An office of today or of the days to come, where, and until when."""

    office: Office
    place: Place
    starts_on: date
    ends_on: date | None
    may_file_until: date | None
    """The last day of a delegate's live permission to file."""


def list_offices(person_id: int, today: date) -> list[OfficeHeld]:
    """Return the offices a person holds or will hold; those that ended are left out."""
    permission = and_(
        FilingPermission.mandate_id == Mandate.id,
        FilingPermission.starts_on <= today,
        FilingPermission.ends_on >= today,
    )
    rows = db.session.execute(
        select(Mandate, Place, func.max(FilingPermission.ends_on))
        .join(Place, Place.code == Mandate.place_code)
        .outerjoin(FilingPermission, permission)
        .where(Mandate.person_id == person_id, or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today))
        .group_by(Mandate.id, Place.code)
        .order_by(Mandate.starts_on, Mandate.id)
    ).all()
    return [OfficeHeld(m.office, place, m.starts_on, m.ends_on, until) for m, place, until in rows]


def find_phone(person_id: int) -> str | None:
    """Return the number by which a person may sign in, or None."""
    return db.session.scalar(select(Person.phone).where(Person.id == person_id))


def get_session_start(session_id: int) -> datetime:
    """Return when a session was opened."""
    return db.session.scalars(select(SignInSession.created_at).where(SignInSession.id == session_id)).one()


def find_previous_sign_in(person_id: int, session_id: int) -> datetime | None:
    """Return when the person signed in before this session, or None the first time."""
    return db.session.scalar(
        select(func.max(SignInSession.created_at)).where(
            SignInSession.person_id == person_id, SignInSession.id < session_id
        )
    )
