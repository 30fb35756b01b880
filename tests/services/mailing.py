"""An installation that takes mail in: its letters, the answers to them, and what becomes of what comes in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from config import Config
from escalation.domain.codes import Event, MessageChannel, MessageStatus
from escalation.domain.intake import Way
from escalation.domain.intake_settings import IntakeSettings
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from escalation.models.journal import JournalEvent
from escalation.models.outbox import OutboxMessage
from escalation.services.case import moves
from escalation.services.messages.incoming import Arrived, store_mail
from escalation.services.messages.intake import read_new_mail
from escalation.services.messages.return_paths import reply_address, return_path
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, file_obstacle, move

DOMAIN = "reply.example.test"
FILED = datetime.now(UTC) - timedelta(days=3)


def taking_mail(app: Flask, authserv_id: str = "") -> Config:
    """Let an application take mail in."""
    config: Config = app.extensions["config"]
    taking = replace(config, intake=IntakeSettings(domain=DOMAIN, authserv_id=authserv_id))
    app.extensions["config"] = taking
    return taking


@dataclass(frozen=True)
class Letter:
    """A letter that left, by the addresses at which it may come back."""

    id: int
    to: str
    reply_to: str
    bounce_to: str
    message_id: str


def letter_to(app: Flask, person_id: int, event: str) -> Letter:
    """Return the newest mail of an event to a person, as one that left."""
    with app.app_context():
        mine = (OutboxMessage.recipient_id == person_id, OutboxMessage.event == event)
        wanted = select(OutboxMessage).where(*mine, OutboxMessage.channel == MessageChannel.EMAIL)
        with transaction() as session:
            row = session.scalars(wanted.order_by(OutboxMessage.id.desc())).first()
            assert row is not None
            row.status = MessageStatus.SENT
        config = app.extensions["config"]
        return Letter(row.id, row.address, reply_address(row, config), return_path(row, config), row.message_id)


def asked_case(town: Town) -> Filed:
    """Return a case whose desk asked the commune a question."""
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president, now=FILED), town.reviewer, now=FILED)
    return move(town.app, moves.request_information, case, town.reviewer, now=FILED, question="متى؟")


def question(town: Town) -> Letter:
    """Return the letter that asks the president."""
    return letter_to(town.app, town.president.id, Event.INFORMATION_REQUESTED)


def answer_mail(letter: Letter, words: str = "يوم الاثنين.", *, sender: str | None = None, **headers: str) -> bytes:
    """Return an answer to a letter as a mail program writes it."""
    given = {
        "From": sender or letter.to, "To": letter.reply_to, "Subject": "Re: x", "Message-ID": "<a1@phone>",
        "In-Reply-To": letter.message_id, "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
    head = "\r\n".join(f"{name}: {value}" for name, value in given.items())
    return f"{head}\r\n\r\n{words}\r\n\r\nLe lun. 30 nov. 2026 à 10:12, X <x@y.test> a écrit :\r\n> متى؟\r\n".encode()


def take_in(app: Flask, *mails: bytes, to: str = "", sender: str | None = None) -> list[str]:
    """Bring mails as a relay does, let them be read, and return what became of all that ever came."""
    with app.app_context():
        for raw in mails:
            store_mail(raw, Arrived(way=Way.PIPE, envelope_sender=sender, envelope_recipient=to), datetime.now(UTC))
        read_new_mail(lambda: datetime.now(UTC))
        return outcomes()


def outcomes() -> list[str]:
    """Return what became of the mails that came, in their order."""
    return [
        f"{row.status.value}:{row.reason}" for row in db.session.scalars(select(IncomingMail).order_by(IncomingMail.id))
    ]


def events_of(app: Flask, case: Filed) -> list[str]:
    """Return the events of a case from the first to the last."""
    with app.app_context():
        told = select(JournalEvent.event).where(JournalEvent.obstacle_id == case.id).order_by(JournalEvent.seq)
        return [str(event) for event in db.session.scalars(told)]


def told_in_app(app: Flask, event: str) -> set[int]:
    """Return who was told of something in the app."""
    with app.app_context():
        rows = db.session.execute(
            select(OutboxMessage.recipient_id, OutboxMessage.channel).where(OutboxMessage.event == event)
        ).all()
        assert {channel for _person, channel in rows} <= {MessageChannel.APP}
        return {person for person, _channel in rows}


def count_letters(app: Flask) -> int:
    """Count the mails that are owed or were sent: nothing that comes in may write one to its sender."""
    with app.app_context():
        return db.session.query(OutboxMessage).filter_by(channel=MessageChannel.EMAIL).count()


def chunks(mails: Iterable[bytes], size: int) -> Iterable[list[bytes]]:
    """Yield mails some at a time."""
    some: list[bytes] = []
    for raw in mails:
        some.append(raw)
        if len(some) == size:
            yield some
            some = []
    yield some
