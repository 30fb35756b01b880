"""Ten codes on paper for whoever loses a telephone: shown once, hashed slowly, each works once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from escalation.domain.account_codes import AccountNotice, SecurityEventKind
from escalation.models.factors import RecoveryCode
from escalation.models.people import Person
from escalation.queries.people.factors import has_factor
from escalation.services.people.notices import tell_owner
from escalation.services.transaction import transaction

COUNT = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody takes for another: no i, l, o, no 0 and 1."""
CODE_CHARS = 10
SALT_BYTES = 16
MEMORY_KIB, ROUNDS = 19_456, 2
"""What hashing one costs: less than for a pass-phrase, since nobody chose these 50 bits. Source: OWASP, argon2id."""


@dataclass(frozen=True)
class Candidate:
    """A code that somebody wrote, hashed with the salt of the set that stood when it was."""

    salt: str
    code_hash: str


def renew_codes(person_id: int, now: datetime) -> list[str]:
    """Give a person ten new codes, told here and never again; those before them end. Nobody without a factor has any.

    The slow hashing holds no transaction.
    """
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(CODE_CHARS)) for _code in range(COUNT)]
    salt = secrets.token_hex(SALT_BYTES)
    hashes = [_hash(code, salt) for code in codes]
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update=True)
        if not has_factor(person_id):
            return []
        session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
        session.add_all(RecoveryCode(person_id=person_id, salt=salt, code_hash=each, created_at=now) for each in hashes)
        tell_owner(session, person, SecurityEventKind.RECOVERY_RENEWED, AccountNotice.RECOVERY_RENEWED, now=now)
    half = CODE_CHARS // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def hash_candidate(session: Session, person_id: int, written: str) -> Candidate | None:
    """Return what was written, hashed as the codes of a person are; None where it cannot be one of them."""
    if len(written) != CODE_CHARS or set(written) - set(LETTERS):
        return None
    salt = session.scalar(select(RecoveryCode.salt).where(RecoveryCode.person_id == person_id).limit(1))
    return None if salt is None else Candidate(salt, _hash(written, salt))


def use_code(session: Session, person: Person, candidate: Candidate, now: datetime) -> bool:
    """Use up a code within a transaction and tell its owner; False when it is none, or was used."""
    unused = (RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None), RecoveryCode.salt == candidate.salt)
    rows = session.scalars(select(RecoveryCode).where(*unused).with_for_update()).all()
    found = [row for row in rows if hmac.compare_digest(row.code_hash, candidate.code_hash)]
    if not found:
        return False
    taken = update(RecoveryCode).where(RecoveryCode.id == found[0].id, RecoveryCode.used_at.is_(None))
    if not session.scalars(taken.values(used_at=now).returning(RecoveryCode.id)).all():
        return False
    tell_owner(
        session, person, SecurityEventKind.RECOVERY_USED, AccountNotice.RECOVERY_USED, now=now, left=len(rows) - 1
    )
    return True


def _hash(code: str, salt: str) -> str:
    """Return the argon2id hash of a code: a set shares its salt, so that one hashing tells whether a code is of it."""
    return hash_secret_raw(code.encode(), bytes.fromhex(salt), ROUNDS, MEMORY_KIB, 1, 32, Type.ID).hex()
