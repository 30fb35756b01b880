"""Passkeys: what a browser is asked, and what its answer must be; the device has to know its owner each time."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from escalation.domain.secrets import digest_of
from escalation.extensions import db
from escalation.models.factors import Passkey

CHALLENGE_BYTES = 32
MAX_ANSWER_CHARS = 20_000
MOST_PASSKEYS = 10


@dataclass(frozen=True)
class Site:
    """To whom a passkey is bound: the installation's own address, whatever a request names."""

    rp_id: str
    origin: str
    name: str


def find_site() -> Site | None:
    """Return the site of the settings; None where it is reached by a number, to which nothing can be bound."""
    installation = current_app.extensions["config"].installation
    parts = urlsplit(installation.base_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return Site(host, f"{parts.scheme}://{parts.netloc}", installation.name) if host else None
    return None


def new_challenge() -> str:
    """Return what a device has to sign, once."""
    return bytes_to_base64url(secrets.token_bytes(CHALLENGE_BYTES))


class Owner(Protocol):
    """Who makes a passkey, as their device is to call them."""

    @property
    def id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...


def options_to_add(owner: Owner, passkeys: list[Passkey], challenge: str, site: Site) -> dict[str, Any]:
    """Return what a browser needs to make a passkey for a person, on a device that has none of theirs."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=hashlib.sha256(f"passkeys of {owner.id}".encode()).digest(),
        user_name=owner.email,
        user_display_name=owner.name,
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(passkeys),
    )
    return _as_json(options)


def options_to_prove(passkeys: list[Passkey], challenge: str, site: Site) -> dict[str, Any]:
    """Return what a browser needs to show a passkey: one of these, or whichever it has for this site."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=base64url_to_bytes(challenge),
        allow_credentials=_descriptors(passkeys) or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def read_added(answer: str, challenge: str, site: Site) -> VerifiedRegistration | None:
    """Return the passkey that a browser made for this challenge; None when the answer is not sound."""
    try:
        return verify_registration_response(
            credential=_read(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None


def find_shown(answer: str) -> Passkey | None:
    """Return the passkey that an answer names, whoever has it; what it proves is not looked at yet."""
    try:
        shown = _read(answer).get("id")
    except (ValueError, AttributeError):
        return None
    if not isinstance(shown, str):
        return None
    return db.session.scalars(select(Passkey).where(Passkey.credential_hash == digest_of(shown))).first()


def use_passkey(session: Session, person_id: int, answer: str, challenge: str, now: datetime) -> bool:
    """Take the answer of a person's passkey to this challenge within a transaction; False when it proves nothing."""
    site, shown = find_site(), find_shown(answer)
    if site is None or shown is None or shown.person_id != person_id or not challenge:
        return False
    row = session.get_one(Passkey, shown.id, with_for_update=True, populate_existing=True)
    try:
        verified = verify_authentication_response(
            credential=_read(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    row.sign_count, row.used_at = verified.new_sign_count, now
    return True


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER_CHARS:
        raise ValueError("longer than any answer of a passkey")
    read: dict[str, Any] = json.loads(answer)
    return read


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]


def _as_json(options: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(options_to_json(options))
    return read
