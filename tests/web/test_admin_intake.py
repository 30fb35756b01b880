"""The page of mails that wait: why, what they say in safe words, and what an administrator does with them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Event, Status
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.intake import IncomingMail
from tests.factories import Inhabitant, Town, obstacle_row, sign_in
from tests.mails.bounces import report
from tests.services.mailing import answer_mail, asked_case, events_of, question, take_in, taking_mail
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("reference_data")


def browser(town: Town, person: Inhabitant) -> Visitor:
    client = Visitor(town.app)
    sign_in(client, person)
    return client


def held(town: Town) -> int:
    with town.app.app_context():
        return db.session.scalars(select(IncomingMail.id).where(IncomingMail.status == "held")).one()


def a_held_answer(town: Town, words: str = "<script>alert(1)</script> يوم الاثنين") -> int:
    letter = question(town)
    assert take_in(town.app, answer_mail(letter, words, sender="other@example.org"), to=letter.reply_to)
    return held(town)


def test_a_held_mail_is_shown_in_safe_words(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    mail_id = a_held_answer(town)
    client = browser(town, town.admin)
    index, page = client.get("/admin/intake?lang=en").text, client.get(f"/admin/intake/{mail_id}").text
    assert "other@example.org" in index
    assert "from another address than that of its reader" in index
    assert "&lt;script&gt;alert(1)&lt;/script&gt; يوم الاثنين" in page
    assert "<script>alert" not in page
    assert "Mme ou M. president" in page


def test_an_accepted_mail_is_the_answer_of_who_was_asked(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    mail_id = a_held_answer(town)
    client = browser(town, town.admin)
    assert client.submit(f"/admin/intake/{mail_id}/accept").location == "/admin/intake"
    assert obstacle_row(town.app, case)["status"] == Status.IN_REVIEW
    assert events_of(town.app, case)[-1] == Event.INFORMATION_PROVIDED
    assert client.submit(f"/admin/intake/{mail_id}/accept").status_code == 404
    with town.app.app_context():
        noted = db.session.scalars(select(SecurityEvent).order_by(SecurityEvent.id.desc())).first()
        assert noted is not None
        assert (noted.kind, noted.person_id, noted.by_id) == (
            SecurityEventKind.REPLY_ACCEPTED,
            town.president.id,
            town.admin.id,
        )


def test_a_discarded_mail_is_gone_with_its_content(town: Town) -> None:
    taking_mail(town.app)
    case = asked_case(town)
    mail_id = a_held_answer(town)
    client = browser(town, town.admin)
    assert client.submit(f"/admin/intake/{mail_id}/discard").location == "/admin/intake"
    assert client.get(f"/admin/intake/{mail_id}").status_code == 404
    assert events_of(town.app, case)[-1] == Event.INFORMATION_REQUESTED
    with town.app.app_context():
        assert db.session.get_one(IncomingMail, mail_id).raw == b""


def test_what_answers_nothing_can_only_be_discarded(town: Town) -> None:
    taking_mail(town.app)
    take_in(town.app, b"From: a@b.test\nTo: x@reply.example.test\nSubject: \xd8\xb1\n\nx")
    client, mail_id = browser(town, town.admin), held(town)
    assert "/accept" not in client.get(f"/admin/intake/{mail_id}").text
    assert client.submit(f"/admin/intake/{mail_id}/accept").location == f"/admin/intake/{mail_id}"
    assert held(town) == mail_id


def test_what_was_not_allowed_is_not_allowed_by_an_administrator_either(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    mail_id = a_held_answer(town, "> فقط")
    client = browser(town, town.admin)
    client.submit(f"/admin/intake/{mail_id}/accept")
    assert "holds no words of its own" in client.get(f"/admin/intake/{mail_id}").text
    assert held(town) == mail_id


def test_to_accept_or_discard_one_proves_who_one_is(town: Town, second_proof: None) -> None:
    taking_mail(town.app)
    asked_case(town)
    mail_id = a_held_answer(town)
    client = browser(town, town.admin)
    for act in ("accept", "discard"):
        assert client.submit(f"/admin/intake/{mail_id}/{act}").status_code in (401, 403)
    assert held(town) == mail_id


def test_whom_letters_do_not_reach_is_said_where_it_matters(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    raw = report("postfix", letter.to, letter.bounce_to, action="failed", status="5.1.1")
    take_in(town.app, raw, to=letter.bounce_to)
    admin, reviewer = browser(town, town.admin), browser(town, town.reviewer)
    assert letter.to in admin.get("/admin/intake?lang=en").text
    person = f"/admin/people/{town.president.id}"
    assert "Letters do not arrive" in admin.get(person).text
    assert "Letters do not reach: " in reviewer.get(f"/obstacles/{case.reference}?lang=en").text
    assert "A letter did not arrive" in reviewer.get("/inbox").text
    assert admin.submit(f"{person}/address-works").location == person
    assert "Letters do not arrive" not in admin.get(person).text
    assert "Letters do not reach: " not in reviewer.get(f"/obstacles/{case.reference}").text


def test_an_answer_by_mail_says_so_in_the_story(town: Town) -> None:
    taking_mail(town.app)
    case, letter = asked_case(town), question(town)
    take_in(town.app, answer_mail(letter), to=letter.reply_to)
    assert "by e-mail" in browser(town, town.reviewer).get(f"/obstacles/{case.reference}?lang=en").text


def test_whose_letters_come_back_reads_so_in_their_own_account(town: Town) -> None:
    taking_mail(town.app)
    asked_case(town)
    letter = question(town)
    client = browser(town, town.president)
    told = "Letters to your address come back."
    assert told not in client.get("/account?lang=en").text
    raw = report("postfix", letter.to, letter.bounce_to, action="failed", status="5.1.1")
    assert take_in(town.app, raw, to=letter.bounce_to, sender="") == ["done:hard_bounce"]
    assert told in client.get("/account?lang=en").text
