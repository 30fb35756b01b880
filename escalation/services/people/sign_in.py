"""Signing in and out: the proof of a pass-phrase, the rows that keep a browser signed in, their end.

What an unknown address or number, a wrong pass-phrase, a suspended and an invited person meet is the same answer after
the same work.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.domain.codes import AccountNotice, MessageSource, SecurityEventKind
from escalation.domain.errors import DomainError, NotFound
from escalation.domain.phones import sign_in_name
from escalation.domain.secrets import digest_of
from escalation.models.people import Person, SignInSession
from escalation.queries.people.people import signs_in_by
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.people.ending import end_sessions, tell_password_changed
from escalation.services.people.passwords import check_uncommon, hash_password, needs_rehash, verify_password
from escalation.services.people.security import note_security
from escalation.services.people.throttle import Attempt, count_attempt, forget_attempt
from escalation.services.transaction import transaction

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(seconds=60)


class WrongCredentials(DomainError):
    """This address or number with this pass-phrase opens nothing; which of them is wrong is not said."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Where and when somebody signs in. Units: the session lasts ``minutes``."""

    now: datetime
    minutes: int
    device: str = ""
    tells: bool = False
    """The owner of the account is told by mail when it is opened on a device they had not used before."""


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


def sign_in(email: str, password: str, *, address: str, browser: Browser) -> Opened:
    """Open a session for whoever knows the pass-phrase of an account, named by its address or its telephone number.

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
        return _open(session, person, browser)


def open_session(person_id: int, browser: Browser) -> Opened:
    """Open a session for somebody who has proven in another way who they are. Raises: NotFound."""
    with transaction() as session:
        person = session.get(Person, person_id)
        if person is None or person.suspended_at is not None:
            raise NotFound("person")
        return _open(session, person, browser)


def _open(session: Session, person: Person, browser: Browser) -> Opened:
    token, now = secrets.token_urlsafe(TOKEN_BYTES), browser.now
    is_known = _is_known(session, person.id, browser)
    row = SignInSession(
        token_hash=digest_of(token),
        person_id=person.id,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(minutes=browser.minutes),
        device=browser.device,
    )
    session.add(row)
    session.flush()
    event = note_security(session, SecurityEventKind.SIGNED_IN, now=now, person_id=person.id, session=row.id)
    if browser.tells and not is_known:
        facts, source = {"at": now.isoformat(), "device": browser.device}, (MessageSource.SECURITY, event.id)
        write_account_mail(session, person, AccountNotice.OPENED_ON_NEW_DEVICE, source=source, now=now, facts=facts)
    return Opened(token, row.id, person.id)


def _is_known(session: Session, person_id: int, browser: Browser) -> bool:
    """Say whether this person has signed in on such a device before, or never on any: the first one is theirs."""
    before = select(SignInSession.device).where(SignInSession.person_id == person_id).distinct()
    devices = set(session.scalars(before))
    return not devices or browser.device in devices


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
