"""What the ways out ask of the installation's settings."""

from typing import Protocol

from config import Database, Installation
from escalation.domain.webhooks import WebhookSettings
from escalation.services.messages.return_paths import Settings


class Outgoing(Settings, Protocol):
    """The relay and the addresses of letters, and what they call the installation."""

    @property
    def installation(self) -> Installation:
        """What it is called, and where it is reached."""

    @property
    def database(self) -> Database:
        """Which installation it is, among several that one process knows."""

    @property
    def webhooks(self) -> WebhookSettings:
        """Which addresses other systems may have."""
