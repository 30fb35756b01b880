"""The demonstration's mail relay: it takes every mail on loopback and puts it into the mailbox."""

import logging
import sqlite3
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import Mail
from escalation.mail.mailbox import Mailbox

logger = logging.getLogger(__name__)

MAX_MAIL_BYTES = 1_000_000


class Settings(Protocol):
    """What a catcher asks of the installation's settings."""

    @property
    def mail(self) -> Mail:
        """Where mail is sent, and so where it is caught."""

    @property
    def var_dir(self) -> Path:
        """Where the mailbox is."""


class Catcher:
    """A mail relay that relays nothing."""

    def __init__(self, host: str, port: int, mailbox: Mailbox) -> None:
        if host != "localhost" and not ip_address(host).is_loopback:
            raise ValueError(f"Mail is caught on loopback only, not on {host}.")
        self._mailbox = mailbox
        self._controller = Controller(self, hostname=host, port=port, data_size_limit=MAX_MAIL_BYTES)

    def start(self) -> None:
        """Take mail from now on, on a thread. Raises: OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Take no more mail."""
        self._controller.stop()
        self._mailbox.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 once the mail is on the disk, 451 when it cannot be."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            for recipient in envelope.rcpt_tos:
                self._mailbox.keep(recipient, content)
        except sqlite3.Error:
            logger.exception("The mailbox could not be written.")
            return "451 The mailbox cannot be written now"
        return "250 Kept"


def start_catcher(settings: Settings) -> Catcher:
    """Return a catcher that runs already, where the settings send their mail."""
    catcher = Catcher(settings.mail.host, settings.mail.port, Mailbox(settings.var_dir))
    catcher.start()
    return catcher
