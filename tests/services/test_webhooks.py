"""Other systems are told of what happens, through the outbox: once owed it is told, in order, signed, wordless."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import Event, MessageChannel, MessageStatus
from escalation.domain.wants import Skipped
from escalation.domain.webhooks import DELIVERY_HEADER, EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, is_signed
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.webhooks import WebhookEndpoint
from escalation.queries.messages.outbox_audit import list_violations
from escalation.services.case import moves
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.messages.channels import CHANNELS
from escalation.services.messages.delivery import Dispatch, deliver_due
from escalation.services.people.administration import Administrator
from escalation.services.people.people import WrongField
from escalation.services.transaction import transaction
from escalation.services.webhooks import endpoints
from escalation.services.webhooks.carrier import WebhookCarrier
from escalation.services.webhooks.endpoints import NewEndpoint
from escalation.services.webhooks.post import Limits
from tests.factories import OTHER_REGION, REGION, Town, actor_of, file_obstacle, move
from tests.http_receiver import CUT, SILENT, Receiver, receiving

NOW = datetime.now(UTC)
LIMITS = Limits(allow_private=True, step_s=1.0, whole_s=2.0)
LATER = b"HTTP/1.1 503 Later\r\n\r\n"
TITLE, DESCRIPTION = "عنوان لا يخرج", "وصف لا يخرج"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told."""
    with receiving() as made:
        yield made


def by(town: Town) -> Administrator:
    """Return the administrator, now."""
    return Administrator(town.admin.id, frozenset({REGION}), datetime.now(UTC))


def add(town: Town, url: str, events: tuple[str, ...] = ()) -> tuple[int, str]:
    """Add an endpoint past the check of its address, which is on loopback."""
    with town.app.app_context():
        new = NewEndpoint(name="نظام", url="https://example.ma/hook", region_code=REGION, events=events)
        number, secret = endpoints.add_endpoint(new, by(town))
        with transaction() as session:
            session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == number).values(url=url))
    return number, secret


def rows(town: Town) -> list[OutboxMessage]:
    """Return what other systems were or are to be told."""
    with town.app.app_context():
        to_systems = OutboxMessage.channel == MessageChannel.WEBHOOK
        return list(db.session.scalars(select(OutboxMessage).where(to_systems).order_by(OutboxMessage.id)))


def send(town: Town, connections: int | None = None) -> int:
    """Send what is due to other systems; mails go nowhere."""
    channels = {**CHANNELS, MessageChannel.WEBHOOK: lambda config: WebhookCarrier(config, LIMITS)}
    with town.app.app_context():
        with transaction() as session:
            mails = OutboxMessage.channel == MessageChannel.EMAIL
            put_aside = {"status": MessageStatus.SKIPPED, "status_reason": Skipped.CANCELLED}
            session.execute(update(OutboxMessage).where(mails).values(put_aside))
        return deliver_due(town.app.extensions["config"], Dispatch(channels=channels, connections=connections))


def make_due(town: Town) -> None:
    """Let what waits for another try be due."""
    with town.app.app_context(), transaction() as session:
        session.execute(update(OutboxMessage).values(not_before_ms=1))


def test_what_happens_is_told_signed_and_without_a_word(town: Town, receiver: Receiver) -> None:
    _number, secret = add(town, receiver.url)
    case = file_obstacle(town.app, town.president, title=TITLE, description=DESCRIPTION)
    assert send(town) == 1
    (got,), (row,) = receiver.got, rows(town)
    told = json.loads(got.body)
    assert (told["event"], told["case"]["reference"], told["case"]["status"]) == (
        "obstacle_filed", case.reference, "filed",
    )  # fmt: skip
    assert told["occurred_at"].endswith("Z")
    assert (got.headers[DELIVERY_HEADER.lower()], got.headers[EVENT_HEADER.lower()]) == (told["id"], "obstacle_filed")
    stamp = int(got.headers[TIMESTAMP_HEADER.lower()])
    assert is_signed(got.headers[SIGNATURE_HEADER.lower()], secret, stamp, got.body, int(time.time()))
    words = got.body.decode() + json.dumps(row.facts, ensure_ascii=False)
    for hidden in (TITLE, DESCRIPTION, "Bouhouda", town.president.email):
        assert hidden not in words
    assert set(told["case"]) == {
        "reference", "status", "level", "desk", "commune", "province", "region", "due_on", "url",
    }  # fmt: skip
    recipient: int | None = row.recipient_id
    assert (row.status, recipient, row.obstacle_id is not None) == (MessageStatus.SENT, None, True)
    with town.app.app_context():
        assert list_violations(datetime.now(UTC)) == []


