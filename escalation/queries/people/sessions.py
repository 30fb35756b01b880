"""Reading the rows that keep people signed in."""

from datetime import datetime, timedelta

from sqlalchemy import select

from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.people import Person, SignInSession
from escalation.queries.people.factors import has_any_factor


def list_sessions(person_id: int, now: datetime, idle_minutes: int) -> list[SignInSession]:
    """Return the sessions of a person that are open now, the one used last first."""
    is_open = (
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > now,
        SignInSession.seen_at > now - timedelta(minutes=idle_minutes),
    )
    query = select(SignInSession).where(SignInSession.person_id == person_id, *is_open)
    return list(db.session.scalars(query.order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())))


def find_signed_in(token: str, now: datetime, idle_minutes: int) -> tuple[Person, SignInSession, bool] | None:
    """Return the person of a session that is neither ended, expired nor idle, and who is not suspended.

    With them: whether they enrolled a second factor.
    """
    row = db.session.execute(
        select(Person, SignInSession, has_any_factor(Person.__table__.c.id))
        .join(SignInSession, SignInSession.person_id == Person.id)
        .where(
            SignInSession.token_hash == digest_of(token),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.seen_at > now - timedelta(minutes=idle_minutes),
            Person.suspended_at.is_(None),
        )
    ).first()
    return (row[0], row[1], bool(row[2])) if row else None
