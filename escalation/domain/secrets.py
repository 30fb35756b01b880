"""What may be stored of a secret of 256 bits: its digest, by which it is known again."""

import hashlib


def digest_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
