"""Fetching from a mailbox over TLS: what is handed on is put away, what is not stays, and no stranger is trusted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation.domain.intake_settings import Mailbox
from escalation.mail.incoming.imap import MailboxAway, fetch_new
from tests.imap_sink import ImapSink

RAW = b"From: a@b.test\r\nSubject: x\r\n\r\n" + "نعم".encode() + b"\r\n"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[ImapSink]:
    """A mailbox with two mails."""
    made = ImapSink(tmp_path)
    made.mails = {7: RAW, 9: RAW + b"2"}
    yield made
    made.stop()


def fetch(sink: ImapSink, done_folder: str = "") -> list[tuple[bytes, int]]:
    got: list[tuple[bytes, int]] = []
    mailbox = Mailbox(
        host="127.0.0.1", port=sink.port, username="reply", password="a password", done_folder=done_folder
    )
    trusting = ssl.create_default_context(cafile=str(sink.certificate))
    fetch_new(mailbox, lambda raw, size: got.append((raw, size)), context=trusting)
    return got


def test_every_mail_is_handed_on_once_and_marked(sink: ImapSink) -> None:
    assert fetch(sink) == [(RAW, len(RAW)), (RAW + b"2", len(RAW) + 1)]
    assert fetch(sink) == []
    assert sink.seen == {7, 9}


@pytest.mark.parametrize("can_move", [True, False])
def test_or_put_into_its_folder(sink: ImapSink, can_move: bool) -> None:
    sink.can_move = can_move
    assert len(fetch(sink, "Done & gone")) == 2
    assert (sink.mails, sink.moved) == ({}, [RAW, RAW + b"2"])


def test_of_a_mail_that_is_too_large_the_beginning_comes(sink: ImapSink) -> None:
    sink.mails = {1: b"From: a@b.test\r\n\r\n" + b"x" * 26_000_000}
    [(raw, size)] = fetch(sink)
    assert (len(raw), size) == (200_000, len(sink.mails[1]))


def test_what_could_not_be_kept_stays_where_it_is(sink: ImapSink) -> None:
    mailbox = Mailbox(host="127.0.0.1", port=sink.port, username="reply")

    def full(_raw: bytes, _size: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fetch_new(mailbox, full, context=ssl.create_default_context(cafile=str(sink.certificate)))
    assert sink.seen == set()


def test_a_connection_that_breaks_loses_nothing(sink: ImapSink) -> None:
    for broken in ("LOGIN", "SEARCH", "FETCH", "STORE"):
        sink.fail_on = broken
        with pytest.raises((MailboxAway, OSError)):
            fetch(sink)
    sink.fail_on = ""
    assert len(fetch(sink)) == 2


def test_a_mailbox_that_nobody_vouches_for_is_not_trusted(sink: ImapSink) -> None:
    with pytest.raises(ssl.SSLError):
        fetch_new(Mailbox(host="127.0.0.1", port=sink.port, username="reply"), lambda _raw, _size: None)
