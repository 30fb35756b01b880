"""The first page says what waits for each office, and the account says who one is here."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from escalation.domain.codes import Language, Outcome
from escalation.extensions import db
from escalation.models.people import Person
from escalation.services.case import moves
from tests.factories import Filed, Town, end_mandates, file_obstacle, move, save_draft, sign_in
from tests.visitor import Visitor


def section(page: str, heading: str) -> str:
    """Return the part of the page under a heading."""
    found = re.search(rf"<h2>{re.escape(heading)}</h2>(.*?)</section>", page, re.DOTALL)
    assert found, heading
    return found.group(1)


def asked(town: Town) -> Filed:
    """Return a case whose desk asked its commune."""
    case = file_obstacle(town.app, town.president)
    move(town.app, moves.claim, case, town.reviewer)
    return move(town.app, moves.request_information, case, town.reviewer, question="من لم يوقع؟")


def test_a_president_finds_questions_solutions_and_drafts(town: Town, client: Visitor) -> None:
    question = asked(town)
    solved = file_obstacle(town.app, town.president)
    move(town.app, moves.claim, solved, town.reviewer)
    move(town.app, moves.resolve, solved, town.reviewer, outcome=Outcome.REMOVED, resolution="وُقعت")
    draft = save_draft(town.app, town.scribe)
    page = sign_in(client, town.president).get("/").text
    assert str(question.reference) in section(page, "Questions to answer")
    assert str(solved.reference) in section(page, "Solutions to confirm")
    prepared = section(page, "Drafts prepared for you to file")
    assert f"/obstacles/drafts/{draft.id}" in prepared
    assert "prepared by Mme ou M. scribe" in prepared
    assert "Draft without a title" in page


def test_another_commune_finds_nothing_of_it(town: Town, client: Visitor) -> None:
    question = asked(town)
    page = sign_in(client, town.president2).get("/").text
    assert str(question.reference) not in page
    assert "No desk is waiting for an answer from you." in page


def test_a_desk_finds_its_late_cases_and_those_nobody_has(town: Town, client: Visitor) -> None:
    late = file_obstacle(town.app, town.president, now=datetime.now(UTC) - timedelta(days=60))
    move(town.app, moves.claim, late, town.reviewer)
    free = file_obstacle(town.app, town.president)
    page = sign_in(client, town.reviewer).get("/").text
    assert str(late.reference) in section(page, "My cases that are late or nearly due")
    assert str(free.reference) in section(page, "Cases nobody has in charge yet")
    colleague = sign_in(Visitor(town.app), town.coordinator).get("/").text
    assert str(late.reference) not in section(colleague, "My cases that are late or nearly due")


@pytest.mark.parametrize("name", ["secretary", "provincial"])
def test_a_secretary_finds_the_late_cases_of_the_territory(town: Town, client: Visitor, name: str) -> None:
    late = file_obstacle(town.app, town.president, now=datetime.now(UTC) - timedelta(days=60))
    fresh = file_obstacle(town.app, town.president)
    page = sign_in(client, getattr(town, name)).get("/").text
    assert str(late.reference) in section(page, "Late cases")
    assert str(fresh.reference) not in page


def test_a_long_list_shows_ten_and_the_way_to_all(town: Town, client: Visitor) -> None:
    for _ in range(11):
        file_obstacle(town.app, town.president)
    free = section(sign_in(client, town.reviewer).get("/").text, "Cases nobody has in charge yet")
    assert free.count("<li") == 10
    assert "/queue?view=unclaimed" in free


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_administrator_is_told_that_they_read_no_case(town: Town, client: Visitor) -> None:
    case = file_obstacle(town.app, town.president)
    page = sign_in(client, town.admin).get("/").text
    assert "You read no case" in page
    assert str(case.reference) not in page


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_holds_no_office_is_told_so(town: Town, client: Visitor) -> None:
    assert "You hold no office here at the moment" in sign_in(client, town.nobody).get("/").text
    assert "Nothing waits for you." in sign_in(Visitor(town.app), town.parliament).get("/").text


def test_an_office_that_ended_shows_nothing_more(town: Town, client: Visitor) -> None:
    question = asked(town)
    sign_in(client, town.president)
    end_mandates(town.app, town.president, date(2026, 1, 1))
    page = client.get("/").text
    assert str(question.reference) not in page
    assert "You hold no office here at the moment" in page


def test_the_account_names_the_offices_and_the_permission(town: Town, client: Visitor) -> None:
    page = sign_in(client, town.delegate).get("/account").text
    assert town.delegate.email in page
    assert "Bouhouda" in page
    assert "until 8 September 2099" in page
    assert "you prepare, the president files" in sign_in(Visitor(town.app), town.scribe).get("/account").text


def test_the_language_of_the_account_is_kept(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)
    answer = client.submit("/account/language", {"language": "fr"})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert '<html lang="fr" dir="ltr">' in client.get("/account").text
    with town.app.app_context():
        assert db.session.get_one(Person, town.president.id).language is Language.FR
    assert client.submit("/account/language", {"language": "xx"}).status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_language_is_not_changed_by_a_page_of_others(town: Town, client: Visitor) -> None:
    sign_in(client, town.president)
    assert client.post("/account/language", data={"language": "fr"}).status_code == 400
