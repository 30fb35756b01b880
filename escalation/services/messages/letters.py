"""The way out by e-mail: from a claimed message to the bytes of its letter, and from there to the relay."""

from dataclasses import dataclass

from config import Installation, Mail
from escalation.domain.codes import Audience
from escalation.domain.delivery import Result
from escalation.mail.letter import AccountFacts, DigestFacts, Facts, Letter, Letterhead
from escalation.mail.mime import compose
from escalation.mail.transport import SmtpRelay
from escalation.services.messages.claims import Claimed
from escalation.services.messages.kept_wordings import find_wording
from escalation.services.messages.outgoing import Outgoing
from escalation.services.messages.return_paths import Settings, reply_address, return_path
from escalation.services.people.tokens import code_text, token_text


@dataclass(frozen=True, slots=True)
class Envelope:
    """Between whom one letter travels, and where an answer to it goes."""

    sender: str
    """The return path: where a report of its failure is sent."""
    recipient: str
    reply_to: str = ""
    """Nothing: an answer goes where the letter says it is from."""


class EmailCarrier:
    """Letters through the relay of the settings, over one connection kept from letter to letter."""

    def __init__(self, config: Outgoing) -> None:
        self._config, self._letterhead = config, letterhead_of(config.mail, config.installation)
        self._relay = SmtpRelay(config.mail)

    def write(self, claimed: Claimed) -> bytes:
        """Return the whole letter. Raises: UnsendableLetter."""
        return write_letter(claimed, self._letterhead, envelope_of(claimed, self._config))

    def send(self, claimed: Claimed, content: bytes) -> Result:
        """Hand one letter to the relay."""
        envelope = envelope_of(claimed, self._config)
        return self._relay.send(envelope.recipient, content, sender=envelope.sender)

    def close(self) -> None:
        """Say goodbye to the relay."""
        self._relay.close()


def envelope_of(claimed: Claimed, settings: Settings) -> Envelope:
    """Return between whom a letter travels: the same at every attempt, and said here only."""
    return Envelope(
        sender=return_path(claimed, settings) or settings.mail.sender,
        recipient=claimed.address,
        reply_to=reply_address(claimed, settings),
    )


def letterhead_of(mail: Mail, installation: Installation) -> Letterhead:
    """Return what all letters of an installation share."""
    return Letterhead(name=mail.sender_name, sender=mail.sender, base_url=installation.base_url)


def write_letter(claimed: Claimed, letterhead: Letterhead, envelope: Envelope | None = None) -> bytes:
    """Return the whole letter as it is handed to the relay. Raises: UnsendableLetter."""
    envelope = envelope or Envelope(letterhead.sender, claimed.address)
    letter = Letter(
        event=claimed.event,
        audience=claimed.audience,
        language=claimed.language,
        address=envelope.recipient,
        reply_to=envelope.reply_to,
        message_id=claimed.message_id,
        event_at=claimed.event_at,
        facts=_facts(claimed),
        template_version=claimed.template_version,
        wording=find_wording(claimed.event, claimed.audience, claimed.language, claimed.template_version),
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
