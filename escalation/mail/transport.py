"""One connection to the mail relay, kept for a batch, and what came of each letter handed to it.

One recipient per SMTP transaction, so that nothing is half accepted. What fails before the final dot was certainly
not taken; what fails after it is uncertain. Where STARTTLS is required, nothing is ever said in the clear.
"""

import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress

from config import Mail
from escalation.domain.delivery import Phase, Refused, Result, Sent, Uncertain, Unreachable

FINAL_REPLY_TIMEOUT_S = 600.0
"""How long the reply to the final dot is waited for. Source: RFC 5321 §4.5.3.2.6."""

LINE_STARTING_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)
NOT_A_MAILBOX = 553
SERVICE_CLOSING = 421
TEXT_AWAITED = 354
MAX_REPLY_CHARS = 8192
FINAL_DOT = b".\r\n"
PHASES = (Phase.MAIL, Phase.RCPT, Phase.DATA)


class _NotOpened(Exception):
    """The relay could not be brought to listen."""

    def __init__(self, result: Refused | Unreachable) -> None:
        super().__init__(result)
        self.result = result


class _Lost(Exception):
    """The connection failed before the text was sent."""

    def __init__(self, phase: Phase, reason: str) -> None:
        super().__init__(phase, reason)
        self.phase, self.reason = phase, reason


