"""The way out by webhook: from a claimed message to a signed request to its endpoint."""

import time
from datetime import UTC, datetime
from typing import Final

from flask import Flask, current_app

from config import Config
from escalation.domain.delivery import Phase, Result, Unreachable
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
from escalation.services.people.sealing import Unsealable
from escalation.services.webhooks.endpoints import secrets_of
from escalation.services.webhooks.post import Limits, post

AGENT: Final = "escalation-webhooks/1"


class WebhookCarrier:
    """Signed requests, one connection each: an endpoint that is slow or gone holds up no other way out."""

    def __init__(self, config: Config, limits: Limits | None = None) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - its documented use
        self._limits = limits or Limits(allow_private=config.webhooks.allow_private)

    def write(self, claimed: Claimed) -> bytes:
        """Return the body. Raises: UnsendableLetter."""
        if "endpoint" not in claimed.facts:
            raise UnsendableLetter("no endpoint")
        return body_of(claimed.message_id, claimed.facts)

    def send(self, claimed: Claimed, content: bytes) -> Result:
        """Hand one body to its endpoint, signed now, where it is reached now."""
        with self._app.app_context():
            endpoint = find_endpoint(int(claimed.facts["endpoint"]))
            if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
                return Unreachable(Phase.HTTP, "paused")
            try:
                secrets = secrets_of(endpoint, datetime.now(UTC))
            except Unsealable:
                return Unreachable(Phase.HTTP, "no_secret")
            url = endpoint.url
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            EVENT_HEADER: claimed.event,
            DELIVERY_HEADER: delivery_of(claimed.message_id),
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secrets, timestamp, content),
        }
        return post(url, headers, content, self._limits)

    def close(self) -> None:
        """Nothing is kept open from one body to the next."""
