"""An example of one more way: text messages through the gateway of an operator. It is tested, and not in use.

Copy it, say in `_request` what the gateway of the operator wants to be asked, and add one line to `MORE_CHANNELS`
(docs/channels.md). The text is that of the button of a case: the reference, the date and the link, and no other word.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from escalation.domain.codes import Language, MessageChannel
from escalation.domain.delivery import Result
from escalation.domain.notices import Notice
from escalation.extensions import db
from escalation.labels import day_text
from escalation.mail.letter import Facts, UnsendableLetter
from escalation.models.people import Person
from escalation.services.messages.claims import Claimed
from escalation.services.messages.more_channels import MoreChannel
from escalation.services.messages.outgoing import Outgoing
from escalation.services.webhooks.post import Limits, post

MOST_CHARS: Final = 320
TEXTS: Final = {
    Language.AR: "تحية طيبة. الملف {ref} ينتظر جوابكم قبل {due}: {link}",
    Language.FR: "Bonjour. Le dossier {ref} attend votre réponse avant le {due}\u00a0: {link}",
    Language.EN: "Hello. Case {ref} awaits your answer by {due}: {link}",
}
UNDATED: Final = {
    Language.AR: "تحية طيبة. الملف {ref} ينتظركم: {link}",
    Language.FR: "Bonjour. Le dossier {ref} vous attend\u00a0: {link}",
    Language.EN: "Hello. Case {ref} awaits you: {link}",
}
DATES: Final = ("answer_by", "confirm_by", "acknowledge_by")


@dataclass(frozen=True)
class Gateway:
    """The gateway of an operator: where it is asked, and what proves who asks."""

    url: str
    token: str = field(repr=False)
    limits: Limits = field(default_factory=Limits)


class SmsCarrier:
    """Text messages, each asked for in a request of its own."""

    def __init__(self, gateway: Gateway, config: Outgoing) -> None:
        self._gateway, self._base_url = gateway, config.installation.base_url.rstrip("/")

    def write(self, claimed: Claimed) -> bytes:
        """Return the text: the same at every attempt. Raises: UnsendableLetter."""
        facts = Facts.from_json(claimed.facts)
        due = next((day for name in DATES if (day := getattr(facts, name)) is not None), None)
        link = f"{self._base_url}/obstacles/{facts.reference}"
        if due is None:
            text = UNDATED[claimed.language].format(ref=facts.reference, link=link)
        else:
            words = {"ref": facts.reference, "due": day_text(due, claimed.language), "link": link}
            text = TEXTS[claimed.language].format(**words)
        if len(text) > MOST_CHARS:
            raise UnsendableLetter("too long for a text message")
        return text.encode()

    def send(self, claimed: Claimed, content: bytes) -> Result:
        """Ask the gateway to send one text, and say what came of it."""
        headers, body = self._request(claimed, content.decode())
        return post(self._gateway.url, headers, body, self._gateway.limits)

    def close(self) -> None:
        """Nothing is kept open."""

    def _request(self, claimed: Claimed, text: str) -> tuple[Mapping[str, str], bytes]:
        """Return what the gateway is asked. The key lets it know what it was asked before: a text is sent once."""
        headers = {
            "Authorization": f"Bearer {self._gateway.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": claimed.message_id.strip("<>"),
        }
        return headers, json.dumps({"to": claimed.address, "text": text}).encode()


def sms_channel(gateway: Gateway) -> MoreChannel:
    """Return the line that has those told by text message who are asked to act and gave a telephone number."""

    def opens(config: Outgoing) -> SmsCarrier:
        return SmsCarrier(gateway, config)

    return MoreChannel(MessageChannel.SMS, opens, find_phones, asks_to_act)


def asks_to_act(notice: Notice) -> bool:
    """Say whether a notice is worth a text message."""
    return notice.asks


def find_phones(people: Iterable[int]) -> Mapping[int, str]:
    """Return the telephone numbers of those who gave one."""
    query = select(Person.id, Person.phone).where(Person.id.in_(list(people)), Person.phone.is_not(None))
    return {number: phone for number, phone in db.session.execute(query) if phone}
