"""What people prove themselves with, as tests have it: an app, a device with passkeys, codes from letters."""

import hashlib
import json
import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from escalation.models.factors import AuthenticatorApp
from escalation.services.people.apps import get_begun_secret
from escalation.services.people.sealing import seal
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Inhabitant
from tests.visitor import ORIGIN, Visitor
from tests.web.test_doors import letters, words_of

CODE = re.compile(r"^\D*(\d{6})\D*$", re.MULTILINE)
PRESENT, VERIFIED, WITH_KEY = 1, 4, 64


def enrol_app(app: Flask, person: Inhabitant) -> pyotp.TOTP:
    """Give a person an app that counts, and return it."""
    secret, now = pyotp.random_base32(), datetime.now(UTC)
    with app.app_context(), transaction() as session:
        sealed = seal(secret, f"app of {person.id}")
        session.add(AuthenticatorApp(person_id=person.id, sealed_secret=sealed, created_at=now, confirmed_at=now))
    return pyotp.TOTP(secret)


def begun_app(app: Flask, person: Inhabitant) -> pyotp.TOTP:
    """Return the app that a person is adding."""
    with app.app_context():
        return pyotp.TOTP(get_begun_secret(person.id))


def shown_at(totp: pyotp.TOTP, steps: int = 0) -> str:
    """Return the code that an app shows now, or so many steps of thirty seconds from now."""
    return totp.at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def wrong_for(totp: pyotp.TOTP) -> str:
    """Return a code that the app shows neither now nor around now."""
    near = {shown_at(totp, steps) for steps in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in near
    )


def mailed_code(app: Flask) -> str:
    """Return the code of the newest letter that holds one."""
    found = [CODE.findall(words_of(letter)) for letter in letters(app)]
    codes = [code for each in found for code in each]
    assert codes, "no letter with a code is due"
    return codes[-1]


def enter(visitor: Visitor, person: Inhabitant, **more: str) -> str:
    """Send the sign-in page of a person; return where it leads."""
    answer = visitor.submit("/sign-in", {"email": person.email, "password": PASSWORD, **more})
    assert answer.status_code == 303
    return str(answer.location)


def is_in(visitor: Visitor) -> bool:
    """Say whether a browser is signed in."""
    return visitor.get("/account/factors").status_code == 200


@dataclass
class Device:
    """A device that makes and shows passkeys, and asks its owner each time, unless told otherwise."""

    origin: str = ORIGIN
    verifies: bool = True
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = b"a-passkey-for-tests-0001"
    count: int = 0

    def make(self, options: dict[str, Any]) -> str:
        """Return what a browser says once the device made a passkey."""
        held = struct.pack(">16sH", b"", len(self.credential_id)) + self.credential_id + self._public_key()
        data = self._data(options["rp"]["id"], held)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said({"clientDataJSON": self._client("webauthn.create", options), "attestationObject": attested})

    def show(self, options: dict[str, Any]) -> str:
        """Return what a browser says once the device showed its passkey."""
        self.count += 1 if self.counts else 0
        data, client = self._data(options["rpId"]), self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _said(self, response: dict[str, bytes]) -> str:
        shown = bytes_to_base64url(self.credential_id)
        packed = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": shown, "rawId": shown, "type": "public-key", "response": packed})

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, rp_id: str, held: bytes = b"") -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | (WITH_KEY if held else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count) + held

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        key: bytes = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        return key


def ask_challenge(visitor: Visitor, path: str = "/passkeys/challenge") -> dict[str, Any]:
    """Ask for what a device has to sign, as a page does when its button is pressed."""
    answer = visitor.submit(path)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.get_json()
    assert len(base64url_to_bytes(options["challenge"])) == 32
    return options


def add_passkey(visitor: Visitor, device: Device, name: str = "my telephone") -> int:
    """Add a device's passkey in a session that has just been proven; return the status."""
    made = device.make(ask_challenge(visitor, "/account/passkeys/challenge"))
    return visitor.submit("/account/passkeys", {"name": name, "passkey": made}).status_code
