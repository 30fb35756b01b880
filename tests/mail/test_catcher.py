"""The demonstration's mailbox: each mail once per person, on the disk before 250, newest first, page by page."""

from __future__ import annotations

import dataclasses
import smtplib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from escalation.mail.catcher import Catcher
from escalation.mail.mailbox import FILE_NAME, Mailbox
from escalation.mail.mime import compose
from tests.mail.letters import LETTERHEAD, letter_to
from tests.servers import free_port

FIRST_DAY = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def content(number: int, *, days: int = 0, language: str = "ar") -> bytes:
    """Return the bytes of a mail with a Message-ID and a date of its own."""
    letter = letter_to("obstacle_filed", "desk", language, reference=f"OBS-2026-{number % 3:05}")
    sent_at = FIRST_DAY + timedelta(days=days)
    letter = dataclasses.replace(letter, message_id=f"<ntf.{number}@example.test>", event_at=sent_at)
    return compose(letter, LETTERHEAD)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path)
    yield mailbox
    mailbox.close()


@pytest.fixture
def catcher(mailbox: Mailbox) -> Iterator[tuple[str, int]]:
    port = free_port()
    catcher = Catcher("127.0.0.1", port, mailbox)
    catcher.start()
    yield "127.0.0.1", port
    catcher.stop()


def test_a_mail_is_kept_with_all_that_the_page_shows(mailbox: Mailbox) -> None:
    assert mailbox.keep("coordinator@demo.test", content(1))
    [mail] = mailbox.list_newest()
    assert (mail.recipient, mail.reference, mail.event) == ("coordinator@demo.test", "OBS-2026-00001", "obstacle_filed")
    assert mail.sent_at == FIRST_DAY
    assert "ملف جديد في انتظار التكفل" in mail.subject
    assert mail.text.startswith("السيد(ة)")
    assert mail.html.startswith("<!doctype html>")
    assert mailbox.find(mail.id) == mail


def test_a_second_attempt_is_not_a_second_mail(mailbox: Mailbox) -> None:
    assert mailbox.keep("a@demo.test", content(1))
    assert not mailbox.keep("a@demo.test", content(1))
    assert mailbox.keep("b@demo.test", content(1))
    assert len(mailbox.list_newest()) == 2


def test_a_mail_without_a_message_id_is_kept_once_too(mailbox: Mailbox) -> None:
    assert mailbox.keep("a@demo.test", b"Subject: x\r\n\r\nhello\r\n")
    assert not mailbox.keep("a@demo.test", b"Subject: x\r\n\r\nhello\r\n")


def test_pages_follow_each_other_by_date_without_loss_or_repeat(mailbox: Mailbox) -> None:
    for number in range(25):
        mailbox.keep("a@demo.test", content(number, days=number * 7 % 5))
    seen, after = [], None
    while page := mailbox.list_newest(after=after, limit=4):
        seen += page
        after = page[-1].place
    assert len({mail.message_id for mail in seen}) == len(seen) == 25
    assert [mail.place.sent_s for mail in seen] == sorted((mail.place.sent_s for mail in seen), reverse=True)


def test_the_list_is_narrowed_by_person_and_by_case(mailbox: Mailbox) -> None:
    for number in range(6):
        mailbox.keep("a@demo.test" if number % 2 else "b@demo.test", content(number))
    assert {mail.recipient for mail in mailbox.list_newest(recipient="a@demo.test")} == {"a@demo.test"}
    assert len(mailbox.list_newest(reference="OBS-2026-00002")) == 2
    assert len(mailbox.list_newest(recipient="a@demo.test", reference="OBS-2026-00002")) == 1


def test_a_mailbox_that_never_was_is_empty(mailbox: Mailbox, tmp_path: Path) -> None:
    assert mailbox.list_newest() == []
    assert mailbox.find(1) is None
    assert not (tmp_path / FILE_NAME).exists()


def test_what_was_answered_250_is_there_for_another_process(catcher: tuple[str, int], tmp_path: Path) -> None:
    with smtplib.SMTP(*catcher) as smtp:
        refused = smtp.sendmail("no-reply@demo.test", ["a@demo.test", "b@demo.test"], content(1))
        with sqlite3.connect(tmp_path / FILE_NAME) as other:
            assert other.execute("SELECT count(*) FROM mails").fetchone() == (2,)
            assert other.execute("SELECT DISTINCT raw FROM mails").fetchall() == [(content(1),)]
        other.close()
    assert refused == {}


def test_a_mailbox_that_cannot_be_written_answers_try_again(
    catcher: tuple[str, int], mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(mailbox, "keep", full)
    with smtplib.SMTP(*catcher) as smtp, pytest.raises(smtplib.SMTPDataError) as answer:
        smtp.sendmail("no-reply@demo.test", ["a@demo.test"], content(1))
    assert answer.value.smtp_code == 451


def test_mail_is_caught_on_loopback_only(mailbox: Mailbox) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Catcher("0.0.0.0", free_port(), mailbox)
