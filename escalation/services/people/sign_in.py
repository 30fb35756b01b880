"""Signing in and out: the proof of a pass-phrase, the rows that keep a browser signed in, their end.

What an unknown address, a wrong pass-phrase and a suspended person meet is the same answer after the same work.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from escalation.domain.errors import DomainError
from escalation.domain.secrets import digest_of
from escalation.models.people import Person, SignInSession
from escalation.services.people.passwords import hash_password, needs_rehash, verify_password
from escalation.services.people.throttle import Attempt, count_attempt, forget_attempt
from escalation.services.transaction import transaction

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(seconds=60)


class WrongCredentials(DomainError):
    """This address with this pass-phrase opens nothing; which of them is wrong is not said."""


@dataclass(frozen=True)
class Opened:
    """A session just opened; the token exists nowhere else but in what is given to the browser."""

    token: str
    session_id: int
    person_id: int


@dataclass(frozen=True)
class _Known:
    id: int
    password_hash: str


def sign_in(email: str, password: str, *, address: str, now: datetime, minutes: int) -> Opened:
    """Open a session for whoever knows the pass-phrase of an address.

    Every try counts before it is checked, so that many at once are not more than many in a row; the right one
    is taken off again. The slow check holds no transaction.
    Units: the session lasts ``minutes``. Raises: TooManyTries, WrongCredentials.
    """
    email = email.strip().lower()
    attempt = Attempt(email=email, address=address, at=now)
    known = _find_known(email, attempt)
    if not verify_password(known.password_hash if known else None, password) or known is None:
        raise WrongCredentials("sign_in")
    new_hash = hash_password(password) if needs_rehash(known.password_hash) else None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction() as session:
        person = session.get(Person, known.id, with_for_update=True)
        if person is None or person.suspended_at is not None or person.password_hash != known.password_hash:
            raise WrongCredentials("sign_in")
        person.password_hash = new_hash or person.password_hash
        forget_attempt(session, attempt)
        row = SignInSession(
            token_hash=digest_of(token),
            person_id=known.id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        session.add(row)
        session.flush()
        return Opened(token, row.id, known.id)


def _find_known(email: str, attempt: Attempt) -> _Known | None:
    """Count the try and return the person of an address, unless they are suspended."""
    with transaction() as session:
        count_attempt(session, attempt)
        row = session.execute(
            select(Person.id, Person.password_hash).where(Person.email == email, Person.suspended_at.is_(None))
        ).first()
        return _Known(*row) if row else None


def sign_out(session_id: int, now: datetime) -> None:
    """End a session: its token opens nothing from now on."""
    with transaction() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
            .values(ended_at=now)
        )


def touch_session(session_id: int, now: datetime) -> None:
    """Note that a session is in use, so that it does not end for idleness; not more often than each minute."""
    with transaction() as session:
        session.execute(
            update(SignInSession)
            .where(
                SignInSession.id == session_id,
                SignInSession.ended_at.is_(None),
                SignInSession.seen_at < now - SEEN_EVERY,
            )
            .values(seen_at=now)
        )
