"""Secrets that travel in a letter: made again from a nonce and the installation's key, so that no row holds them.

The row of a token holds its digest, the message that carries it holds the nonce. Who reads the database without the
key can make neither. A code is so short that its digest is made with the key as well: nobody finds it by trying all.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass

from flask import current_app

from escalation.domain.secrets import digest_of

NONCE_BYTES = 32
CODE_DIGITS = 6


@dataclass(frozen=True)
class Token:
    """A token just made, by the nonce that makes it again and by the digest that knows it."""

    nonce: str
    digest: str


def new_token() -> Token:
    """Return a token of 256 bits; the token itself is written by the letter that carries it."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    return Token(nonce, digest_of(_derive(_keys()[0], nonce)))


def token_text(nonce: str, digest: str) -> str | None:
    """Return the token of a nonce, made by whichever key made its digest; None when that key is gone."""
    made = (_derive(key, nonce) for key in _keys())
    return next((text for text in made if hmac.compare_digest(digest_of(text), digest)), None)


def new_code() -> Token:
    """Return a code of six digits; the code itself is written by the letter that carries it."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    key = _keys()[0]
    return Token(nonce, _code_digest(key, nonce, _derive_code(key, nonce)))


def code_text(nonce: str, digest: str) -> str | None:
    """Return the code of a nonce, made by whichever key made its digest; None when that key is gone."""
    made = ((key, _derive_code(key, nonce)) for key in _keys())
    return next((code for key, code in made if hmac.compare_digest(_code_digest(key, nonce, code), digest)), None)


def is_code(code: str, nonce: str, digest: str) -> bool:
    """Say whether this is the code of a nonce."""
    given = code.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return any(hmac.compare_digest(_code_digest(key, nonce, given), digest) for key in _keys())


def _derive(key: str, nonce: str) -> str:
    made = hmac.digest(key.encode(), f"token:{nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _derive_code(key: str, nonce: str) -> str:
    made = int.from_bytes(hmac.digest(key.encode(), f"code:{nonce}".encode(), "sha256"))
    return f"{made % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _code_digest(key: str, nonce: str, code: str) -> str:
    return hmac.digest(key.encode(), f"code-digest:{nonce}:{code}".encode(), "sha256").hex()


def _keys() -> tuple[str, ...]:
    security = current_app.extensions["config"].security
    return (security.secret_key, *security.secret_key_fallbacks)
