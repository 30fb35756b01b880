"""From a claimed message to the bytes of its letter: the same bytes at every attempt."""

from config import Installation, Mail
from escalation.mail.letter import Facts, Letter, Letterhead
from escalation.mail.mime import compose
from escalation.services.messages.outbox import Claimed


def letterhead_of(mail: Mail, installation: Installation) -> Letterhead:
    """Return what all letters of an installation share."""
    return Letterhead(name=mail.sender_name, sender=mail.sender, base_url=installation.base_url)


def write_letter(claimed: Claimed, letterhead: Letterhead) -> bytes:
    """Return the whole letter as it is handed to the relay. Raises: UnsendableLetter."""
    letter = Letter(
        event=claimed.event,
        audience=claimed.audience,
        language=claimed.language,
        address=claimed.address,
        message_id=claimed.message_id,
        event_at=claimed.event_at,
        facts=Facts.from_json(claimed.facts),
        template_version=claimed.template_version,
    )
    return compose(letter, letterhead)
