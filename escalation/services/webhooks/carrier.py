"""The way out by webhook: from a claimed message to a signed request to its endpoint."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from escalation.domain.delivery import Phase, Result, Uncertain, Unreachable
from escalation.domain.webhooks import (
    DELIVERY_HEADER,
    EVENT_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    EndpointState,
    body_of,
    delivery_of,
    sign,
)
from escalation.mail.letter import UnsendableLetter
from escalation.queries.webhooks import find_endpoint
from escalation.services.messages.claims import Claimed
from escalation.services.messages.outgoing import Outgoing
from escalation.services.people.sealing import Unsealable
from escalation.services.webhooks.endpoints import secrets_of
from escalation.services.webhooks.post import Limits, post

AGENT: Final = "escalation-webhooks/1"
SLOW: Final = ("timeout", "no_answer")
REST_S: Final = 30.0
"""For so long nothing is tried at an endpoint that gave no answer in time: what waits for it holds up no mail."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an endpoint is reached, and what signs for it."""

    url: str
    secrets: Sequence[str] = field(repr=False)


_TARGETS: Final[dict[tuple[str, int], _Target | str]] = {}
"""Of each endpoint of a database, as it stood when the newest message to it was written; or why nothing goes there."""


_RESTING: Final[dict[tuple[str, int], float]] = {}
"""Until when this process leaves an endpoint alone that held up a sender."""


class WebhookCarrier:
    """Signed requests, one connection each: an endpoint that is slow or gone holds up no other way out."""

    def __init__(self, config: Outgoing, limits: Limits | None = None) -> None:
        self._database = config.database.url
        self._limits = limits or Limits(allow_private=config.webhooks.allow_private)

    def write(self, claimed: Claimed) -> bytes:
        """Return the body, and note where it goes and who signs: whoever sends it asks no database.

        Raises: UnsendableLetter.
        """
        if "endpoint" not in claimed.facts:
            raise UnsendableLetter("no endpoint")
        number = int(claimed.facts["endpoint"])
        _TARGETS[self._database, number] = _find_target(number)
        return body_of(claimed.message_id, claimed.facts)

    def send(self, claimed: Claimed, content: bytes) -> Result:
        """Hand one body to its endpoint, signed now, where it is reached now."""
        key = (self._database, int(claimed.facts["endpoint"]))
        target = _TARGETS[key]
        if isinstance(target, str):
            return Unreachable(Phase.HTTP, target)
        if time.monotonic() < _RESTING.get(key, 0.0):
            return Unreachable(Phase.HTTP, "resting")
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            EVENT_HEADER: claimed.event,
            DELIVERY_HEADER: delivery_of(claimed.message_id),
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(target.secrets, timestamp, content),
        }
        result = post(target.url, headers, content, self._limits)
        if isinstance(result, Unreachable | Uncertain) and result.reason in SLOW:
            _RESTING[key] = time.monotonic() + REST_S
        return result

    def close(self) -> None:
        """Nothing is kept open from one body to the next."""


def _find_target(number: int) -> _Target | str:
    endpoint = find_endpoint(number)
    if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
        return "paused"
    try:
        return _Target(endpoint.url, secrets_of(endpoint, datetime.now(UTC)))
    except Unsealable:
        return "no_secret"
