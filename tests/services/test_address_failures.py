"""Letters that come back: only a genuine report is believed; it is noted, told in the app, and lifted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from escalation.domain.codes import Event, MessageStatus
from escalation.domain.errors import NotFound
from escalation.domain.intake import ADDRESS_FAILED
from escalation.extensions import db
from escalation.models.intake import AddressFailure
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.case.timeline import read_ledger
from escalation.queries.messages.failures import find_failure, list_unreached
from escalation.services.messages.failures import lift_by_hand, note_refused
from escalation.services.transaction import transaction
from tests.factories import REGION, Town
from tests.mails.bounces import report
from tests.services.mailing import (
    Letter,
    answer_mail,
    asked_case,
    count_letters,
    letter_to,
    question,
    take_in,
    taking_mail,
    told_in_app,
)

pytestmark = pytest.mark.usefixtures("reference_data")


def bounced(letter: Letter, status: str = "5.1.1", action: str = "failed", about: str | None = None) -> bytes:
    return report("postfix", about or letter.to, letter.bounce_to, action=action, status=status)


def fails(town: Town) -> bool:
    with town.app.app_context():
        person = db.session.get_one(Person, town.president.id)
        return find_failure(person.id, person.email) is not None


def test_a_hard_report_flags_the_address_on_the_person_and_the_case_and_tells_the_desk(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    letters = count_letters(town.app)
    assert take_in(town.app, bounced(letter), to=letter.bounce_to, sender="") == ["done:hard_bounce"]
    assert fails(town)
    assert told_in_app(town.app, ADDRESS_FAILED) >= {town.reviewer.id, town.coordinator.id}
    assert town.president.id not in told_in_app(town.app, ADDRESS_FAILED)
    assert count_letters(town.app) == letters
    with town.app.app_context():
        assert db.session.get_one(OutboxMessage, letter.id).status is MessageStatus.BOUNCED
        assert [person.id for person in list_unreached([REGION])] == [town.president.id]
        assert {line.recipient.id for line in read_ledger(case.id, 0).lines if line.is_unreached} == {town.president.id}


def test_a_second_report_tells_nobody_again(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter, other = question(town), letter_to(town.app, town.president.id, Event.OBSTACLE_CLAIMED)
    take_in(town.app, bounced(letter), to=letter.bounce_to)
    with town.app.app_context():
        told = db.session.query(OutboxMessage).filter_by(event=ADDRESS_FAILED).count()
    take_in(town.app, bounced(letter) + b"\r\n", to=letter.bounce_to)
    take_in(town.app, bounced(other), to=other.bounce_to)
    with town.app.app_context():
        assert db.session.query(OutboxMessage).filter_by(event=ADDRESS_FAILED).count() == told
        assert db.session.query(AddressFailure).count() == 2


@pytest.mark.parametrize(
    ("status", "action", "became"),
    [
        ("4.4.7", "failed", "done:soft_bounce"),
        ("5.2.2", "failed", "done:soft_bounce"),
        ("5.7.1", "failed", "done:soft_bounce"),
        ("5.1.1", "delayed", "done:delayed"),
        ("2.0.0", "relayed", "done:unknown_report"),
    ],
)
def test_what_is_not_for_good_flags_nothing(town: Town, status: str, action: str, became: str) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    assert take_in(town.app, bounced(letter, status, action), to=letter.bounce_to) == [became]
    assert not fails(town)


def test_a_report_in_words_is_shown_to_an_administrator_and_flags_nothing(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    said = f"This is the mail system at mx.example.test.\n\n<{letter.to}>: 550 5.1.1 User unknown\n"
    raw = f"From: MAILER-DAEMON@mx.example.test\nTo: {letter.bounce_to}\nSubject: failure notice\n\n{said}".encode()
    away = f"From: {letter.to}\nTo: {letter.bounce_to}\nSubject: absent\nPrecedence: bulk\n\nEn congé.\n".encode()
    became = take_in(town.app, raw, away, to=letter.bounce_to, sender="")
    assert became == ["held:report_in_words", "done:unknown_report"]
    assert not fails(town)


def test_a_forged_report_is_not_believed(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter, other = question(town), letter_to(town.app, town.reviewer.id, Event.OBSTACLE_FILED)
    local, _at, host = letter.bounce_to.partition("@")
    cases = {
        "done:forged_report": [
            (bounced(letter), f"{local[:20]}{'a' if local[20] != 'a' else 'b'}{local[21:]}@{host}"),
            (bounced(letter) + b" ", other.bounce_to),
            (bounced(letter, about="x@example.test"), letter.bounce_to),
        ],
        "done:robot": [(bounced(letter) + b"  ", letter.reply_to)],
    }
    for became, tried in cases.items():
        for raw, to in tried:
            assert take_in(town.app, raw, to=to)[-1] == became, to
    assert not fails(town)
    with town.app.app_context():
        assert db.session.query(AddressFailure).count() == 0


def test_a_report_may_come_before_the_note_that_the_letter_left(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    with town.app.app_context(), transaction() as session:
        sending = {"status": MessageStatus.SENDING, "lease_token": "x", "lease_until_ms": 1}
        session.execute(update(OutboxMessage).where(OutboxMessage.id == letter.id).values(sending))
    take_in(town.app, bounced(letter), to=letter.bounce_to)
    with town.app.app_context():
        row = db.session.get_one(OutboxMessage, letter.id)
        assert (row.status, row.lease_token) == (MessageStatus.BOUNCED, None)


def test_another_address_has_no_failure_of_its_own(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    take_in(town.app, bounced(letter), to=letter.bounce_to)
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.president.id).email = "new@example.test"
    assert not fails(town)


def test_an_answer_to_a_later_letter_or_a_later_arrival_lifts_the_flag(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter, earlier = question(town), letter_to(town.app, town.president.id, Event.OBSTACLE_CLAIMED)
    take_in(town.app, bounced(letter), to=letter.bounce_to)
    take_in(town.app, answer_mail(earlier), to=earlier.reply_to)
    assert fails(town)
    with town.app.app_context(), transaction() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == earlier.id).values(event_at=datetime.now(UTC)))
    arrived = bounced(earlier, "2.0.0", "delivered")
    assert take_in(town.app, arrived, to=earlier.bounce_to)[-1] == "done:arrived"
    assert not fails(town)


def test_an_administrator_lifts_it_once(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    take_in(town.app, bounced(letter), to=letter.bounce_to)
    with town.app.app_context():
        lift_by_hand(town.president.id, by_id=town.admin.id, now=datetime.now(UTC))
        with pytest.raises(NotFound):
            lift_by_hand(town.president.id, by_id=town.admin.id, now=datetime.now(UTC))
    assert not fails(town)


def test_an_address_that_our_relay_refused_is_flagged_too(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    with town.app.app_context():
        with transaction() as session:
            refused = {"status": MessageStatus.FAILED, "status_reason": "address: rcpt 550"}
            session.execute(update(OutboxMessage).where(OutboxMessage.id == letter.id).values(refused))
        assert note_refused(datetime.now(UTC)) == 1
        assert note_refused(datetime.now(UTC)) == 0
        assert db.session.scalars(select(AddressFailure.letter_id)).one() == letter.id
    assert fails(town)
    assert town.reviewer.id in told_in_app(town.app, ADDRESS_FAILED)