class _Conversation:
    """What is said to a relay that listens, and the codes it answers, as many at a time as have come."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._unread = connection, b""

    def say(self, words: str) -> None:
        """Send some commands. Raises: OSError, UnicodeEncodeError."""
        self._connection.sendall(words.encode("ascii"))

    def ask(self, words: str) -> int:
        """Send one command and return the code of the reply. Raises: OSError, UnicodeEncodeError."""
        self.say(words)
        return self.read_code()

    def read_code(self, patience_s: float = 0) -> int:
        """Return the code of the next reply, read to its end, waited for so long if that is longer than usual.

        Raises: OSError.
        """
        give_up_at = time.monotonic() + patience_s if patience_s else 0
        while True:
            line, ended, rest = self._unread.partition(b"\n")
            if not ended:
                self._read_more(give_up_at)
                continue
            self._unread = rest
            if line[3:4] != b"-":
                return int(line[:3]) if line[:3].isdigit() else 0

    def _read_more(self, give_up_at: float) -> None:
        if len(self._unread) > MAX_REPLY_CHARS:
            raise smtplib.SMTPServerDisconnected("a reply without an end")
        while True:
            try:
                data = self._connection.recv(MAX_REPLY_CHARS)
                break
            except TimeoutError:
                if time.monotonic() >= give_up_at:
                    raise
        if not data:
            raise smtplib.SMTPServerDisconnected("the connection ended within a reply")
        self._unread += data


class SmtpRelay:
    """A connection to the relay, opened at the first letter and opened again when it was lost."""

    def __init__(self, mail: Mail, *, final_timeout_s: float = FINAL_REPLY_TIMEOUT_S) -> None:
        self._mail, self._final_timeout_s = mail, final_timeout_s
        self._smtp: smtplib.SMTP | None = None
        self._takes_pipelines = False
        self._talk: _Conversation

    def send(self, recipient: str, content: bytes, *, sender: str = "") -> Result:
        """Hand one letter to the relay and say what came of it; never raises for what a relay or a network does.

        Reports of its failure go to the ``sender``; unnamed, to the sender of the settings.
        """
        kept, sender = self._smtp is not None, sender or self._mail.sender
        try:
            result = self._send(sender, recipient, content)
            if kept and _has_gone(result):
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
        begin = _begin_at_once if self._takes_pipelines else _begin
        try:
            refused = begin(self._talk, sender, recipient)
            if refused is None:
                return self._end(smtp, content)
        except _Lost as lost:
            self._drop(smtp)
            return Unreachable(lost.phase, lost.reason)
        except UnicodeEncodeError:
            return self._refused(smtp, Refused(NOT_A_MAILBOX, Phase.RCPT))
        return self._refused(smtp, refused)

    def _end(self, smtp: smtplib.SMTP, content: bytes) -> Result:
        """Send the text, then the final dot, and wait long for the reply to it: and for no other."""
        assert smtp.sock is not None
        try:
            _hand_over(smtp.sock, _as_sent(content))
        except OSError as error:
            self._drop(smtp)
            return Unreachable(Phase.DATA, type(error).__name__)
        try:
            code = self._talk.read_code(self._final_timeout_s)
        except OSError as error:
            self._drop(smtp)
            return Uncertain(type(error).__name__)
        return Sent() if 200 <= code < 300 else self._refused(smtp, Refused(code, Phase.END))

    def _refused(self, smtp: smtplib.SMTP, refused: Refused) -> Refused:
        try:
            if refused.code == SERVICE_CLOSING or self._talk.ask("rset\r\n") != 250:
                self._drop(smtp)
        except OSError:
            self._drop(smtp)
        return refused

    def _drop(self, smtp: smtplib.SMTP) -> None:
        smtp.close()
        self._smtp = None

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _open(self._mail)
            assert self._smtp.sock is not None
            self._talk = _Conversation(self._smtp.sock)
            self._takes_pipelines = self._smtp.has_extn("pipelining")
        return self._smtp


def _has_gone(result: Result) -> bool:
    """Say whether a connection proved to be closed, or to be about to close, before anything was said of a letter."""
    match result:
        case Unreachable(phase=phase):
            return phase == Phase.MAIL
        case Refused(code=code, phase=phase):
            return (code, phase) == (SERVICE_CLOSING, Phase.MAIL)
        case _:
            return False


def _begin(talk: _Conversation, sender: str, recipient: str) -> Refused | None:
    """Name sender and recipient and ask to send the text, one after the other; return what the relay refused."""
    for phase, command in zip(PHASES, _commands(sender, recipient), strict=True):
        try:
            code = talk.ask(command)
        except OSError as error:
            raise _Lost(phase, type(error).__name__) from error
        if not _is_taken(phase, code):
            return Refused(code, phase)
    return None


def _begin_at_once(talk: _Conversation, sender: str, recipient: str) -> Refused | None:
    """Do the same in one write, where the relay takes several commands at once. Source: RFC 2920 §3.1."""
    phase, refused, code = Phase.MAIL, None, 0
    try:
        talk.say("".join(_commands(sender, recipient)))
        for phase in PHASES:
            code = talk.read_code()
            if refused is None and not _is_taken(phase, code):
                refused = Refused(code, phase)
            if code == SERVICE_CLOSING:
                return refused
        if refused is not None and code == TEXT_AWAITED:
            # The text is awaited although nobody is to have it: none is sent.
            phase = refused.phase
            talk.ask(".\r\n")
    except OSError as error:
        raise _Lost(phase, type(error).__name__) from error
    return refused


def _commands(sender: str, recipient: str) -> tuple[str, str, str]:
    recipient.encode("ascii")
    return f"MAIL FROM:<{sender}>\r\n", f"RCPT TO:<{recipient}>\r\n", "DATA\r\n"


def _is_taken(phase: Phase, code: int) -> bool:
    return code == TEXT_AWAITED if phase is Phase.DATA else code in (250, 251)


def _hand_over(connection: socket.socket, content: bytes) -> None:
    """Send the whole letter with its final dot. Raises: OSError, and then the dot has surely not left.

    Over TLS a write that fails may have left in part, so the dot is a write of its own, which nothing follows.
    """
    if isinstance(connection, ssl.SSLSocket):
        connection.sendall(content)
        with suppress(OSError):
            connection.sendall(FINAL_DOT)
        return
    rest = memoryview(content + FINAL_DOT)
    while rest:
        rest = rest[connection.send(rest) :]


def _as_sent(content: bytes) -> bytes:
    """The letter as it crosses the wire, all but the final dot."""
    if content.startswith(b".") or b"\n." in content:
        content = LINE_STARTING_WITH_A_DOT.sub(b"..", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


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
