"""From a claimed message to the bytes of its letter: the same bytes at every attempt."""

from config import Installation, Mail
from escalation.domain.codes import Audience
from escalation.mail.letter import AccountFacts, DigestFacts, Facts, Letter, Letterhead
from escalation.mail.mime import compose
from escalation.services.messages.outbox import Claimed
from escalation.services.people.tokens import code_text, token_text


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
        facts=_facts(claimed),
        template_version=claimed.template_version,
    )
    return compose(letter, letterhead)


def _facts(claimed: Claimed) -> Facts | AccountFacts | DigestFacts:
    """Return what was frozen; a letter that carries a secret has it made again here, for no row holds it."""
    frozen = claimed.facts
    if claimed.audience is Audience.DIGEST:
        return DigestFacts.from_json(frozen)
    if claimed.audience is not Audience.ACCOUNT:
        return Facts.from_json(frozen)
    secret = None
    if "nonce" in frozen:
        secret = token_text(frozen["nonce"], frozen["digest"])
    elif "code_nonce" in frozen:
        secret = code_text(frozen["code_nonce"], frozen["code_digest"])
    return AccountFacts.from_json(frozen, secret or "")
