"""Ways by which people can be told beside mail and app: one line each, and none unless an installation adds it.

A line says whose messages go that way, to which address, and who carries them. What goes one more way goes the others
all the same: nothing is sent instead of something else. How a way is added: docs/channels.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from escalation.domain.codes import MessageChannel
from escalation.domain.notices import Notice
from escalation.services.messages.outgoing import Outgoing


@dataclass(frozen=True)
class MoreChannel:
    """One more way: who opens it, where it reaches people, and which notices it carries."""

    channel: MessageChannel
    opens: Callable[[Outgoing], Any]
    """What keeps the promises of `Carrier`."""
    find_addresses: Callable[[Iterable[int]], Mapping[int, str]]
    """Where it reaches these people; who is missing is not told this way."""
    carries: Callable[[Notice], bool]


MORE_CHANNELS: Final[list[MoreChannel]] = []
