"""The thread that looks after mail: it fetches once a minute, whoever asks, and reads what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from escalation.domain.intake_settings import IntakeSettings, Mailbox
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from tests.imap_sink import ImapSink
from tests.services.mailing import DOMAIN, outcomes
from tests.waiting import wait_until
from workers import intake
from workers.stopping import STOPPING

pytestmark = pytest.mark.usefixtures("reference_data")
RAW = b"From: a@b.test\r\nTo: x@reply.example.test\r\n\r\nx"


@pytest.fixture
def mailbox(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapSink]:
    """A mailbox that the application's settings name, and whose certificate the machine trusts."""
    sink = ImapSink(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(sink.certificate))
    named = Mailbox(host="127.0.0.1", port=sink.port, username="reply", password="a password")
    app.extensions["config"] = replace(app.extensions["config"], intake=IntakeSettings(domain=DOMAIN, mailbox=named))
    yield sink
    sink.stop()


def test_a_worker_fetches_and_another_of_the_same_minute_does_not(
    app: Flask, mailbox: ImapSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = intake._now()
    monkeypatch.setattr(intake, "_now", lambda: now)
    mailbox.mails = {1: RAW}
    with app.app_context():
        intake.fetch()
        mailbox.mails[2] = RAW + b"2"
        intake.fetch()
        assert db.session.scalars(select(IncomingMail.raw)).all() == [RAW]


def test_the_thread_fetches_and_reads_until_it_is_told_to_stop(app: Flask, mailbox: ImapSink) -> None:
    mailbox.mails = {1: RAW}
    poller = intake.IntakePoller(app, every_s=0.01)
    poller.start()

    def is_read() -> bool:
        with app.app_context():
            return outcomes() == ["held:unknown_sender"]

    try:
        wait_until(is_read)
    finally:
        STOPPING.set()
        poller.join(20)
        STOPPING.clear()
