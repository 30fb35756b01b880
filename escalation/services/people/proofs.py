"""The second proof: opened, sent by mail, answered once; what a right answer opens is in the same transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, ProvenBy, SecurityEventKind
from escalation.domain.codes import MessageSource
from escalation.domain.errors import DomainError
from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.factors import Proof
from escalation.models.people import Person
from escalation.queries.people.factors import find_proof, has_factor
from escalation.services.messages.account_mail import write_account_mail
from escalation.services.messages.arrivals import note_read
from escalation.services.people.apps import use_app_code
from escalation.services.people.passkeys import find_shown, new_challenge, use_passkey
from escalation.services.people.recovery import Candidate, hash_candidate, use_code
from escalation.services.people.security import note_security
from escalation.services.people.sessions import Browser, Opened, open_in, raise_session
from escalation.services.people.throttle import Attempt, Door, count_attempt, forget_attempt
from escalation.services.people.tokens import is_code, new_code
from escalation.services.people.trusted import is_trusted, trust_device
from escalation.services.transaction import transaction

LASTS = timedelta(minutes=15)
CODE_LASTS = timedelta(minutes=10)
MAX_TRIES = 5
KEPT_FOR = timedelta(days=1)
TOKEN_BYTES = 32


class WrongProof(DomainError):
    """The answer proves nothing; which of the ways was tried is not said."""


class ProofClosed(DomainError):
    """Nothing is waited for any more: too late, too often, or answered already."""


@dataclass(frozen=True)
class Waiting:
    """A sign-in whose pass-phrase was right; the token exists nowhere else but in what is given to the browser."""

    token: str


@dataclass(frozen=True)
class Answer:
    """What somebody wrote, with plain digits and letters and nothing between, or what their passkey said."""

    code: str = ""
    passkey: str = ""


@dataclass(frozen=True)
class _Given:
    """An answer on its way: from which address, when, and hashed already where it may be a recovery code."""

    answer: Answer
    candidate: Candidate | None
    attempt: Attempt


def asks_proof(session: Session, person: Person, browser: Browser) -> bool:
    """Say whether this sign-in needs more than its pass-phrase."""
    if not (browser.asks or has_factor(person.id)):
        return False
    return not is_trusted(session, person.id, browser.trusted, browser.now)


def wait_for_proof(session: Session, person: Person, address: str, now: datetime) -> Waiting:
    """Let a sign-in wait for its second proof within a transaction; a code is sent where nothing is enrolled.

    Raises: TooManyTries.
    """
    proof, token = _open(session, now, person.id)
    if not has_factor(person.id):
        _send_code(session, person, proof, address, now)
    return Waiting(token)


def begin_step_up(person_id: int, session_id: int, *, address: str, now: datetime) -> str:
    """Send a code to who has nothing enrolled and is to prove in an open session who they are; return its token.

    Raises: TooManyTries.
    """
    with transaction() as session:
        person = session.get_one(Person, person_id)
        proof, token = _open(session, now, person_id, session_id)
        if not has_factor(person_id):
            _send_code(session, person, proof, address, now)
        return token


def send_again(token: str, *, address: str, now: datetime) -> None:
    """Send another code to who signs in; the one before opens nothing any more. Raises: ProofClosed, TooManyTries."""
    with transaction() as session:
        asked = find_proof(token, now)
        if asked is None or asked.person_id is None or has_factor(asked.person_id):
            raise ProofClosed("send_again")
        person = session.get_one(Person, asked.person_id, with_for_update=True)
        _send_code(session, person, _lock(session, token, now, None), address, now)


def open_challenge(
    token: str, person_id: int | None, session_id: int | None, *, address: str, now: datetime
) -> tuple[str, str]:
    """Return a challenge for a passkey and the token of the proof that waits for its answer, opened where none is.

    Raises: TooManyTries.
    """
    with transaction() as session:
        count_attempt(session, Attempt(email=str(person_id or ""), address=address, at=now, door=Door.PASSKEY))
        found = find_proof(token, now, session_id)
        if found is None or found.person_id != person_id:
            found, token = _open(session, now, person_id, session_id)
        found.challenge = new_challenge()
        return token, found.challenge


def take_challenge(token: str, session_id: int, now: datetime) -> str:
    """Return the challenge of a session's proof, which then is gone; "" where there is none."""
    with transaction() as session:
        try:
            proof = _lock(session, token, now, session_id)
        except ProofClosed:
            return ""
        challenge, proof.challenge = proof.challenge, ""
        return challenge


def finish_sign_in(token: str, answer: Answer, *, address: str, browser: Browser, trusts: bool) -> Opened:
    """Open the session that waited for a second proof; of a passkey alone, that of whose it is.

    Every try counts before it is looked at, for the account, the address and all, and for this sign-in.
    Raises: TooManyTries, WrongProof, ProofClosed.
    """
    now = browser.now
    asked = find_proof(token, now)
    if asked is None:
        raise ProofClosed("sign_in")
    person_id = asked.person_id or _owner_of(answer)
    given = _count(person_id, answer, address, now)
    with transaction() as session:
        person = session.get(Person, person_id or 0, with_for_update=True)
        proof = _lock(session, token, now, None)
        by = _proven_by(session, person, proof, given, now) if person and _is_open(person) else None
        if person is not None and by is not None:
            proof.ended_at = now
            forget_attempt(session, given.attempt)
            opened = open_in(session, person, browser, by)
            trust = trust_device(session, person.id, browser.device, now) if trusts else ""
            return Opened(opened.token, opened.session_id, opened.person_id, trust, by)
        is_over = _refuse(session, proof, person, now)
    raise ProofClosed("sign_in") if is_over else WrongProof("sign_in")


