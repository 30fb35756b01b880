"""The inbox: what one was told, as the mail says it, for as long as one may see the case; unread until it is opened."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from escalation.domain.codes import Channel, Outcome
from escalation.models.outbox import OutboxMessage
from escalation.queries.messages.inbox import MOST_COUNTED, PAGE, count_unread
from escalation.services.case import moves
from escalation.services.case.notes import add_note, record_contact
from escalation.services.case.transitions import By
from escalation.services.case.undo import undo
from escalation.services.transaction import transaction
from escalation.web.messages import inbox as inbox_pages
from tests.factories import Filed, Inhabitant, Town, actor_of, end_mandates, move, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse, words_of
from tests.web.cases import QUESTION, REASON, asked, filed, in_review
from tests.web.conftest import As

INBOX = "/inbox"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def lines(answer: TestResponse) -> list[str]:
    """Return the words of each message of a page."""
    assert answer.status_code == 200
    lists = [element for element in find_all(main_of(parse(answer.text)), "ol") if "inbox" in str(element.get("class"))]
    return [words_of(item) for found in lists for item in find_all(found, "li")]


def unread_in_head(page: str) -> str:
    """Return the count beside the inbox in the head of a page."""
    found = re.search(r'href="/inbox"[^>]*>[^<]*<span class="count">([^<]+)<', page)
    return found.group(1) if found else ""


def by(town: Town, who: Inhabitant, **given: Any) -> By:
    return By(actor=actor_of(town.app, who), now=datetime.now(UTC), **given)


def crowd(town: Town, case: Filed, who: Inhabitant, count: int) -> None:
    """Tell a person of a case many times, in the app."""
    with town.app.app_context(), transaction() as rows:
        like = rows.scalars(
            select(OutboxMessage).where(OutboxMessage.obstacle_id == case.id, OutboxMessage.channel == "app")
        ).first()
        assert like is not None
        columns = {c.key: getattr(like, c.key) for c in OutboxMessage.__table__.columns if c.key != "id"}
        for number in range(count):
            told = {"source_id": 10_000 + number, "recipient_id": who.id, "message_id": f"<x{number}@y>"}
            rows.add(OutboxMessage(**columns | told))


def test_each_line_says_what_happened_in_which_case_and_what_is_asked_by_when(town: Town, as_person: As) -> None:
    case = asked(town)
    page = as_person("president").get(INBOX)
    assert faults_of(page, "en") == []
    said = lines(page)
    assert [text.split(" · ")[0] for text in said] == [
        "Details asked of the commune",
        "Case taken in charge",
        "Case filed",
    ]
    for text in said:
        assert str(case.reference) in text
        assert "Commune of Bouhouda" in text
        assert "Partnership convention awaiting signature" in text
    assert re.search(r"Please answer by \d+ \w+ \d{4}\.", said[0])
    assert re.search(r"Answer expected by \d+ \w+ \d{4}\.", said[1])
    assert QUESTION not in page.text
    assert re.search(r"Please take it in charge or assign it by \d", lines(as_person("coordinator").get(INBOX))[0])


@on_sqlite
def test_what_became_of_the_obstacle_and_why_it_climbed_is_said(town: Town, as_person: As) -> None:
    case = move(town.app, moves.escalate, filed(town), town.reviewer, reason=REASON)
    case = move(town.app, moves.claim, case, town.member)
    given: dict[str, Any] = {"outcome": Outcome.PARTLY_REMOVED, "resolution": "حل"}
    case = move(town.app, moves.resolve, case, town.member, **given)
    assert (
        "Partly removed. Is the obstacle really gone on the ground? Please answer by"
        in lines(as_person("president").get(INBOX))[0]
    )
    move(town.app, moves.confirm, case, town.president)
    assert "Case closed" in lines(as_person("member").get(INBOX))[0]
    assert "Confirmed by the commune." in lines(as_person("member").get(INBOX))[0]
    assert any("By the desk." in text for text in lines(as_person("chair").get(INBOX)))


@on_sqlite
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_notes_have_words_too(town: Town, as_person: As, language: str) -> None:
    case = in_review(town)
    with town.app.app_context():
        add_note(case.id, by(town, town.coordinator), note="انظر الملف", mentions=[town.reviewer.id])
        record_contact(
            case.id, by(town, town.coordinator), spoke_with="الوكالة", channel=Channel.PHONE, contact="وعدت بالجواب"
        )
    page = as_person("reviewer").get(f"{INBOX}?lang={language}")
    assert faults_of(page, language) == []
    said = lines(page)
    assert len(said) == 3
    if language == "en":
        assert said[0].startswith("A contact was logged")
        assert said[1].startswith("You are mentioned in an internal note")
        assert "Please read it." in said[1]
    assert "انظر الملف" not in page.text


def test_opening_a_case_reads_what_was_said_of_it_and_of_no_other(town: Town, as_person: As) -> None:
    case, other = filed(town), filed(town)
    reviewer = as_person("reviewer")
    assert unread_in_head(reviewer.get("/").text) == "2"
    assert [text.count("Unread") for text in lines(reviewer.get(INBOX))] == [1, 1]
    assert unread_in_head(reviewer.get(f"/obstacles/{case.reference}").text) == "1"
    said = lines(reviewer.get(INBOX))
    assert [("Unread" in text, str(other.reference) in text) for text in said] == [(True, True), (False, False)]
    assert unread_in_head(as_person("coordinator").get("/").text) == "2"


def test_all_that_the_page_showed_is_marked_read_at_once(town: Town, as_person: As) -> None:
    filed(town)
    reviewer = as_person("reviewer")
    page = reviewer.get(INBOX)
    newest = re.search(r'name="newest" value="(\d+)"', page.text)
    assert newest
    filed(town)
    done = reviewer.submit(f"{INBOX}/read", {"newest": newest.group(1)})
    assert (done.status_code, done.location) == (303, INBOX)
    assert [("Unread" in text) for text in lines(reviewer.get(INBOX))] == [True, False]
    reviewer.submit(f"{INBOX}/read")
    assert unread_in_head(reviewer.get("/").text) == ""
    assert unread_in_head(as_person("coordinator").get("/").text) == "2"
    for odd in ("x", "-1", "9" * 40):
        assert reviewer.submit(f"{INBOX}/read", {"newest": odd}).status_code == 303


def test_a_move_taken_back_was_never_told(town: Town, as_person: As) -> None:
    case = in_review(town)
    with town.app.app_context():
        moves.escalate(case.id, by(town, town.reviewer, may_undo=True), reason=REASON)
    held = as_person("member")
    assert (lines(held.get(INBOX)), unread_in_head(held.get("/").text)) == ([], "")
    with town.app.app_context():
        undo(case.id, by(town, town.reviewer))
        with transaction() as rows:
            rows.execute(update(OutboxMessage).values(not_before_ms=0))
    assert (lines(held.get(INBOX)), unread_in_head(held.get("/").text)) == ([], "")
    assert "Nothing here yet" in held.get(INBOX).text
    with town.app.app_context():
        moves.escalate(case.id, by(town, town.reviewer), reason=REASON)
    assert len(lines(held.get(INBOX))) == 1


def test_an_office_that_ended_sees_nothing_of_what_it_was_told(town: Town, as_person: As) -> None:
    case = filed(town)
    end_mandates(town.app, town.reviewer, date(2026, 1, 1))
    assert as_person("reviewer").get(INBOX).status_code == 403
    crowd(town, case, town.stranger, 2)
    stranger = as_person("stranger")
    assert (lines(stranger.get(INBOX)), unread_in_head(stranger.get("/").text)) == ([], "")


def test_pages_of_fifty_lead_to_the_end_and_the_count_stops_at_ninety_nine(town: Town, as_person: As) -> None:
    case = filed(town)
    reviewer = as_person("reviewer")
    crowd(town, case, town.reviewer, 98)
    assert unread_in_head(reviewer.get("/").text) == "99"
    first = reviewer.get(INBOX)
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    last = reviewer.get(following.group(1))
    assert (len(lines(first)), len(lines(last))) == (PAGE, 99 - PAGE)
    assert 'rel="next"' not in last.text
    filed(town)
    assert unread_in_head(reviewer.get("/").text) == "99+"
    with town.app.app_context():
        assert count_unread(actor_of(town.app, town.reviewer)) == MOST_COUNTED
    for odd in ("x", "-5", "9" * 40, "0"):
        assert reviewer.get(INBOX, query_string={"after": odd}).status_code == 200


@on_sqlite
def test_a_page_does_not_fail_because_reading_could_not_be_noted(
    town: Town, as_person: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = filed(town)

    def locked(*_given: object) -> bool:
        raise OperationalError("update", {}, Exception("database is locked"))

    monkeypatch.setattr(inbox_pages, "mark_read", locked)
    reviewer = as_person("reviewer")
    assert reviewer.get(f"/obstacles/{case.reference}").status_code == 200
    assert unread_in_head(reviewer.get("/").text) == "1"


def test_the_count_is_one_question_to_the_database_and_what_is_read_writes_nothing(town: Town) -> None:
    case = filed(town)
    visitor = sign_in(Visitor(town.app), town.reviewer)
    visitor.get(f"/obstacles/{case.reference}")
    for path in ("/", "/queue", f"/obstacles/{case.reference}", "/account", INBOX):
        with counting_queries(engine_of(town.app)) as statements:
            assert visitor.get(path).status_code == 200
        counts = [each for each in statements if "outbox_messages" in each and "count(" in each]
        assert len(counts) == 1, path
        assert not [each for each in statements if each.startswith("UPDATE")], path
