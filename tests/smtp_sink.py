"""A mail relay for tests: it keeps what it is given and answers as a test has told it to."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port
from tests.waiting import PATIENCE_S

OK: Final = "250 OK"
CUT: Final = "cut"  # as an answer to DATA: the connection breaks with no answer at all


@dataclass(frozen=True)
class Delivery:
    """One message as it crossed the wire, and the answer it got."""

    mail_from: str
    recipients: tuple[str, ...]
    message: EmailMessage
    content: bytes
    answer: str


@dataclass
class SmtpSink:
    """A relay on loopback; `deliveries` holds every DATA seen, whatever was answered."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    deliveries: list[Delivery] = field(default_factory=list)
    data_answers: deque[str] = field(default_factory=deque)
    recipient_answers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    _controller: Controller | None = None

    def start(self) -> None:
        """Answer from now on, in a thread; again after a stop too."""
        self._controller = Controller(
            self, hostname=self.host, port=self.port, ready_timeout=PATIENCE_S, server_hostname="sink.example.test"
        )
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def answer_next(self, *answers: str) -> None:
        """Give these answers to the next messages, one each; then 250 again."""
        self.data_answers.extend(answers)

    @property
    def accepted(self) -> list[Delivery]:
        """The deliveries a real relay would now be bound to carry, cut ones included."""
        return [delivery for delivery in self.deliveries if delivery.answer == CUT or delivery.answer.startswith("2")]

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Answer a recipient."""
        answer = self.recipient_answers.get(address, OK)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message and answer as told."""
        answer = self.data_answers.popleft() if self.data_answers else OK
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        self.deliveries.append(Delivery(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, content, answer))
        await asyncio.sleep(self.delay_s)
        if answer == CUT and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return answer
