"""The relay of the fault tests: what it says it has kept is on its disk, and its script is followed to the letter."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.sink import HOST, Rule
from tests.faults.sink_process import SinkProcess, running_sink

LETTER = b"Message-ID: <one@example.test>\r\nSubject: x\r\n\r\n..a line\r\n" + b"another\r\n" * 9


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    """A relay that takes everything."""
    with running_sink(tmp_path / "sink") as sink:
        yield sink


def send(sink: SinkProcess, to: str = "a@example.test", text: bytes = LETTER) -> None:
    """Hand over one letter."""
    with smtplib.SMTP(HOST, sink.port, timeout=10) as smtp:
        smtp.sendmail("us@example.test", [to], text)


def test_what_it_has_kept_survives_its_kill(sink: SinkProcess) -> None:
    send(sink)
    sink.stop()
    with pytest.raises(ConnectionRefusedError):
        send(sink)
    sink.start()
    send(sink, "b@example.test")
    first, second = sink.journal()
    assert (first.recipient, second.recipient) == ("a@example.test", "b@example.test")
    assert first.message_id == "<one@example.test>"
    assert first.sha256 == second.sha256
    assert first.size == len(LETTER)


def test_it_answers_by_recipient_and_attempt(sink: SinkProcess) -> None:
    sink.script(Rule("rcpt", "say", "451 4.7.1 Later", to="a@", times=2), Rule("rcpt", "say", "550 5.1.1 No", to="b@"))
    for code in (451, 451):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(sink)
        assert refused.value.recipients["a@example.test"][0] == code
    send(sink)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sink, "b@example.test")
    assert [kept.recipient for kept in sink.journal()] == ["a@example.test"]
    assert sink.seen()["rcpt say"] == 3


@pytest.mark.parametrize(("at", "is_kept"), [("connect", 0), ("mail", 0), ("data", 0), ("body", 0), ("dot", 1)])
def test_it_breaks_off_where_it_is_told_to(sink: SinkProcess, at: str, is_kept: int) -> None:
    sink.script(Rule(at, "drop", times=1))
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(sink)
    assert len(sink.journal()) == is_kept


def test_a_refusal_after_the_dot_keeps_nothing(sink: SinkProcess) -> None:
    sink.script(Rule("dot", "say", "451 4.3.0 Full", times=1))
    with pytest.raises(smtplib.SMTPDataError):
        send(sink)
    assert sink.journal() == []


def test_it_takes_so_many_a_second_and_no_more(sink: SinkProcess) -> None:
    sink.script(per_second=20)
    for _ in range(5):
        send(sink)
    times = [kept.at for kept in sink.journal()]
    assert times[-1] - times[0] >= 0.15