def step_up(token: str, person_id: int, session_id: int, answer: Answer, *, address: str, now: datetime) -> Opened:
    """Note in an open session that its owner proved again who they are; its token is another one from now on.

    Raises: TooManyTries, WrongProof, ProofClosed, NotFound.
    """
    given = _count(person_id, answer, address, now)
    asked = find_proof(token, now, session_id)
    with transaction() as session:
        proof = _lock(session, token, now, session_id) if asked else _open(session, now, person_id, session_id)[0]
        person = session.get_one(Person, person_id, with_for_update=True)
        by = _proven_by(session, person, proof, given, now)
        if by is not None:
            proof.ended_at = now
            forget_attempt(session, given.attempt)
            note_security(session, SecurityEventKind.PROVEN, now=now, person_id=person_id, by=by)
            return Opened(raise_session(session, session_id, now), session_id, person_id, by=by)
        is_over = _refuse(session, proof, person, now)
    raise ProofClosed("step_up") if is_over else WrongProof("step_up")


def _open(session: Session, now: datetime, person_id: int | None, session_id: int | None = None) -> tuple[Proof, str]:
    session.execute(delete(Proof).where(Proof.expires_at < now - KEPT_FOR))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    proof = Proof(
        token_hash=digest_of(token),
        person_id=person_id,
        session_id=session_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(proof)
    session.flush()
    return proof, token


def _lock(session: Session, token: str, now: datetime, session_id: int | None) -> Proof:
    """Return the proof of a token for this caller alone. Raises: ProofClosed."""
    where = Proof.session_id.is_(None) if session_id is None else Proof.session_id == session_id
    query = select(Proof).where(Proof.token_hash == digest_of(token), where).with_for_update()
    proof = session.scalars(query, execution_options={"populate_existing": True}).first()
    if proof is None or proof.ended_at is not None or proof.expires_at <= now:
        raise ProofClosed("proof")
    return proof


def _send_code(session: Session, person: Person, proof: Proof, address: str, now: datetime) -> None:
    count_attempt(session, Attempt(email=person.email, address=address, at=now, door=Door.CODE_MAIL))
    code, until = new_code(), now + CODE_LASTS
    proof.code_nonce, proof.code_digest, proof.code_until = code.nonce, code.digest, until
    proof.expires_at = max(proof.expires_at, until)
    event = note_security(session, SecurityEventKind.CODE_SENT, now=now, person_id=person.id)
    facts = {"code_nonce": code.nonce, "code_digest": code.digest, "at": now.isoformat(), "until": until.isoformat()}
    source = (MessageSource.SECURITY, event.id)
    write_account_mail(session, person, AccountNotice.SIGN_IN_CODE, source=source, now=now, facts=facts)


def _count(person_id: int | None, answer: Answer, address: str, now: datetime) -> _Given:
    """Count a try, and hash what may be a recovery code: slowly, and in no transaction."""
    with transaction() as session:
        person = session.get(Person, person_id) if person_id else None
        attempt = Attempt(email=person.email if person else "", address=address, at=now, door=Door.CODE)
        count_attempt(session, attempt)
    candidate = hash_candidate(db.session(), person_id, answer.code) if person_id and answer.code else None
    return _Given(answer, candidate, attempt)


def _owner_of(answer: Answer) -> int | None:
    """Return whose passkey an answer shows; what it proves is not known yet."""
    shown = find_shown(answer.passkey) if answer.passkey else None
    return shown.person_id if shown else None


def _is_open(person: Person) -> bool:
    return person.suspended_at is None and bool(person.password_hash)


def _proven_by(session: Session, person: Person, proof: Proof, given: _Given, now: datetime) -> ProvenBy | None:
    """Return what an answer proved who somebody is by; it is used up. None where it proves nothing."""
    if given.answer.passkey:
        challenge, proof.challenge = proof.challenge, ""
        taken = use_passkey(session, person.id, given.answer.passkey, challenge, now)
        return ProvenBy.PASSKEY if taken else None
    if proof.person_id is None or not given.answer.code:
        return None
    if not has_factor(person.id):
        if not _is_sent_code(proof, given.answer.code, now):
            return None
        note_read(session, person, now)
        return ProvenBy.EMAIL
    if use_app_code(session, person.id, given.answer.code, now):
        return ProvenBy.APP
    is_on_paper = given.candidate is not None and use_code(session, person, given.candidate, now)
    return ProvenBy.RECOVERY if is_on_paper else None


def _is_sent_code(proof: Proof, code: str, now: datetime) -> bool:
    is_in_time = proof.code_until is not None and proof.code_until > now
    return is_in_time and is_code(code, proof.code_nonce, proof.code_digest)


def _refuse(session: Session, proof: Proof, person: Person | None, now: datetime) -> bool:
    """Count a wrong answer; after the last one this proof can be given no more."""
    proof.tries += 1
    if person is not None:
        note_security(session, SecurityEventKind.PROOF_REFUSED, now=now, person_id=person.id)
    if proof.tries >= MAX_TRIES:
        proof.ended_at = now
    return proof.ended_at is not None
