"""The conversation with a real relay: every way it can go wrong, and whether the letter was surely not taken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from config import Mail
from escalation.domain.delivery import Phase, Refused, Result, Sent, Uncertain, Unreachable
from escalation.mail.transport import SmtpRelay
from tests.servers import free_port
from tests.smtp_sink import CUT, SmtpSink

TO = "reader@example.test"
LETTER = b"Subject: test\r\n\r\nfirst\r\n.\r\n..dots\r\nlast"


def mail_on(port: int) -> Mail:
    return Mail(
        host="127.0.0.1", port=port, sender="no-reply@example.test", sender_name="-", message_id_domain="example.test",
        starttls=False, timeout_s=1.0,
    )  # fmt: skip


def send(mail: Mail, *, final_timeout_s: float = 1.0) -> Result:
    with closing(SmtpRelay(mail, final_timeout_s=final_timeout_s)) as relay:
        return relay.send(TO, LETTER)


def test_a_letter_arrives_as_it_is_written(smtp_sink: SmtpSink) -> None:
    assert send(mail_on(smtp_sink.port)) == Sent()
    [delivery] = smtp_sink.deliveries
    assert delivery.recipients == (TO,)
    assert delivery.content == LETTER + b"\r\n"


def test_one_connection_serves_a_batch(smtp_sink: SmtpSink) -> None:
    with closing(SmtpRelay(mail_on(smtp_sink.port))) as relay:
        assert [relay.send(TO, LETTER) for _ in range(3)] == [Sent()] * 3
        assert relay.send("ghost@example.test", LETTER) == Sent()
    assert len(smtp_sink.deliveries) == 4


def test_a_relay_that_went_away_between_two_letters_is_called_again() -> None:
    first = SmtpSink()
    second = SmtpSink(port=first.port)
    with closing(SmtpRelay(mail_on(first.port))) as relay:
        first.start()
        assert relay.send(TO, LETTER) == Sent()
        first.stop()
        second.start()
        assert relay.send(TO, LETTER) == Sent()
    second.stop()
    assert (len(first.deliveries), len(second.deliveries)) == (1, 1)


def test_a_refused_reader_spoils_no_other(smtp_sink: SmtpSink) -> None:
    smtp_sink.recipient_answers["ghost@example.test"] = "550 no such user"
    with closing(SmtpRelay(mail_on(smtp_sink.port))) as relay:
        assert relay.send("ghost@example.test", LETTER) == Refused(550, Phase.RCPT)
        assert relay.send(TO, LETTER) == Sent()


def test_an_address_that_cannot_cross_the_wire_is_the_addresss_fault(smtp_sink: SmtpSink) -> None:
    with closing(SmtpRelay(mail_on(smtp_sink.port))) as relay:
        assert relay.send("قارئ@example.test", LETTER) == Refused(553, Phase.RCPT)
        assert relay.send(TO, LETTER) == Sent()


@pytest.mark.parametrize(("answer", "code"), [("451 later", 451), ("554 never", 554), ("421 closing", 421)])
def test_a_refusal_after_the_text_is_certain(smtp_sink: SmtpSink, answer: str, code: int) -> None:
    smtp_sink.answer_next(answer)
    with closing(SmtpRelay(mail_on(smtp_sink.port))) as relay:
        assert relay.send(TO, LETTER) == Refused(code, Phase.END)
        assert relay.send(TO, LETTER) == Sent()


def test_a_connection_cut_after_the_final_dot_is_uncertain(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer_next(CUT)
    assert isinstance(send(mail_on(smtp_sink.port)), Uncertain)


def test_only_the_final_reply_is_waited_for_at_length(smtp_sink: SmtpSink) -> None:
    smtp_sink.delay_s = 1.5
    assert send(replace(mail_on(smtp_sink.port), timeout_s=0.5), final_timeout_s=10) == Sent()
    assert isinstance(send(mail_on(smtp_sink.port), final_timeout_s=0.2), Uncertain)


def test_nobody_listening_is_certain() -> None:
    assert send(mail_on(free_port())) == Unreachable(Phase.CONNECT, "ConnectionRefusedError")


def test_a_required_starttls_that_is_not_offered_ends_the_talk(smtp_sink: SmtpSink) -> None:
    mail = replace(mail_on(smtp_sink.port), starttls=True, username="u", password="p")
    assert send(mail) == Refused(0, Phase.STARTTLS)
    assert smtp_sink.deliveries == []


def test_a_sign_in_that_is_not_offered_is_our_fault(smtp_sink: SmtpSink) -> None:
    assert send(replace(mail_on(smtp_sink.port), username="u", password="p")) == Refused(0, Phase.AUTH)


@contextmanager
def scripted(*lines: bytes | None) -> Iterator[int]:
    """A server that says these lines one after each thing it hears; None is silence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        quiet = threading.Event()

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                for line in lines:
                    if line is None:
                        quiet.wait(20)
                        return
                    connection.sendall(line + b"\r\n")
                    connection.recv(4096)

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        quiet.set()
        thread.join()


