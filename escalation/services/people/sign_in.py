"""Signing in and out: the proof of a pass-phrase, the end of the rows that keep a browser signed in.

What an unknown address or number, a wrong pass-phrase, a suspended and an invited person meet is the same answer after
the same work.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.errors import DomainError
from escalation.domain.phones import sign_in_name
from escalation.domain.secrets import digest_of
from escalation.models.people import Person, SignInSession
from escalation.queries.people.people import signs_in_by
from escalation.services.people.ending import end_sessions, tell_password_changed
from escalation.services.people.passwords import check_uncommon, hash_password, needs_rehash, verify_password
from escalation.services.people.proofs import Waiting, asks_proof, wait_for_proof
from escalation.services.people.security import note_security
from escalation.services.people.sessions import TOKEN_BYTES, Browser, Opened, open_in
from escalation.services.people.throttle import Attempt, count_attempt, forget_attempt
from escalation.services.people.trusted import end_trust
from escalation.services.transaction import transaction

SEEN_EVERY = timedelta(seconds=60)


class WrongCredentials(DomainError):
    """This address or number with this pass-phrase opens nothing; which of them is wrong is not said."""


@dataclass(frozen=True)
class _Known:
    id: int
    password_hash: str


def sign_in(email: str, password: str, *, address: str, browser: Browser) -> Opened | Waiting:
    """Open a session for whoever knows the pass-phrase of an account, or let it wait for a second proof.

    The account is named by its address or its telephone number.

    Every try counts before it is checked, so that many at once are not more than many in a row; the right one
    is taken off again. The slow check holds no transaction.
    Raises: TooManyTries, WrongCredentials.
    """
    attempt, known = _find_known(Attempt(email=sign_in_name(email), address=address, at=browser.now))
    if not verify_password(known.password_hash if known else None, password) or known is None:
        raise WrongCredentials("sign_in")
    new_hash = hash_password(password) if needs_rehash(known.password_hash) else None
    with transaction() as session:
        person = session.get(Person, known.id, with_for_update=True)
        if person is None or person.suspended_at is not None or person.password_hash != known.password_hash:
            raise WrongCredentials("sign_in")
        person.password_hash = new_hash or person.password_hash
        forget_attempt(session, attempt)
        if asks_proof(session, person, browser):
            return wait_for_proof(session, person, address, browser.now)
        return open_in(session, person, browser)


def _find_known(attempt: Attempt) -> tuple[Attempt, _Known | None]:
    """Count the try and return whose account it names, unless they are suspended or it took too many tries."""
    with transaction() as session:
        row = session.execute(
            select(Person.id, Person.password_hash).where(signs_in_by(attempt.email), Person.suspended_at.is_(None))
        ).first()
        attempt = replace(attempt, person_id=row.id if row else None)
        may_be_opened = count_attempt(session, attempt)
        return attempt, _Known(*row) if row and may_be_opened else None


def sign_out(session_id: int, now: datetime) -> None:
    """End a session: its token opens nothing from now on."""
    with transaction() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
            .values(ended_at=now)
        )


def end_own_session(person_id: int, session_id: int, now: datetime) -> None:
    """End one session of a person, whichever of their devices it is on; what is not theirs is left."""
    with transaction() as session:
        mine = (SignInSession.id == session_id, SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        ended = session.scalars(update(SignInSession).where(*mine).values(ended_at=now).returning(SignInSession.id))
        if ended.all():
            note_security(session, SecurityEventKind.SESSION_ENDED, now=now, person_id=person_id, session=session_id)


def end_other_sessions(person_id: int, session_id: int, now: datetime) -> int:
    """End every session of a person but this one; return how many were open."""
    with transaction() as session:
        count = end_sessions(session, person_id, now, but=session_id)
        if count:
            note_security(session, SecurityEventKind.SESSION_ENDED, now=now, person_id=person_id, count=count)
        return count


def change_password(session_id: int, current: str, new: str, *, address: str, now: datetime) -> str:
    """Give an account another pass-phrase, for who knows the one before; return the new token of this session.

    Every other session ends, and the owner is told.
    Raises: TooManyTries, WrongCredentials, WrongLength, CommonPassword.
    """
    with transaction() as session:
        person = session.get_one(Person, session.get_one(SignInSession, session_id).person_id)
        known, email, names = person.password_hash, person.email, (person.email, person.name_ar, person.name_fr)
        attempt = Attempt(email=email, address=address, at=now, person_id=person.id)
        may_be_opened = count_attempt(session, attempt)
    if not verify_password(known if may_be_opened else None, current):
        raise WrongCredentials("change_password")
    check_uncommon(new, *names)
    new_hash, token = hash_password(new), secrets.token_urlsafe(TOKEN_BYTES)
    with transaction() as session:
        row = session.get_one(SignInSession, session_id)
        person = session.get_one(Person, row.person_id, with_for_update=True)
        if person.password_hash != known or row.ended_at is not None:
            raise WrongCredentials("change_password")
        person.password_hash, row.token_hash = new_hash, digest_of(token)
        forget_attempt(session, attempt)
        end_sessions(session, person.id, now, but=session_id)
        end_trust(session, person.id)
        tell_password_changed(session, person, now, by="owner")
        return token


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