def test_what_is_rolled_back_is_told_to_nobody(town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    add(town, receiver.url)

    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("escalation.services.case.transitions.write_webhooks", fail)
    with pytest.raises(RuntimeError):
        file_obstacle(town.app, town.president)
    assert rows(town) == []


def test_only_the_region_and_the_events_that_were_chosen(town: Town, receiver: Receiver) -> None:
    add(town, receiver.url, (Event.OBSTACLE_CLAIMED.value,))
    number, _secret = add(town, receiver.url)
    with town.app.app_context(), transaction() as session:
        session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == number).values(region_code=OTHER_REGION))
    case = file_obstacle(town.app, town.president)
    assert rows(town) == []
    move(town.app, moves.claim, case, town.reviewer)
    assert [row.event for row in rows(town)] == ["obstacle_claimed"]


def test_one_case_is_told_in_its_order_and_another_is_not_held_up(town: Town, receiver: Receiver) -> None:
    add(town, receiver.url)
    first = file_obstacle(town.app, town.president)
    move(town.app, moves.claim, first, town.reviewer)
    other = file_obstacle(town.app, town.president)
    receiver.answers = [LATER]
    make_due(town)
    assert send(town) == 1, "the second of the first case waits behind what failed"
    told = [(json.loads(got.body)["case"]["reference"], json.loads(got.body)["event"]) for got in receiver.got]
    assert sorted(told) == [(first.reference, "obstacle_filed"), (other.reference, "obstacle_filed")]
    make_due(town)
    assert send(town) == 2
    of_first = [json.loads(got.body)["event"] for got in receiver.got if str(first.reference).encode() in got.body]
    assert of_first == ["obstacle_filed", "obstacle_filed", "obstacle_claimed"]


def test_a_try_that_failed_is_repeated_in_the_same_words_signed_anew(town: Town, receiver: Receiver) -> None:
    _number, secret = add(town, receiver.url)
    file_obstacle(town.app, town.president)
    receiver.answers = [LATER, CUT]
    send(town)
    assert (rows(town)[0].status, rows(town)[0].status_reason) == (MessageStatus.QUEUED, "temporary: http 503")
    make_due(town)
    send(town)
    row = rows(town)[0]
    assert (row.status, row.uncertain_attempts) == (MessageStatus.QUEUED, 1)
    assert row.status_reason.endswith("cut")
    make_due(town)
    assert send(town) == 1
    assert len({got.body for got in receiver.got}) == 1
    assert len({got.headers[DELIVERY_HEADER.lower()] for got in receiver.got}) == 1
    for got in receiver.got:
        stamp = int(got.headers[TIMESTAMP_HEADER.lower()])
        assert is_signed(got.headers[SIGNATURE_HEADER.lower()], secret, stamp, got.body, stamp)


def test_a_system_that_is_gone_holds_up_no_other_and_no_mail(town: Town, receiver: Receiver) -> None:
    add(town, "http://127.0.0.1:9/")
    add(town, receiver.url)
    for _ in range(3):
        file_obstacle(town.app, town.president)
    assert send(town) == 3
    assert sorted(row.status for row in rows(town)) == ["queued"] * 3 + ["sent"] * 3
    assert {row.channel for row in rows(town)} == {MessageChannel.WEBHOOK}, "nothing goes another way instead"


def test_a_system_that_gives_no_answer_holds_a_sender_up_once(town: Town, receiver: Receiver) -> None:
    add(town, receiver.url)
    for _ in range(3):
        file_obstacle(town.app, town.president)
    receiver.answers = [SILENT] * 3
    assert send(town, connections=1) == 0
    assert len(receiver.got) == 1
    assert sorted(row.status_reason for row in rows(town)) == ["temporary: http resting"] * 2 + [
        "uncertain: end no_answer"
    ]


