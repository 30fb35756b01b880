"""How one is told: the page of one's choices, following and muting on a case, ending a digest, the ledger of a case."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from escalation.domain.wants import ADJUSTABLE, Attention, Kind, Way
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.people import Person
from escalation.models.wants import CaseAttention, MessageWants
from escalation.services.case import moves
from escalation.services.messages.digests import write_digests
from escalation.services.messages.preferences import choose_wants
from escalation.services.messages.unsubscribe import token_for
from tests.factories import Town, file_obstacle, move
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import faults_of, parse, words_of
from tests.web.audit import main_of as main
from tests.web.cases import address
from tests.web.conftest import As
from tests.web.forms import errors_of

PAGE = "/account/messages"
CHOSEN = {"steps": "daily", "words": "weekly", "receipt": "at_once", "beside": "app_only", "early": "daily"}
NOW = datetime.now(UTC)


def read(page: str) -> str:
    """Return the words of a page's main part."""
    return words_of(main(parse(page)))


def sound(answer: TestResponse, language: str = "en") -> str:
    """Return a page in which nothing is wrong."""
    assert answer.status_code == 200
    assert not faults_of(answer, language)
    return answer.text


def kept(town: Town) -> MessageWants | None:
    with town.app.app_context():
        return db.session.get(MessageWants, town.president.id)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_page_says_what_can_be_chosen_and_that_what_asks_cannot_be_muted(
    town: Town, as_person: As, language: str
) -> None:
    president = as_person("president")
    page = sound(president.get(f"{PAGE}?lang={language}"), language)
    assert page.count("<select") == len(ADJUSTABLE) + 2
    said = {"en": "cannot be muted", "fr": "mettre en sourdine", "ar": "لا يمكن إيقافه"}
    assert said[language] in read(page)


