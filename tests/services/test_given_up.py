"""An address whose letters come back is written to only for what its reader must answer or asks for, until it works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import AccountNotice
from escalation.domain.codes import MessageChannel
from escalation.domain.wants import Kind, Way
from escalation.extensions import db
from escalation.models.intake import AddressFailure
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.services.case import moves, remarks
from escalation.services.messages.digests import write_digests
from escalation.services.messages.failures import lift_by_hand
from escalation.services.messages.preferences import choose_wants
from escalation.services.people.proofs import Answer, finish_sign_in, wait_for_proof
from escalation.services.people.resets import answer_resets, ask_reset, reset_password
from escalation.services.people.sessions import Browser
from escalation.services.people.tokens import code_text, token_text
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, file_obstacle, move
from tests.services.mailing import question, take_in, taking_mail
from tests.services.test_address_failures import bounced, fails

pytestmark = pytest.mark.usefixtures("reference_data")

GIVEN_UP = ("skipped", "address_failed")


def a_bounced_question(town: Town, status: str = "5.1.1") -> Filed:
    """Return a case whose question to the president came back for good."""
    taking_mail(town.app)
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    case = move(town.app, moves.request_information, case, town.reviewer, question="متى؟")
    letter = question(town)
    raw = bounced(letter, status) if status != "5.0.0" else bounced(letter, status).replace(
        b"Action: failed", b"Diagnostic-Code: smtp; 550 user unknown\r\nAction: failed")  # fmt: skip
    assert take_in(town.app, raw, to=letter.bounce_to, sender="") == ["done:hard_bounce"]
    return case


def last_mail(town: Town) -> tuple[str, str]:
    """Return what became of the newest e-mail to the president."""
    with town.app.app_context():
        mine = (OutboxMessage.recipient_id == town.president.id, OutboxMessage.channel == MessageChannel.EMAIL)
        row = db.session.scalars(select(OutboxMessage).where(*mine).order_by(OutboxMessage.id.desc())).first()
        assert row is not None
        return row.status.value, row.status_reason


def comment(town: Town, case: Filed) -> None:
    move(town.app, remarks.add_comment, case, town.reviewer, comment="نص")


def test_what_only_informs_is_kept_in_the_app_and_says_why_no_letter_left(town: Town) -> None:
    case = a_bounced_question(town)
    comment(town, case)
    assert last_mail(town) == GIVEN_UP
    with town.app.app_context():
        told = select(OutboxMessage.channel).where(
            OutboxMessage.recipient_id == town.president.id, OutboxMessage.event == "comment_added"
        )
        assert set(db.session.scalars(told)) == {MessageChannel.APP, MessageChannel.EMAIL}


def test_what_asks_for_an_act_leaves_all_the_same(town: Town) -> None:
    case = a_bounced_question(town)
    case = move(town.app, moves.answer, case, town.president, answer="غدا")
    move(town.app, moves.request_information, case, town.reviewer, question="ومن؟")
    assert last_mail(town) == ("queued", "")


def test_an_administrator_or_another_address_ends_it(town: Town) -> None:
    case = a_bounced_question(town)
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.president.id).email = "new@example.test"
    comment(town, case)
    assert last_mail(town) == ("queued", "")
    with town.app.app_context(), transaction() as session:
        session.get_one(Person, town.president.id).email = town.president.email
    comment(town, case)
    assert last_mail(town) == GIVEN_UP
    with town.app.app_context():
        lift_by_hand(town.president.id, by_id=town.admin.id, now=datetime.now(UTC))
    comment(town, case)
    assert last_mail(town) == ("queued", "")


def test_a_digest_that_was_to_hold_it_is_not_written(town: Town) -> None:
    with town.app.app_context():
        choose_wants(town.president.id, {Kind.WORDS: Way.DAILY}, None, datetime.now(UTC))
    taking_mail(town.app)
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    case = move(town.app, moves.request_information, case, town.reviewer, question="متى؟")
    comment(town, case)
    letter = question(town)
    assert take_in(town.app, bounced(letter), to=letter.bounce_to, sender="") == ["done:hard_bounce"]
    with town.app.app_context():
        assert write_digests(datetime.now(UTC) + timedelta(days=2)) == 0
    assert last_mail(town) == GIVEN_UP


def test_an_address_whose_failure_has_no_reason_is_written_to(town: Town) -> None:
    case = a_bounced_question(town, "5.0.0")
    assert fails(town)
    comment(town, case)
    assert last_mail(town) == ("queued", "")


def test_a_code_that_arrived_ends_it(town: Town) -> None:
    a_bounced_question(town)
    now = datetime.now(UTC)
    with town.app.app_context():
        with transaction() as session:
            waiting = wait_for_proof(session, session.get_one(Person, town.president.id), "127.0.0.1", now)
        assert last_mail(town) == ("queued", "")
        facts = facts_of(AccountNotice.SIGN_IN_CODE)
        code = code_text(facts["code_nonce"], facts["code_digest"])
        assert code
        browser = Browser(now=now + timedelta(minutes=1), minutes=30)
        finish_sign_in(waiting.token, Answer(code=code), address="127.0.0.1", browser=browser, trusts=False)
    assert not fails(town)


def test_a_link_that_arrived_ends_it(town: Town) -> None:
    a_bounced_question(town)
    now = datetime.now(UTC)
    with town.app.app_context():
        ask_reset(town.president.email, address="127.0.0.1", now=now)
        assert answer_resets(now) == 1
        facts = facts_of(AccountNotice.RESET_ASKED)
        token = token_text(facts["nonce"], facts["digest"])
        assert token
        reset_password(token, "une phrase que personne ne connaît", now=now + timedelta(minutes=1))
    assert not fails(town)


def test_what_fails_after_the_link_was_used_still_fails(town: Town) -> None:
    a_bounced_question(town)
    now = datetime.now(UTC)
    with town.app.app_context():
        db.session.execute(update(AddressFailure).values(noted_at=now + timedelta(hours=1)))
        db.session.commit()
        ask_reset(town.president.email, address="127.0.0.1", now=now)
        answer_resets(now)
        facts = facts_of(AccountNotice.RESET_ASKED)
        reset_password(token_text(facts["nonce"], facts["digest"]) or "", "une phrase que personne ne sait", now=now)
    assert fails(town)


def facts_of(event: str) -> dict[str, str]:
    row = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.event == event).order_by(OutboxMessage.id.desc())
    ).first()
    assert row is not None
    return dict(row.facts)
