"""Ending the letters that gather, with the address that each of them carries: no sign-in, no cookie, no form of ours.

Source: RFC 8058.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Language
from escalation.domain.errors import NotFound
from escalation.domain.wants import ADJUSTABLE, DIGESTS, Way
from escalation.extensions import db
from escalation.models.people import Person
from escalation.queries.messages.wants import get_wants
from escalation.services.messages.preferences import write_wants
from escalation.services.people.security import note_security
from escalation.services.transaction import transaction

SALT = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Whose letters an address ends, and which."""

    person_id: int
    language: Language
    way: Way


def token_for(person_id: int, way: Way) -> str:
    """Return what ends one kind of digest of a person; the same each time, so that the letter is the same too."""
    return str(_signer().dumps([person_id, way.value]))


def read_token(token: str) -> Unsubscription:
    """Return whose letters a token ends. Raises: NotFound for one that was not made here, or whose reader is gone."""
    try:
        person_id, word = _signer().loads(token)
        way = Way(word)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("unsubscription") from error
    person = db.session.get(Person, person_id)
    if person is None or person.pseudonymised_at is not None or way not in DIGESTS:
        raise NotFound("unsubscription")
    return Unsubscription(person.id, person.language, way)


def unsubscribe(token: str, now: datetime) -> Unsubscription:
    """Let what came in one kind of digest stay in the app only; doing it again changes nothing. Raises: NotFound."""
    found = read_token(token)
    with transaction() as session:
        wants = get_wants(found.person_id)
        ended = [kind for kind in ADJUSTABLE if wants.way_of(kind) is found.way]
        if ended:
            write_wants(session, found.person_id, dict.fromkeys(ended, Way.APP_ONLY), now=now)
            kind = SecurityEventKind.MAILS_ENDED
            note_security(session, kind, now=now, person_id=found.person_id, way=found.way.value)
    return found


def _signer() -> URLSafeSerializer:
    security = current_app.extensions["config"].security
    keys = [*security.secret_key_fallbacks, security.secret_key]
    return URLSafeSerializer(keys, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256})