def test_what_was_chosen_is_kept_shown_and_said(town: Town, as_person: As) -> None:
    president = as_person("president")
    assert president.submit(PAGE, CHOSEN | {"quiet_from": "22", "quiet_to": "07"}).status_code == 303
    row = kept(town)
    assert row is not None
    assert (row.ways, row.quiet_from, row.quiet_to) == (CHOSEN, 22, 7)
    page = president.get(PAGE).text
    assert "Your choices are saved." in page
    assert page.count(" selected") == len(ADJUSTABLE) + 2
    assert president.submit(PAGE, CHOSEN | {"quiet_from": "", "quiet_to": ""}).status_code == 303
    row = kept(town)
    assert row is not None
    assert row.quiet_from is None


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"quiet_from": "22", "quiet_to": ""}, "Choose both hours"),
        ({"quiet_from": "07", "quiet_to": "07"}, "Choose another hour"),
        ({"steps": "hourly"}, "Choose one of the list"),
        ({"steps": "together"}, "Choose one of the list"),
        ({"quiet_from": "24", "quiet_to": "7"}, "Choose one of the list"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_named_and_nothing_chosen_is_lost(
    town: Town, as_person: As, sent: dict[str, str], named: str
) -> None:
    answer = as_person("president").submit(PAGE, CHOSEN | sent)
    assert answer.status_code == 422
    assert any(named in words for words in errors_of(answer.text).values())
    assert 'value="weekly" selected' in answer.text.replace("selected value", "value") or " selected" in answer.text
    assert kept(town) is None


def test_nobody_mutes_what_asks_even_with_a_form_of_their_own(town: Town, as_person: As) -> None:
    assert as_person("president").submit(PAGE, CHOSEN | {"asks": "app_only"}).status_code == 303
    row = kept(town)
    assert row is not None
    assert "asks" not in row.ways


def test_a_case_is_followed_and_muted_on_its_page_and_let_go_on_ones_own(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president)
    secretary = as_person("secretary")
    page = sound(secretary.get(address(case)))
    assert "Follow this case" in page
    for asked, said in (("followed", "You follow this case"), ("muted", "The e-mails about this case are muted")):
        assert secretary.submit(f"{address(case)}/attention", {"attention": asked}).status_code == 303
        assert said in read(sound(secretary.get(address(case))))
    assert str(case.reference) in sound(secretary.get(PAGE))
    secretary.submit(f"{address(case)}/attention", {"attention": "usual"})
    with town.app.app_context():
        assert db.session.scalars(select(CaseAttention)).all() == []
    secretary.submit(f"{address(case)}/attention", {"attention": "everything"})
    assert "Choose what you want" in secretary.get(address(case)).text
    assert as_person("stranger").submit(f"{address(case)}/attention", {"attention": "muted"}).status_code == 404


def test_a_mail_program_ends_a_digest_without_cookie_token_or_page_of_ours(town: Town) -> None:
    with town.app.app_context():
        choose_wants(town.president.id, {Kind.STEPS: Way.DAILY, Kind.WORDS: Way.WEEKLY}, None, NOW)
        path = f"/unsubscribe/{token_for(town.president.id, Way.DAILY)}"
    stranger = town.app.test_client()
    sound(stranger.get(path, base_url=ORIGIN))
    row = kept(town)
    assert row is not None
    assert row.ways["steps"] == "daily", "whatever reads mails follows links"
    from_elsewhere = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    for headers in ({}, from_elsewhere):
        one_click = {"List-Unsubscribe": "One-Click"}
        answer = town.app.test_client().post(path, data=one_click, headers=headers, base_url=ORIGIN)
        assert "The digest has ended" in sound(answer)
    row = kept(town)
    assert row is not None
    assert row.ways == {"steps": "app_only", "words": "weekly"}
    assert stranger.get(path[:-1], base_url=ORIGIN).status_code == 404
    assert stranger.post(path[:-1], base_url=ORIGIN).status_code == 404


def test_the_page_that_ends_a_digest_speaks_its_reader_s_language_and_works_by_hand(town: Town) -> None:
    with town.app.app_context():
        db.session.execute(update(Person).where(Person.id == town.president.id).values(language="ar"))
        db.session.commit()
        choose_wants(town.president.id, {Kind.STEPS: Way.WEEKLY}, None, NOW)
        path = f"/unsubscribe/{token_for(town.president.id, Way.WEEKLY)}"
    visitor = Visitor(town.app)
    assert "إيقاف الموجز الأسبوعي؟" in visitor.get(path).text
    assert "أُوقف الموجز" in visitor.post(path, base_url=ORIGIN).text


def test_the_ledger_says_how_each_was_told_and_why_not(town: Town, as_person: As) -> None:
    with town.app.app_context():
        choose_wants(town.president.id, {Kind.STEPS: Way.DAILY, Kind.RECEIPT: Way.APP_ONLY}, None, NOW)
        db.session.get_one(Person, town.coordinator.id).suspended_at = NOW
        db.session.commit()
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    reviewer = as_person("reviewer")
    said = read(reviewer.get(address(case)).text)
    for words in (
        "this person reads such messages in the app only",
        "for the digest of the day",
        "the account or the office is suspended",
    ):
        assert words in said, words
    with town.app.app_context():
        assert write_digests(NOW + timedelta(days=1, hours=1)) == 1
    assert "Digest and app" in read(sound(reviewer.get(address(case))))
    as_person("president").get(address(case))
    assert "opened in the app on" in read(reviewer.get(address(case)).text)


def test_what_was_taken_back_was_told_by_no_way(town: Town, as_person: As) -> None:
    """The app says nothing of it either, so the ledger does not claim that it did."""
    case, reviewer = file_obstacle(town.app, town.president), as_person("reviewer")
    reviewer.submit(f"{address(case)}/claim")
    reviewer.submit(f"{address(case)}/undo")
    ledger = parse(reviewer.get(address(case)).text).findall(".//table[@class='ledger']//tr")
    (undone,) = [words for row in ledger if "taken back before it left" in (words := words_of(row))]
    assert "E-mail" in undone
    assert "In the app" not in undone


def test_a_commune_reads_of_no_warning_that_went_to_a_desk(town: Town, as_person: As) -> None:
    case = move(town.app, moves.claim, file_obstacle(town.app, town.president), town.reviewer)
    with town.app.app_context():
        query = select(OutboxMessage).where(OutboxMessage.obstacle_id == case.id, OutboxMessage.channel == "app")
        like = db.session.scalars(query).first()
        assert like is not None
        columns = {c.key: getattr(like, c.key) for c in OutboxMessage.__table__.columns if c.key != "id"}
        own = {"source_kind": "warning", "source_id": 1, "event": "deadline_passed", "message_id": "<w@x>"}
        to = {"recipient_id": town.reviewer.id, "audience": "assignee"}
        db.session.add(OutboxMessage(**columns | own | to))
        db.session.commit()
    late = "Reminder: the date set has passed"
    assert late in read(as_person("reviewer").get(address(case)).text)
    assert late not in read(as_person("president").get(address(case)).text)


def test_choices_and_followed_cases_cost_a_move_no_query_more(town: Town) -> None:
    cases = [file_obstacle(town.app, town.president) for _ in range(3)]
    counts = []
    for number, case in enumerate(cases):
        if number == 2:
            with town.app.app_context():
                everybody = dict.fromkeys(ADJUSTABLE, Way.DAILY)
                for person in (town.president, town.reviewer, town.coordinator, town.secretary, town.provincial):
                    choose_wants(person.id, everybody, None, NOW)
                    row = CaseAttention(obstacle_id=case.id, person_id=person.id, since=NOW)
                    row.attention = Attention.FOLLOWED
                    db.session.add(row)
                    db.session.commit()
        with counting_queries(engine_of(town.app)) as statements:
            move(town.app, moves.claim, case, town.reviewer)
        counts.append(len(statements))
    assert counts[1] == counts[2], counts
