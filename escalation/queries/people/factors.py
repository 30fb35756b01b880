"""Reading what a person enrolled, the codes they have left and the devices they trust."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select

from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.factors import AuthenticatorApp, Passkey, Proof, RecoveryCode, TrustedDevice
from escalation.models.people import Person


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a person has to prove who they are with, besides the pass-phrase."""

    app: AuthenticatorApp | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def any(self) -> bool:
        """Say whether there is a factor; codes on paper alone are none."""
        return self.app is not None or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class Asked:
    """A proof that is waited for, as its page shows it."""

    proof: Proof
    person: Person
    enrolled: Enrolled


def has_any_factor(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a person enrolled something."""
    app = exists().where(AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_not(None))
    return or_(app, exists().where(Passkey.person_id == person_id))


def has_factor(person_id: int) -> bool:
    """Say whether a person enrolled an app or a passkey."""
    query = select(has_any_factor(Person.__table__.c.id)).where(Person.id == person_id)
    return bool(db.session.scalar(query))


def get_enrolled(person_id: int) -> Enrolled:
    """Return what a person enrolled."""
    is_confirmed = (AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_not(None))
    passkeys = select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)
    left = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return Enrolled(
        db.session.scalars(select(AuthenticatorApp).where(*is_confirmed).limit(1)).first(),
        list(db.session.scalars(passkeys)),
        db.session.scalar(left) or 0,
    )


def find_begun_app(person_id: int) -> AuthenticatorApp | None:
    """Return the app whose first code is waited for."""
    query = select(AuthenticatorApp).where(
        AuthenticatorApp.person_id == person_id, AuthenticatorApp.confirmed_at.is_(None)
    )
    return db.session.scalars(query.order_by(AuthenticatorApp.id.desc()).limit(1)).first()


def list_trusted(person_id: int, now: datetime) -> list[TrustedDevice]:
    """Return the devices that a person trusts, the newest first."""
    query = select(TrustedDevice).where(TrustedDevice.person_id == person_id, TrustedDevice.expires_at > now)
    return list(db.session.scalars(query.order_by(TrustedDevice.id.desc())))


def find_proof(token: str, now: datetime, session_id: int | None = None) -> Proof | None:
    """Return the proof of a token while it can be given: of a session where one is named, else of a sign-in."""
    where = Proof.session_id.is_(None) if session_id is None else Proof.session_id == session_id
    query = select(Proof).where(
        Proof.token_hash == digest_of(token), where, Proof.ended_at.is_(None), Proof.expires_at > now
    )
    return db.session.scalars(query).first()


def find_asked(token: str, now: datetime) -> Asked | None:
    """Return the second step of a sign-in, while it can be taken."""
    proof = find_proof(token, now)
    if proof is None or proof.person_id is None:
        return None
    return Asked(proof, db.session.get_one(Person, proof.person_id), get_enrolled(proof.person_id))
