"""What a person reads about their own account: their offices with their dates, and this browser's session."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select

from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.people import FilingPermission, Mandate, Person, SignInSession
from escalation.models.places import Place
from escalation.queries.people.terms import permission_lives_on, rests_on


@dataclass(frozen=True, slots=True)
class OfficeHeld:
    """An office of today or of the days to come, where, and until when."""

    office: Office
    place: Place
    starts_on: date
    ends_on: date | None
    may_file_until: date | None
    """The last day of a delegate's live permission to file."""
    is_interim: bool = False
    rests: bool = False
    """It is suspended today."""


def list_offices(person_id: int, today: date) -> list[OfficeHeld]:
    """Return the offices a person holds or will hold; those that ended are left out."""
    rows = db.session.execute(
        select(Mandate, Place, func.max(FilingPermission.ends_on), rests_on(today))
        .join(Place, Place.code == Mandate.place_code)
        .outerjoin(FilingPermission, permission_lives_on(today))
        .where(Mandate.person_id == person_id, or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today))
        .group_by(Mandate.id, Place.code)
        .order_by(Mandate.starts_on, Mandate.id)
    ).all()
    return [
        OfficeHeld(m.office, place, m.starts_on, m.ends_on, until, m.interim_for_id is not None, rests)
        for m, place, until, rests in rows
    ]


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
