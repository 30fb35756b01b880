"""By which addresses letters come back: given to what leaves, and believed of what comes in.

That a letter may be answered by mail is frozen with its facts, with the domain and the key of its address, so that it
reads the same at every attempt, whatever becomes of the settings meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from flask import current_app

from config import Mail, Security
from escalation.domain.codes import Audience, Event
from escalation.domain.intake_settings import IntakeSettings
from escalation.extensions import db
from escalation.mail.return_path import (
    Found,
    Purpose,
    Signed,
    is_expired,
    is_genuine,
    name_of_key,
    read_address,
    return_address,
)
from escalation.models.outbox import OutboxMessage

REPLY: Final = "reply"
ANSWERED_BY_OTHERS: Final = frozenset({Event.COMMENT_ADDED, Event.INFORMATION_PROVIDED})
"""What a desk may answer by mail: words that the commune reads too. Notes of a desk are answered on their page only."""


class Settings(Protocol):
    """What of the installation's settings addresses are made from."""

    @property
    def intake(self) -> IntakeSettings:
        """Under which domain mail comes in."""

    @property
    def security(self) -> Security:
        """The keys."""

    @property
    def mail(self) -> Mail:
        """Whom letters are from."""


class Leaving(Protocol):
    """What of a message its addresses are made from."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def message_id(self) -> str:
        """Its Message-ID."""

    @property
    def recipient_id(self) -> int:
        """Whom it is for."""

    @property
    def address(self) -> str:
        """Where it goes."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was frozen."""


def answerable(event: str, audience: Audience) -> dict[str, Any]:
    """Return what is frozen with a mail that may be answered by mail; nothing where none comes in, or it may not."""
    settings: Settings = current_app.extensions["config"]
    by_this_reader = audience is Audience.COMMUNE or (
        event in ANSWERED_BY_OTHERS and audience in (Audience.ASSIGNEE, Audience.DESK, Audience.PASSED)
    )
    if not settings.intake.domain or not by_this_reader:
        return {}
    return {REPLY: {"domain": settings.intake.domain, "key": name_of_key(settings.security.secret_key)}}


def reply_address(leaving: Leaving, settings: Settings) -> str:
    """Return where an answer to a letter goes; nothing where none is taken, or it names several cases."""
    frozen = leaving.facts.get(REPLY)
    if not isinstance(frozen, Mapping) or leaving.facts.get("cases"):
        return ""
    keys = keys_of(settings)
    key = next((key for key in keys if name_of_key(key) == frozen["key"]), keys[0])
    return return_address(Purpose.REPLY, signed(leaving), frozen["domain"], key)


def return_path(leaving: Leaving, settings: Settings) -> str:
    """Return where a report of a letter's failure goes; nothing where none is read."""
    if not settings.intake.domain:
        return ""
    return return_address(Purpose.BOUNCE, signed(leaving), settings.intake.domain, settings.security.secret_key)


def signed(leaving: Leaving) -> Signed:
    """Return what the addresses of a message are signed over."""
    return Signed(
        id=leaving.id, message_id=leaving.message_id, recipient_id=leaving.recipient_id, address=leaving.address
    )


def keys_of(settings: Settings) -> tuple[str, ...]:
    """Return the keys that addresses may be signed with, the present one first."""
    return (settings.security.secret_key, *settings.security.secret_key_fallbacks)


def find_letter(address: str) -> tuple[Found, OutboxMessage] | None:
    """Return the message that an address of ours was made for, and for what; None for what was not made here."""
    settings: Settings = current_app.extensions["config"]
    found = read_address(address, settings.intake.domain)
    letter = db.session.get(OutboxMessage, found.letter_id) if found else None
    if found is None or letter is None or not letter.address:
        return None
    return (found, letter) if is_genuine(found, signed(letter), keys_of(settings)) else None


def may_come_back(letter: OutboxMessage, now: datetime) -> bool:
    """Say whether a letter is young enough to come back."""
    return not is_expired(letter.event_at, now)