def test_a_loopback_address_is_refused_where_it_is_not_allowed(town: Town, receiver: Receiver) -> None:
    add(town, receiver.url.replace("http:", "https:"))
    file_obstacle(town.app, town.president)
    with town.app.app_context(), transaction() as session:
        mails = OutboxMessage.channel == MessageChannel.EMAIL
        session.execute(update(OutboxMessage).where(mails).values(status=MessageStatus.SKIPPED))
    with town.app.app_context():
        assert deliver_due(town.app.extensions["config"]) == 0
    assert receiver.got == []
    assert rows(town)[0].status_reason == "temporary: http not_public"


def test_pausing_skips_and_says_so_and_what_was_skipped_can_follow(town: Town, receiver: Receiver) -> None:
    number, _secret = add(town, receiver.url)
    case = file_obstacle(town.app, town.president)
    with town.app.app_context():
        endpoints.pause_endpoint(number, by(town))
    move(town.app, moves.claim, case, town.reviewer)
    assert [(row.status, row.status_reason) for row in rows(town)] == [(MessageStatus.SKIPPED, "paused")] * 2
    make_due(town)
    assert send(town) == 0
    with town.app.app_context():
        endpoints.resume_endpoint(number, by(town), with_skipped=True)
    assert send(town) == 2
    assert [json.loads(got.body)["event"] for got in receiver.got] == ["obstacle_filed", "obstacle_claimed"]
    with town.app.app_context():
        endpoints.pause_endpoint(number, by(town))
    file_obstacle(town.app, town.president)
    with town.app.app_context():
        endpoints.resume_endpoint(number, by(town), with_skipped=False)
    assert send(town) == 0


def test_a_new_secret_signs_beside_the_old_one_for_a_day(town: Town, receiver: Receiver) -> None:
    number, old = add(town, receiver.url)
    with town.app.app_context():
        new = endpoints.renew_secret(number, by(town))
    file_obstacle(town.app, town.president)
    send(town)
    (got,) = receiver.got
    stamp, header = int(got.headers[TIMESTAMP_HEADER.lower()]), got.headers[SIGNATURE_HEADER.lower()]
    assert new != old
    assert is_signed(header, new, stamp, got.body, stamp)
    assert is_signed(header, old, stamp, got.body, stamp)
    with town.app.app_context():
        row = db.session.get_one(WebhookEndpoint, number)
        assert endpoints.secrets_of(row, NOW + timedelta(days=2)) == [new]
        assert new not in row.secret_sealed


def test_a_test_is_told_and_removal_ends_all(town: Town, receiver: Receiver) -> None:
    number, _secret = add(town, receiver.url)
    with town.app.app_context():
        endpoints.try_endpoint(number, by(town))
    assert send(town) == 1
    assert json.loads(receiver.got[0].body)["event"] == "webhook_test"
    file_obstacle(town.app, town.president)
    with town.app.app_context():
        endpoints.remove_endpoint(number, by(town))
    file_obstacle(town.app, town.president)
    assert send(town) == 0
    assert [(row.status, row.status_reason) for row in rows(town)][1:] == [(MessageStatus.SKIPPED, "removed")]
    with town.app.app_context():
        assert db.session.get_one(WebhookEndpoint, number).secret_sealed == ""


def test_what_is_taken_back_is_not_told(town: Town, receiver: Receiver) -> None:
    add(town, receiver.url)
    case = file_obstacle(town.app, town.president)
    send(town)
    with town.app.app_context():
        now = datetime.now(UTC)
        reviewer = By(actor=actor_of(town.app, town.reviewer), now=now, may_undo=True)
        moves.claim(case.id, reviewer)
        undo(case.id, reviewer)
    assert [(row.event, row.status, row.status_reason) for row in rows(town)][1:] == [
        ("obstacle_claimed", MessageStatus.SKIPPED, "undone")
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://example.ma/"}, "url"), ({"url": "https://10.0.0.1/"}, "url"), ({"url": "x"}, "url"),
        ({"region_code": OTHER_REGION}, "region"), ({"events": ("obstacle_filed", "nothing")}, "events"),
        ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_says_why(town: Town, change: dict[str, Any], field: str) -> None:
    new = {"name": "نظام", "url": "https://example.ma/", "region_code": REGION} | change
    with town.app.app_context():
        with pytest.raises(WrongField) as refused:
            endpoints.add_endpoint(NewEndpoint(**new), by(town))
        assert refused.value.field == field
        assert db.session.scalars(select(WebhookEndpoint)).all() == []
