"""Adding and taking away what a person proves themselves with; its owner is told of each."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from escalation.domain.account_codes import AccountNotice, Factor, SecurityEventKind
from escalation.domain.errors import NotFound
from escalation.domain.secrets import digest_of
from escalation.models.factors import AuthenticatorApp, Passkey, RecoveryCode
from escalation.models.people import Person
from escalation.queries.people.factors import get_enrolled, has_factor
from escalation.services.people.apps import confirm_begun
from escalation.services.people.ending import end_sessions
from escalation.services.people.notices import tell_owner
from escalation.services.people.passkeys import MOST_PASSKEYS, find_site, read_added
from escalation.services.people.proofs import WrongProof, take_challenge
from escalation.services.people.sessions import raise_session
from escalation.services.people.throttle import Attempt, Door, count_attempt, forget_attempt
from escalation.services.people.trusted import end_trust
from escalation.services.transaction import transaction


def confirm_app(person_id: int, session_id: int, code: str, *, address: str, now: datetime) -> str:
    """Let the app that was begun count, for who writes one of its codes; return the session's new token.

    Raises: TooManyTries, WrongProof.
    """
    with transaction() as session:
        email = session.get_one(Person, person_id).email
        attempt = Attempt(email=email, address=address, at=now, door=Door.CODE)
        count_attempt(session, attempt)
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        if not confirm_begun(session, person_id, code, now):
            raise WrongProof("confirm_app")
        forget_attempt(session, attempt)
        return _added(session, person, Factor.APP, session_id, now)


def add_passkey(person_id: int, session_id: int, token: str, *, name: str, answer: str, now: datetime) -> str:
    """Keep the passkey that a browser made for the challenge of a proof; return the session's new token.

    Raises: WrongProof.
    """
    site, challenge = find_site(), take_challenge(token, session_id, now)
    made = read_added(answer, challenge, site) if site and challenge else None
    if made is None:
        raise WrongProof("add_passkey")
    credential_id = bytes_to_base64url(made.credential_id)
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        is_there = session.query(Passkey.id).filter_by(credential_hash=digest_of(credential_id)).first()
        if is_there or len(get_enrolled(person_id).passkeys) >= MOST_PASSKEYS:
            raise WrongProof("add_passkey")
        session.add(
            Passkey(
                person_id=person_id,
                name=name,
                credential_id=credential_id,
                credential_hash=digest_of(credential_id),
                public_key=bytes_to_base64url(made.credential_public_key),
                sign_count=made.sign_count,
                created_at=now,
            )
        )
        return _added(session, person, Factor.PASSKEY, session_id, now)


def remove_app(person_id: int, session_id: int, now: datetime) -> None:
    """Take away a person's app. Raises: NotFound."""
    theirs = (AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_not(None))
    with transaction() as session:
        gone = session.scalars(delete(AuthenticatorApp).where(*theirs).returning(AuthenticatorApp.id)).all()
        _removed(session, person_id, Factor.APP, session_id, now, is_gone=bool(gone))


def remove_passkey(person_id: int, passkey_id: int, session_id: int, now: datetime) -> None:
    """Take away one passkey of a person. Raises: NotFound."""
    theirs = (Passkey.person_id == person_id, Passkey.id == passkey_id)
    with transaction() as session:
        gone = session.scalars(delete(Passkey).where(*theirs).returning(Passkey.id)).all()
        _removed(session, person_id, Factor.PASSKEY, session_id, now, is_gone=bool(gone))


def reset_factors_of(person_id: int, now: datetime) -> None:
    """Take away what a person proves themselves with, on the word of the installation itself."""
    with transaction() as session:
        drop_factors(session, session.get_one(Person, person_id, with_for_update=True), now, None)


def drop_factors(session: Session, person: Person, now: datetime, by_id: int | None) -> None:
    """Take away everything a person proves themselves with, within a transaction: sessions and trust end with it."""
    for table in (AuthenticatorApp, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.person_id == person.id))
    end_trust(session, person.id)
    end_sessions(session, person.id, now)
    tell_owner(session, person, SecurityEventKind.FACTORS_RESET, AccountNotice.FACTORS_RESET, now=now, by_id=by_id)


def _added(session: Session, person: Person, factor: Factor, session_id: int, now: datetime) -> str:
    """Tell of a new factor; no device was trusted with it in mind, and this session has just proven it."""
    end_trust(session, person.id)
    tell_owner(session, person, SecurityEventKind.FACTOR_ADDED, AccountNotice.FACTOR_ADDED, now=now, factor=factor)
    return raise_session(session, session_id, now)


def _removed(
    session: Session, person_id: int, factor: Factor, session_id: int, now: datetime, *, is_gone: bool
) -> None:
    """Tell of a factor that is gone: with it every other session, every trust, and with the last one the codes."""
    if not is_gone:
        raise NotFound("factor")
    if not has_factor(person_id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    end_trust(session, person_id)
    end_sessions(session, person_id, now, but=session_id)
    person = session.get_one(Person, person_id)
    tell_owner(session, person, SecurityEventKind.FACTOR_REMOVED, AccountNotice.FACTOR_REMOVED, now=now, factor=factor)
