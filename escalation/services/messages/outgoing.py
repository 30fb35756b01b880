"""What the ways out ask of the installation's settings."""

from typing import Protocol

from config import Installation
from escalation.services.messages.return_paths import Settings


class Outgoing(Settings, Protocol):
    """The relay and the addresses of letters, and what they call the installation."""

    @property
    def installation(self) -> Installation:
        """What it is called, and where it is reached."""
