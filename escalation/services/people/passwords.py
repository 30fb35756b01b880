"""Pass-phrases: how long they may be, how they are hashed and checked; the same time is spent when there is no hash."""

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS: Final = 8
MAX_CHARS: Final = 256

_HASHER: Final = PasswordHasher()


class WrongLength(ValueError):
    """A pass-phrase is shorter or longer than allowed."""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a pass-phrase, in any script.

    Units: 8 to 256 characters, counted after NFKC. Raises: WrongLength.
    """
    if not _has_allowed_length(password):
        raise WrongLength(f"a pass-phrase has {MIN_CHARS} to {MAX_CHARS} characters")
    return _HASHER.hash(_bytes(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Say whether a pass-phrase is the one hashed; without a hash, take as long and say no."""
    stand_in = _hash_of_nobody()
    fits = _has_allowed_length(password)
    try:
        matches = _HASHER.verify(password_hash or stand_in, _bytes(password if fits else ""))
    except (VerificationError, InvalidHashError):
        return False
    return matches and fits and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _has_allowed_length(password: str) -> bool:
    return len(password) <= MAX_CHARS and MIN_CHARS <= len(_normalised(password)) <= MAX_CHARS


def _normalised(password: str) -> str:
    """One spelling for what keyboards type differently."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normalised(password).encode("utf-8", "surrogatepass")


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(secrets.token_bytes(32))
