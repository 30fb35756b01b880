"""Pass-phrases: how long they may be, how they are hashed and checked; the same time is spent when there is no hash."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS: Final = 8
MAX_CHARS: Final = 256

MIN_KNOWN_CHARS: Final = 4
_BESIDES: Final = "0123456789٠١٢٣٤٥٦٧٨٩ .,;:!?*+-_/@#$%&"
_OF_THIS_PLACE: Final = (
    "escalation", "password", "motdepasse", "mot de passe", "passphrase", "maroc", "morocco", "المغرب", "كلمة السر",
    "كلمة المرور", "bismillah", "بسم الله", "azertyuiop", "azerty", "qwertyuiop", "qwerty", "administrateur",
)  # fmt: skip

_HASHER: Final = PasswordHasher()


class WrongLength(ValueError):
    """A pass-phrase is shorter or longer than allowed."""


class CommonPassword(ValueError):
    """A pass-phrase is one of those that are tried first, or says whose it is."""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a pass-phrase, in any script.

    Units: 8 to 256 characters, counted after NFKC. Raises: WrongLength.
    """
    if not _has_allowed_length(password):
        raise WrongLength(f"a pass-phrase has {MIN_CHARS} to {MAX_CHARS} characters")
    return _HASHER.hash(_bytes(password))


def check_uncommon(password: str, *about: str) -> None:
    """Let a pass-phrase pass that nobody would try first: none of the usual ones, nor a name with something behind it.

    ``about``: what is known of its owner, such as an address or a name. Raises: CommonPassword.
    """
    folded = _normalised(password).casefold()
    core = folded.strip(_BESIDES)
    known = {word for text in (*about, *_OF_THIS_PLACE) for word in _words(text)}
    if folded in _usual() or core in known or len(set(folded)) == 1:
        raise CommonPassword("a pass-phrase that is tried first")


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


def _words(text: str) -> Iterator[str]:
    """Yield a name or an address, whole and in its parts."""
    folded = _normalised(text).casefold()
    yield from (folded, folded.partition("@")[0])
    yield from (part for part in re.split(r"[^\w]+|_", folded) if len(part) >= MIN_KNOWN_CHARS)


@cache
def _usual() -> frozenset[str]:
    """Return the pass-phrases that are found most often where they leaked. Source: the lists of zxcvbn."""
    lists: dict[str, list[str]] = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(word for word in lists["passwords"] if len(word) >= MIN_CHARS)


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