@contextmanager
def pipelining(*answers: tuple[bytes, ...]) -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes several commands at once; each of its connections gives the next answers, one a write."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            for lines in answers:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"220 hi\r\n")
                    connection.recv(4096)
                    connection.sendall(b"250-hi\r\n250 PIPELINING\r\n")
                    for line in lines:
                        heard.append(connection.recv(65536))
                        connection.sendall(line)

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join()


TAKEN = b"250 from\r\n250 to\r\n354 text\r\n"


def test_where_several_commands_may_be_said_at_once_a_letter_takes_two_writes() -> None:
    with pipelining((TAKEN, b"250 kept\r\n", b"221 bye\r\n")) as (port, heard):
        assert send(mail_on(port)) == Sent()
    assert heard[0] == b"MAIL FROM:<no-reply@example.test>\r\nRCPT TO:<reader@example.test>\r\nDATA\r\n"
    assert heard[1].endswith(b"\r\nlast\r\n.\r\n")


@pytest.mark.parametrize(
    ("answers", "result", "last_heard"),
    [
        ((b"250 f\r\n550 no\r\n503 no\r\n", b"250 rset\r\n", b"221 bye\r\n"), Refused(550, Phase.RCPT), b"rset\r\n"),
        # It awaits a text that nobody is to have: it gets none.
        ((b"250 f\r\n550 no\r\n354 go\r\n", b"554 nobody\r\n", b"250 rset\r\n", b"221 bye\r\n"),
         Refused(550, Phase.RCPT), b".\r\n"),
        ((b"550 no\r\n503 no\r\n503 no\r\n", b"250 rset\r\n", b"221 bye\r\n"), Refused(550, Phase.MAIL), b"rset\r\n"),
        ((b"250 f\r\n250 t\r\n452 full\r\n", b"250 rset\r\n", b"221 bye\r\n"), Refused(452, Phase.DATA), b"rset\r\n"),
        ((b"250 f\r\n",), Unreachable(Phase.RCPT, "SMTPServerDisconnected"), b""),
    ],
)  # fmt: skip
def test_each_answer_to_several_commands_is_told_apart(
    answers: tuple[bytes, ...], result: Result, last_heard: bytes
) -> None:
    with pipelining(answers) as (port, heard):
        assert send(mail_on(port)) == result
    assert not last_heard or heard[1] == last_heard


def test_a_relay_that_says_goodbye_to_a_kept_connection_is_called_again() -> None:
    first = (TAKEN, b"250 kept\r\n", b"421 too long idle\r\n")
    second = (TAKEN, b"250 kept\r\n", b"221 bye\r\n")
    with pipelining(first, second) as (port, _), closing(SmtpRelay(mail_on(port))) as relay:
        assert relay.send(TO, LETTER) == Sent()
        assert relay.send(TO, LETTER) == Sent()
        relay.close()


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        ((None,), Unreachable(Phase.CONNECT, "SMTPServerDisconnected")),
        ((b"554 go away",), Refused(554, Phase.CONNECT)),
        ((b"220 hi", b"250 hi", b"550 not you"), Refused(550, Phase.MAIL)),
        ((b"220 hi", b"250 hi", None), Unreachable(Phase.MAIL, "TimeoutError")),
        ((b"220 hi", b"250 hi", b"250 ok", None), Unreachable(Phase.RCPT, "TimeoutError")),
        ((b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"452 full"), Refused(452, Phase.DATA)),
    ],
)
def test_every_earlier_failure_is_certain(lines: tuple[bytes | None, ...], result: Result) -> None:
    with scripted(*lines) as port:
        assert send(mail_on(port)) == result
