"""Secrets that we must be able to read again: sealed with a key made from the installation's, which no row holds."""

import base64
import secrets
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

NONCE_BYTES = 12
KEY_BYTES = 32


class Unsealable(ValueError):
    """None of the installation's keys opens what is sealed: the key that sealed it is gone, or it was changed."""


def seal(secret: str, purpose: str) -> str:
    """Return a secret sealed for one purpose: moved to another row it opens no more."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = next(_ciphers()).encrypt(nonce, secret.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Return the secret, sealed under the present key or one of those before it. Raises: Unsealable."""
    packed = base64.urlsafe_b64decode(sealed)
    for cipher in _ciphers():
        try:
            return cipher.decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], purpose.encode()).decode()
        except InvalidTag:
            continue
    raise Unsealable(purpose)


def _ciphers() -> Iterator[AESGCM]:
    """Yield a cipher for each key, the present one first."""
    security = current_app.extensions["config"].security
    for key in (security.secret_key, *security.secret_key_fallbacks):
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"escalation sealed secrets").derive(key.encode())
        yield AESGCM(derived)
