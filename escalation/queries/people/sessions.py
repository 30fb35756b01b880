"""Reading the rows that keep people signed in."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select

from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.people import Person, SignInSession
from escalation.queries.people.factors import has_any_factor
from escalation.queries.reference import STAMP_NOW, note_stamp


def list_sessions(person_id: int, now: datetime, idle_minutes: int) -> list[SignInSession]:
    """Return the sessions of a person that are open now, the one used last first."""
    is_open = (
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > now,
        SignInSession.seen_at > now - timedelta(minutes=idle_minutes),
    )
    query = select(SignInSession).where(SignInSession.person_id == person_id, *is_open)
    return list(db.session.scalars(query.order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())))


_PEOPLE, _SESSIONS = Person.__table__.c, SignInSession.__table__.c
_SIGNED_IN = (
    select(
        _PEOPLE.id,
        _PEOPLE.email,
        _PEOPLE.name_ar,
        _PEOPLE.name_fr,
        _PEOPLE.language,
        _SESSIONS.id.label("session_id"),
        _SESSIONS.seen_at,
        _SESSIONS.proven_at,
        has_any_factor(_PEOPLE.id).label("has_factor"),
        STAMP_NOW.label("stamp"),
    )
    .join_from(SignInSession.__table__, Person.__table__, _SESSIONS.person_id == _PEOPLE.id)
    .where(
        _SESSIONS.token_hash == bindparam("token_hash"),
        _SESSIONS.ended_at.is_(None),
        _SESSIONS.expires_at > bindparam("now", type_=_SESSIONS.expires_at.type),
        _SESSIONS.seen_at > bindparam("seen_after", type_=_SESSIONS.seen_at.type),
        _PEOPLE.suspended_at.is_(None),
    )
)


def find_signed_in(token: str, now: datetime, idle_minutes: int) -> Row[*tuple[Any, ...]] | None:
    """Return the person of a session that is neither ended, expired nor idle, and who is not suspended."""
    given = {"token_hash": digest_of(token), "now": now, "seen_after": now - timedelta(minutes=idle_minutes)}
    found = db.session.execute(_SIGNED_IN, given).first()
    if found is not None:
        note_stamp(found.stamp)
    return found
