"""Mail that comes in: answers become words on their case once, by who may write them; all else waits."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from escalation.domain.codes import Event, MessageStatus, Status
from escalation.domain.intake import REPLY_HELD, REPLY_WITHOUT_FILES, Became, HeldFor, IncomingStatus, Way
from escalation.extensions import db
from escalation.mail.letter import Letterhead
from escalation.models.files import CaseFile
from escalation.models.intake import IncomingMail
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Statement
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.queries.journal import verify_journal
from escalation.services.case import moves, remarks
from escalation.services.case.transitions import By
from escalation.services.messages.claims import claim_due
from escalation.services.messages.inbox import mark_read
from escalation.services.messages.incoming import Arrived, store_mail, take_next
from escalation.services.messages.intake import judge_mail
from escalation.services.messages.letters import envelope_of, write_letter
from escalation.services.privacy.retention import forget_old
from escalation.services.transaction import transaction
from tests.factories import Town, actor_of, file_obstacle, move, obstacle_row
from tests.mails.bounces import report
from tests.mails.hostile import with_file
from tests.services.mailing import (
    DOMAIN,
    answer_mail,
    asked_case,
    count_letters,
    events_of,
    letter_to,
    question,
    take_in,
    taking_mail,
    told_in_app,
)

pytestmark = pytest.mark.usefixtures("reference_data")


def a_picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(made, "JPEG")
    return made.getvalue()


def statements(case_id: int) -> dict[str, str]:
    return {row.kind: row.text for row in db.session.scalars(select(Statement).where(Statement.obstacle_id == case_id))}


def test_an_answer_by_mail_answers_the_question_once(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    raw, letter = answer_mail(question(town)), question(town)
    again = raw + b"\r\n"
    assert take_in(town.app, raw, raw, again, to=letter.reply_to) == ["done:answer", "done:repeated"]
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW
    assert events_of(town.app, case)[-1] == Event.INFORMATION_PROVIDED
    with town.app.app_context():
        assert statements(case.id)["answer"] == "يوم الاثنين."
        event = db.session.scalars(select(JournalEvent).where(JournalEvent.event == Event.INFORMATION_PROVIDED)).one()
        assert event.person_id == town.president.id
        assert '"way":"email"' in event.canonical
        assert verify_journal().broken is None


def test_an_answer_to_any_other_letter_is_a_comment_and_moves_nothing(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = letter_to(town.app, town.president.id, Event.OBSTACLE_CLAIMED)
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["done:comment"]
    assert obstacle_row(town.app, case)["status"] == Status.INFORMATION_REQUESTED
    assert events_of(town.app, case)[-1] == Event.COMMENT_ADDED


def test_an_answer_to_a_question_already_answered_is_a_comment(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    move(town.app, moves.answer, case, town.president, answer="بالهاتف")
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["done:comment"]
    move(town.app, moves.request_information, case, town.reviewer, question="ومن؟")
    late = answer_mail(letter, Message_ID="<late@phone>")
    assert take_in(town.app, late, to=letter.reply_to)[-1] == "done:comment"
    assert obstacle_row(town.app, case)["status"] == Status.INFORMATION_REQUESTED


def test_a_desk_answers_a_comment_by_a_comment_and_never_a_note(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.president), now=datetime.now(UTC))
        remarks.add_comment(case.id, by, comment="هل من جديد؟")
    letter = letter_to(town.app, town.reviewer.id, Event.COMMENT_ADDED)
    assert letter.reply_to
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["done:comment"]
    filed = letter_to(town.app, town.reviewer.id, Event.OBSTACLE_FILED)
    assert filed.reply_to == ""


@pytest.mark.parametrize("way", ["envelope", "header"])
def test_the_address_is_found_in_the_envelope_or_in_the_mail(town: Town, way: str) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to if way == "envelope" else "") == ["done:answer"]


@pytest.mark.parametrize(
    ("sender", "outcome"),
    [
        ("evil@example.org", "held:other_sender"),
        ('"president@example.test" <evil@example.org>', "held:other_sender"),
        ("president@example.test, evil@example.org", "held:other_sender"),
        ("president2@example.test", "held:other_sender"),
    ],
)
def test_nobody_else_answers_with_the_letter_of_another(town: Town, sender: str, outcome: str) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    assert take_in(town.app, answer_mail(letter, sender=sender), to=letter.reply_to) == [outcome]
    assert obstacle_row(town.app, case)["status"] == Status.INFORMATION_REQUESTED


def test_what_names_a_letter_without_its_address_is_a_hint_only(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    plain = answer_mail(letter, To=f"reply+{'a' * 36}@{DOMAIN}")
    stranger = answer_mail(letter, In_Reply_To="<x@y>", To=f"reply@{DOMAIN}", Message_ID="<b@phone>")
    assert take_in(town.app, plain, stranger) == ["held:no_token", "held:unknown_sender"]
    with town.app.app_context():
        hint, nobody = db.session.scalars(select(IncomingMail).order_by(IncomingMail.id))
        assert (hint.letter_id, hint.is_hint, hint.person_id) == (letter.id, True, town.president.id)
        assert (nobody.letter_id, nobody.person_id) == (None, None)


def test_only_what_our_own_relay_says_of_a_sender_counts(town: Town) -> None:
    taking_mail(town.app, authserv_id="mx.example.test")
    asked_case(town)
    letter = question(town)
    said = "mx.example.test; spf=pass smtp.mailfrom=example.test; dmarc=pass (p=none) header.from=example.test"
    untrue: tuple[dict[str, str], ...] = (
        {},
        {"Authentication_Results": said.replace("mx.", "evil.")},
        {"Authentication_Results": said.replace("dmarc=pass", "dmarc=fail")},
        {"Authentication_Results": said.replace("from=example.test", "from=evil.test")},
    )
    mails = [answer_mail(letter, f"{number}", Message_ID=f"<{number}@x>", **more) for number, more in enumerate(untrue)]
    forged = f"Authentication-Results: {said.replace('pass', 'fail')}\r\n".encode() + answer_mail(
        letter, Message_ID="<f@x>", Authentication_Results=said
    )
    assert set(take_in(town.app, *mails, forged, to=letter.reply_to)) == {"held:unproven_sender"}
    good = answer_mail(letter, Message_ID="<g@x>", Authentication_Results=said)
    assert take_in(town.app, good, to=letter.reply_to)[-1] == "done:answer"


def test_who_may_not_write_on_the_page_may_not_by_mail_and_is_told(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    move(town.app, moves.withdraw, case, town.president, reason="حل المشكل")
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["held:not_allowed"]
    assert told_in_app(town.app, REPLY_HELD) == {town.president.id}


def test_who_writes_as_a_program_would_is_told_once_that_their_answer_waits(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)

    def answer(number: int) -> int:
        mail = answer_mail(letter, "أنا في عطلة", Subject="رد تلقائي: x", Message_ID=f"<{number}@x>")
        assert take_in(town.app, mail, to=letter.reply_to)[-1] == "held:robot_perhaps"
        assert told_in_app(town.app, REPLY_HELD) == {town.president.id}
        with town.app.app_context():
            return db.session.query(OutboxMessage).filter_by(event=REPLY_HELD).count()

    assert [answer(1), answer(2)] == [1, 1], "a program answers every letter: one line stands for them all"
    with town.app.app_context():
        assert mark_read(town.president.id, case.id, datetime.now(UTC))
    assert answer(3) == 2
    stranger = answer_mail(letter, sender="evil@example.org", Subject="رد تلقائي: x", Message_ID="<e@x>")
    assert take_in(town.app, stranger, to=letter.reply_to)[-1] == "held:other_sender"
    with town.app.app_context():
        assert db.session.query(OutboxMessage).filter_by(event=REPLY_HELD).count() == 2


def test_a_suspended_person_says_nothing_by_mail(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    with town.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == town.president.id).values(suspended_at=datetime.now(UTC)))
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["held:not_allowed"]


def test_an_old_letter_is_answered_no_more(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    with town.app.app_context(), transaction() as session:
        old = datetime.now(UTC) - timedelta(days=200)
        session.execute(update(OutboxMessage).where(OutboxMessage.id == letter.id).values(event_at=old))
    assert take_in(town.app, answer_mail(letter), to=letter.reply_to) == ["held:expired"]


def test_an_answer_without_words_or_with_too_many_waits(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    mails = answer_mail(letter, "> فقط"), answer_mail(letter, "ا" * 5001, Message_ID="<2@x>")
    assert take_in(town.app, *mails, to=letter.reply_to) == ["held:no_words", "held:too_long"]


def test_ten_answers_an_hour_are_taken_and_the_next_waits(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = letter_to(town.app, town.president.id, Event.OBSTACLE_CLAIMED)
    mails = [answer_mail(letter, f"كلمة {number}", Message_ID=f"<{number}@x>") for number in range(12)]
    became = take_in(town.app, *mails, to=letter.reply_to)
    assert became == ["done:comment"] * 10 + ["held:too_many_replies"] * 2
    assert events_of(town.app, case).count(Event.COMMENT_ADDED) == 10


def test_strangers_do_not_fill_the_house(town: Town) -> None:
    taking_mail(town.app)
    mails = [f"From: a@b.test\nTo: x@{DOMAIN}\nMessage-ID: <{n}@x>\n\n{n}".encode() for n in range(25)]
    became = take_in(town.app, *mails)
    assert became == ["held:unknown_sender"] * 20 + ["done:too_many"] * 5
    with town.app.app_context():
        assert {len(row.raw) for row in db.session.scalars(select(IncomingMail)) if row.reason == "too_many"} == {0}


def test_files_come_in_by_the_door_of_all_files(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    raw = with_file(letter.reply_to, "محضر.jpg", a_picture(), "في المرفق", letter.to)
    assert take_in(town.app, raw, to=letter.reply_to) == ["done:answer"]
    with town.app.app_context():
        file = db.session.scalars(select(CaseFile)).one()
        assert (file.obstacle_id, file.name, file.person_id) == (case.id, "محضر.jpg", town.president.id)
        assert file.attached_at is not None
        assert file.event_seq is not None


def test_a_file_that_is_not_taken_leaves_the_words_and_is_told(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    raw = with_file(letter.reply_to, "x.exe", b"MZ" * 50, "في المرفق", letter.to)
    assert take_in(town.app, raw, to=letter.reply_to) == ["done:answer"]
    assert told_in_app(town.app, REPLY_WITHOUT_FILES) == {town.president.id}
    with town.app.app_context():
        assert statements(case.id)["answer"] == "في المرفق"
        assert db.session.scalars(select(CaseFile)).all() == []


def test_a_refused_answer_leaves_no_file_behind(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    move(town.app, moves.withdraw, case, town.president, reason="حل المشكل")
    raw = with_file(letter.reply_to, "a.jpg", a_picture(), "في المرفق", letter.to)
    assert take_in(town.app, raw, to=letter.reply_to) == ["held:not_allowed"]
    with town.app.app_context():
        assert db.session.scalars(select(CaseFile)).all() == []


def test_two_robots_end_after_one_turn(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    before = count_letters(town.app), events_of(town.app, case)
    away = answer_mail(letter, "أنا في عطلة", Auto_Submitted="auto-replied")
    subject = answer_mail(letter, "أنا في عطلة", Subject="رد تلقائي: x", Message_ID="<s@x>")
    own = answer_mail(letter, Message_ID="<o@x>", X_Escalation_Event="information_requested")
    became = take_in(town.app, away, subject, own, to=letter.reply_to)
    assert became == ["done:robot", "held:robot_perhaps", "done:robot"]
    assert take_in(town.app, answer_mail(letter, Message_ID="<n@x>"), to=letter.reply_to, sender="")[-1] == "done:robot"
    assert (count_letters(town.app), events_of(town.app, case)) == before


def test_a_mail_that_kills_its_reader_three_times_is_held(town: Town) -> None:
    taking_mail(town.app)
    with town.app.app_context():
        store_mail(b"From: a@b.test\n\nx", Arrived(way=Way.PIPE), datetime.now(UTC))
        for _ in range(3):
            assert take_next() is not None
            assert take_next() is None
            with transaction() as session:
                session.execute(update(IncomingMail).values(lease_until_ms=1))
        assert take_next() is None
        row = db.session.scalars(select(IncomingMail)).one()
        assert (row.status, row.reason) == (IncomingStatus.HELD, HeldFor.CRASHED)


def test_a_reader_killed_between_the_words_and_the_note_of_them_says_them_once(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    with town.app.app_context():
        arrived = Arrived(way=Way.PIPE, envelope_sender=letter.to, envelope_recipient=letter.reply_to)
        store_mail(answer_mail(letter), arrived, datetime.now(UTC))
        taken = take_next()
        assert taken is not None
        assert judge_mail(taken, datetime.now(UTC))[1] is Became.ANSWER
        with transaction() as session:
            session.execute(update(IncomingMail).values(lease_until_ms=1))
    assert take_in(town.app) == ["done:repeated"]
    assert events_of(town.app, case).count(Event.INFORMATION_PROVIDED) == 1


def test_mail_is_forgotten_after_a_month(town: Town) -> None:
    taking_mail(town.app)
    take_in(town.app, f"From: a@b.test\nTo: x@{DOMAIN}\n\nx".encode())
    with town.app.app_context():
        assert forget_old(datetime.now(UTC))["mails"] == 0
        assert forget_old(datetime.now(UTC) + timedelta(days=31))["mails"] == 1


def test_letters_offer_an_answer_by_mail_only_where_it_is_taken(town: Town) -> None:
    config = town.app.extensions["config"]
    letterhead = Letterhead(name="x", sender="no-reply@example.test", base_url="https://localhost")
    asked_case(town)
    taking = taking_mail(town.app)
    asked_case(town)
    with town.app.app_context(), transaction() as session:
        # What was told before goes first.
        earlier = OutboxMessage.event != Event.INFORMATION_REQUESTED
        session.execute(update(OutboxMessage).where(earlier).values(status=MessageStatus.SENT))
    with town.app.app_context():
        asking = [one for one in claim_due(200) if one.event == Event.INFORMATION_REQUESTED and one.facts["asks"]]
        before, after = sorted(asking, key=lambda one: one.id)
        assert envelope_of(before, config).sender == "no-reply@example.test"
        assert b"\nReply-To:" not in write_letter(before, letterhead, envelope_of(before, taking))
        envelope = envelope_of(after, taking)
        assert envelope.sender.startswith("bounce+")
        assert envelope.reply_to.startswith("reply+")
        written = write_letter(after, letterhead, envelope)
        assert f"Reply-To: {envelope.reply_to}".encode() in written
        # Intake turned off meanwhile, the letter still reads as at its first attempt.
        assert write_letter(after, letterhead, envelope_of(after, config)) == written


def test_a_reply_that_the_relay_brings_as_a_report_is_no_answer(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    letter = question(town)
    raw = report("postfix", letter.to, letter.reply_to, action="failed", status="5.1.1")
    assert take_in(town.app, raw, to=letter.reply_to) == ["done:robot"]
    assert obstacle_row(town.app, case)["status"] == Status.INFORMATION_REQUESTED
    with town.app.app_context():
        assert db.session.get_one(OutboxMessage, letter.id).status is MessageStatus.SENT


def test_a_case_that_ended_takes_no_comment_of_a_case_of_another(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    other = file_obstacle(town.app, town.president)
    letter = question(town)
    take_in(town.app, answer_mail(letter), to=letter.reply_to)
    assert Event.COMMENT_ADDED not in events_of(town.app, other)
