"""The ways by which messages leave, in one table: whoever sends picks by the channel of the row, and by nothing else.

A way is one file with a class that keeps the promises of `Carrier`, and one line of `CHANNELS`. No message that cannot
leave by its own channel leaves by another.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from escalation.domain.codes import MessageChannel
from escalation.domain.delivery import Result
from escalation.services.messages.claims import Claimed
from escalation.services.messages.letters import EmailCarrier
from escalation.services.messages.more_channels import MORE_CHANNELS
from escalation.services.messages.outgoing import Outgoing
from escalation.services.webhooks.carrier import WebhookCarrier


class Carrier(Protocol):
    """One way out, opened by one sender for itself: it is never used by two threads at once."""

    def write(self, claimed: Claimed) -> bytes:
        """Return what is handed over: the same bytes at every attempt, made from what the row froze.

        Raises: UnsendableLetter when trying again cannot help.
        """

    def send(self, claimed: Claimed, content: bytes) -> Result:
        """Hand one message over and say what came of it; never raises for what the other side or a network does.

        A failure before its phase `rcpt` is taken to concern every message of the channel, and opens its breaker: what
        concerns one reader only, or one address of many, is told in the phase `rcpt` or a later one.
        """

    def close(self) -> None:
        """End every conversation."""


Opens = Callable[[Outgoing], Carrier]

CHANNELS: Final[Mapping[MessageChannel, Opens]] = {
    MessageChannel.EMAIL: EmailCarrier,
    MessageChannel.WEBHOOK: WebhookCarrier,
}
"""What is shown in the app is there without being sent, and has no line here."""


def all_channels() -> Mapping[MessageChannel, Opens]:
    """Return every way out: those of the program, and those that an installation added."""
    return {**CHANNELS, **{one.channel: one.opens for one in MORE_CHANNELS}}
