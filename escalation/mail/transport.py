"""One connection to the mail relay, kept for a batch, and what came of each letter handed to it.

One recipient per SMTP transaction, so that nothing is half accepted. What fails before the final dot was certainly
not taken; what fails after it is uncertain. Where STARTTLS is required, nothing is ever said in the clear.
"""

import re
import smtplib
import socket
import ssl

from config import Mail
from escalation.domain.delivery import Phase, Refused, Result, Sent, Uncertain, Unreachable

FINAL_REPLY_TIMEOUT_S = 600.0
"""How long the reply to the final dot is waited for. Source: RFC 5321 §4.5.3.2.6."""

LINE_STARTING_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)
NOT_A_MAILBOX = 553
SERVICE_CLOSING = 421


class _NotOpened(Exception):
    """The relay could not be brought to listen."""

    def __init__(self, result: Refused | Unreachable) -> None:
        super().__init__(result)
        self.result = result


class SmtpRelay:
    """A connection to the relay, opened at the first letter and opened again when it was lost."""

    def __init__(self, mail: Mail, *, final_timeout_s: float = FINAL_REPLY_TIMEOUT_S) -> None:
        self._mail, self._final_timeout_s = mail, final_timeout_s
        self._smtp: smtplib.SMTP | None = None

    def send(self, recipient: str, content: bytes, *, sender: str = "") -> Result:
        """Hand one letter to the relay and say what came of it; never raises for what a relay or a network does.

        Reports of its failure go to the ``sender``; unnamed, to the sender of the settings.
        """
        kept, sender = self._smtp is not None, sender or self._mail.sender
        try:
            result = self._send(sender, recipient, content)
            if kept and isinstance(result, Unreachable) and result.phase == Phase.MAIL:
                # A relay may close a connection that was idle or has carried enough: not a failure of this letter.
                result = self._send(sender, recipient, content)
        except _NotOpened as failed:
            return failed.result
        return result

    def close(self) -> None:
        """Say goodbye if the relay still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except OSError:
                smtp.close()

    def _send(self, sender: str, recipient: str, content: bytes) -> Result:
        smtp = self._opened()
        phase = Phase.MAIL
        try:
            if (code := smtp.mail(sender)[0]) != 250:
                return self._refused(smtp, code, phase)
            phase = Phase.RCPT
            if (code := smtp.rcpt(recipient)[0]) not in (250, 251):
                return self._refused(smtp, code, phase)
            phase = Phase.DATA
            if (code := smtp.docmd("DATA")[0]) != 354:
                return self._refused(smtp, code, phase)
            smtp.send(_as_sent(content))
        except UnicodeEncodeError:
            return self._refused(smtp, NOT_A_MAILBOX, phase)
        except OSError as error:
            self._drop(smtp)
            return Unreachable(phase, type(error).__name__)
        return self._end(smtp)

    def _end(self, smtp: smtplib.SMTP) -> Result:
        assert smtp.sock is not None
        try:
            smtp.sock.settimeout(self._final_timeout_s)
            smtp.send(b".\r\n")
            code = smtp.getreply()[0]
            smtp.sock.settimeout(self._mail.timeout_s)
        except OSError as error:
            self._drop(smtp)
            return Uncertain(type(error).__name__)
        return Sent() if 200 <= code < 300 else self._refused(smtp, code, Phase.END)

    def _refused(self, smtp: smtplib.SMTP, code: int, phase: Phase) -> Refused:
        try:
            if code == SERVICE_CLOSING or smtp.rset()[0] != 250:
                self._drop(smtp)
        except OSError:
            self._drop(smtp)
        return Refused(code, phase)

    def _drop(self, smtp: smtplib.SMTP) -> None:
        smtp.close()
        self._smtp = None

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _open(self._mail)
        return self._smtp


def _as_sent(content: bytes) -> bytes:
    """The letter as it crosses the wire, all but the final dot."""
    stuffed = LINE_STARTING_WITH_A_DOT.sub(b"..", content)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _open(mail: Mail) -> smtplib.SMTP:
    phase, smtp = Phase.CONNECT, None
    try:
        smtp = smtplib.SMTP(mail.host, mail.port, local_hostname=mail.message_id_domain, timeout=mail.timeout_s)
        # The text and the final dot are two small writes: the second must not wait for the first to be confirmed.
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if mail.starttls:
            phase = Phase.STARTTLS
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if mail.username is not None:
            phase = Phase.AUTH
            smtp.login(mail.username, mail.password or "")
    except OSError as error:
        if smtp is not None:
            smtp.close()
        raise _NotOpened(_why_not_opened(error, phase)) from error
    return smtp


def _why_not_opened(error: OSError, phase: Phase) -> Refused | Unreachable:
    match error:
        case smtplib.SMTPResponseException(smtp_code=int(code)):
            return Refused(code, phase)
        case smtplib.SMTPServerDisconnected():
            return Unreachable(phase, type(error).__name__)
        case ssl.SSLError() | smtplib.SMTPException():
            # No TLS, no trust in the certificate, no way to sign in: the relay is there, the settings do not fit it.
            return Refused(0, phase)
        case _:
            return Unreachable(phase, type(error).__name__)
