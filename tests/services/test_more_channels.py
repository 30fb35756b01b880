"""One more way to tell people is one file and one line: the example of text messages, put in use for these tests."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.messages.channels import CHANNELS, all_channels
from escalation.services.messages.delivery import deliver_due
from escalation.services.messages.example_sms import Gateway, sms_channel
from escalation.services.messages.more_channels import MORE_CHANNELS
from escalation.services.transaction import transaction
from escalation.services.webhooks.post import Limits
from tests.factories import Town, file_obstacle
from tests.http_receiver import Receiver, receiving

PHONE = "+212612345678"


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    """An operator's gateway, in use meanwhile."""
    with receiving() as made:
        limits = Limits(allow_private=True, step_s=1, whole_s=2)
        MORE_CHANNELS.append(sms_channel(Gateway(made.url, "token-of-tests", limits)))
        try:
            yield made
        finally:
            MORE_CHANNELS.clear()


def give_phone(town: Town) -> None:
    """Let the reviewer have a telephone number."""
    with town.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == town.reviewer.id).values(phone=PHONE))


def rows(town: Town, channel: MessageChannel) -> list[OutboxMessage]:
    """Return the messages of one way."""
    with town.app.app_context():
        of_channel = OutboxMessage.channel == channel
        return list(db.session.scalars(select(OutboxMessage).where(of_channel).order_by(OutboxMessage.id)))


def send(town: Town) -> int:
    """Send what is due; no relay takes mail here."""
    with town.app.app_context():
        with transaction() as session:
            mails = OutboxMessage.channel == MessageChannel.EMAIL
            session.execute(update(OutboxMessage).where(mails).values(not_before_ms=2**52))
        return deliver_due(town.app.extensions["config"])


def test_nothing_more_is_in_use_by_itself(town: Town) -> None:
    assert MORE_CHANNELS == []
    assert all_channels() == CHANNELS
    give_phone(town)
    file_obstacle(town.app, town.president)
    assert rows(town, MessageChannel.SMS) == []


def test_who_is_asked_and_gave_a_number_is_told_this_way_too(town: Town, gateway: Receiver) -> None:
    give_phone(town)
    case = file_obstacle(town.app, town.president)
    (row,) = rows(town, MessageChannel.SMS)
    assert (row.recipient_id, row.address, row.status) == (town.reviewer.id, PHONE, MessageStatus.QUEUED)
    mailed = [one.recipient_id for one in rows(town, MessageChannel.EMAIL)]
    assert town.reviewer.id in mailed, "beside the others, never instead"
    assert send(town) == 1
    (got,) = gateway.got
    asked = json.loads(got.body)
    assert asked["to"] == PHONE
    assert case.reference in asked["text"]
    assert f"/obstacles/{case.reference}" in asked["text"]
    assert got.headers["authorization"] == "Bearer token-of-tests"
    assert got.headers["idempotency-key"] == row.message_id.strip("<>")


def test_what_the_gateway_refuses_waits_and_goes_no_other_way(town: Town, gateway: Receiver) -> None:
    give_phone(town)
    file_obstacle(town.app, town.president)
    before = len(rows(town, MessageChannel.EMAIL))
    gateway.answers = [b"HTTP/1.1 500 No\r\n\r\n"]
    assert send(town) == 0
    assert [row.status for row in rows(town, MessageChannel.SMS)] == [MessageStatus.QUEUED]
    assert len(rows(town, MessageChannel.EMAIL)) == before
    with town.app.app_context(), transaction() as session:
        session.execute(
            update(OutboxMessage).where(OutboxMessage.channel == MessageChannel.SMS).values(not_before_ms=1)
        )
    assert send(town) == 1
    assert len({got.body for got in gateway.got}) == 1
