"""The page of a case: its state first, what one may do, its story, who was told; and the receipt of its filing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from escalation.domain.codes import Office
from escalation.models.people import Mandate
from escalation.services.case import moves
from escalation.services.transaction import transaction
from tests.factories import COMMUNE, SINCE, Town, end_mandates, file_obstacle, move, obstacle_row, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import ORIGIN, Visitor
from tests.web.audit import faults_of, main_of, parse, words_of
from tests.web.cases import (
    CASES,
    MOVES,
    QUESTION,
    SOLUTION,
    address,
    asked,
    at_region,
    closed,
    filed,
    in_review,
    resolved,
)
from tests.web.conftest import As
from tests.web.forms import fresh_form, offered_on

MOST_QUERIES = 18
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def position(tree: Element, wanted: Element) -> int:
    """Return where an element stands among all of the page."""
    return next(number for number, element in enumerate(tree.iter()) if element is wanted)


def section(tree: Element, name: str) -> Element:
    """Return the section of the page headed by the element of this id."""
    return next(element for element in tree.iter("section") if element.get("aria-labelledby") == name)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("point", CASES)
@on_sqlite
def test_the_page_says_which_case_it_is_and_where_it_stands(
    town: Town, as_person: As, point: str, language: str
) -> None:
    case = CASES[point](town)
    row = obstacle_row(town.app, case)
    for name in ("president", "reviewer", "secretary"):
        page = as_person(name).get(f"{address(case)}?lang={language}")
        assert page.status_code == 200
        assert faults_of(page, language) == []
        main = main_of(parse(page.text))
        assert (main.get("data-reference"), main.get("data-status"), main.get("data-level")) == (
            case.reference,
            row["status"],
            row["level"],
        )


@pytest.mark.parametrize("point", CASES)
@on_sqlite
def test_the_state_comes_before_the_story(town: Town, as_person: As, point: str) -> None:
    page = as_person("president").get(address(CASES[point](town)))
    tree = parse(page.text)
    order = [
        position(tree, section(tree, name))
        for name in ("state-title", "about-title", "timeline-title", "messages-title")
    ]
    assert order == sorted(order)


@on_sqlite
def test_the_state_says_who_has_it_since_when_and_by_when(town: Town, as_person: As) -> None:
    words = words_of(section(parse(as_person("president").get(address(filed(town))).text), "state-title"))
    for said in ("Taounate", "nobody yet", "To be taken in charge by", "working days left", "Age of the case"):
        assert said in words
    words = words_of(section(parse(as_person("president").get(address(in_review(town))).text), "state-title"))
    assert "Mme ou M. reviewer" in words
    assert "To be taken in charge by" not in words


@on_sqlite
def test_a_waiting_case_says_for_what_and_that_the_clock_stands(town: Town, as_person: As) -> None:
    main = main_of(parse(as_person("president").get(address(asked(town))).text))
    assert words_of(main).count(QUESTION) == 2, "at the top and in the story"
    assert "for the commune" in words_of(main)
    main = main_of(parse(as_person("president").get(address(resolved(town))).text))
    assert words_of(main).count(SOLUTION) == 2
    assert "The commune confirms by" in words_of(main)


@on_sqlite
def test_a_late_case_says_so_and_by_how_much(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president, now=datetime.now(UTC) - timedelta(days=90))
    page = as_person("reviewer").get(address(case))
    assert faults_of(page, "en") == []
    assert "late by" in words_of(section(parse(page.text), "state-title"))


@on_sqlite
def test_the_story_is_told_from_the_newest_with_texts_apart(town: Town, as_person: As) -> None:
    case = in_review(town)
    hostile = "</blockquote><script>alert(1)</script>\u202e{{x}}"
    case = move(town.app, moves.request_information, case, town.reviewer, question=hostile)
    page = as_person("president").get(address(case))
    assert faults_of(page, "en") == []
    told = list(section(parse(page.text), "timeline-title").iter("li"))
    assert len(told) == 3
    assert "reviewer" in words_of(told[0])
    quoted = [element for element in told[0].iter("bdi") if element.get("class") == "written"]
    assert [(element.text, element.get("dir")) for element in quoted] == [(hostile, "auto")]
    assert "president" in words_of(told[2])


@on_sqlite
def test_everyone_s_word_is_isolated_from_the_page_s_own(town: Town, as_person: As) -> None:
    mark = "علامة\u202eفارقة"
    given: dict[str, Any] = {
        name: f"{mark} {name}"
        for name in ("title", "project_name", "description", "request", "programme", "tried_already")
    }
    case = file_obstacle(town.app, town.president, **given)
    for path in (address(case), f"{address(case)}/receipt", f"{address(case)}/claim", "/obstacles", "/queue", "/"):
        page = as_person("reviewer").get(path)
        tree = parse(page.text)
        assert faults_of(page, "en") == []
        inside = sum(words_of(element).count("فارقة") for element in tree.iter("bdi"))
        title = words_of(next(tree.iter("title"))).count("فارقة")
        assert page.text.count("فارقة") == inside + title, path


@on_sqlite
def test_the_ledger_says_who_was_told_and_whether_it_left(town: Town, as_person: As) -> None:
    tree = parse(as_person("president").get(address(in_review(town))).text)
    rows = [words_of(row) for row in section(tree, "messages-title").iter("tr")][1:]
    assert len(rows) == 3, "the claim to the president, the filing to the desk and to the president"
    assert sum("Mme ou M. president" in row for row in rows) == 2
    assert sum("(2)" in row for row in rows) == 1, "the desk's two members in one line"
    assert all("E-mail" in row for row in rows)


@on_sqlite
def test_a_member_with_an_office_in_the_commune_reads_but_has_no_buttons(town: Town, as_person: As) -> None:
    with town.app.app_context(), transaction() as session:
        session.add(
            Mandate(
                person_id=town.member.id,
                office=Office.COMMUNE_DELEGATE,
                place_code=COMMUNE,
                starts_on=SINCE,
                created_at=datetime.now(UTC),
            )
        )
    case = at_region(town)
    page = as_person("member").get(address(case))
    assert page.status_code == 200
    assert offered_on(page.text) & MOVES == set()
    for name in ("claim", "resolve", "request-information", "withdraw"):
        assert as_person("member").get(f"{address(case)}/{name}").status_code == 403
    assert offered_on(as_person("chair").get(address(case)).text) & MOVES >= {"claim", "send-back"}


@on_sqlite
def test_a_desk_that_passed_a_case_on_keeps_reading_it_until_its_mandate_ends(town: Town, as_person: As) -> None:
    case = at_region(town)
    assert as_person("reviewer").get(address(case)).status_code == 200
    end_mandates(town.app, town.reviewer, datetime.now(UTC).date() - timedelta(days=2))
    assert as_person("reviewer").get(address(case)).status_code == 404


def test_a_long_story_costs_no_more_queries_than_a_short_one(town: Town) -> None:
    short, long = in_review(town), in_review(town)
    for _ in range(29):
        long = move(town.app, moves.request_information, long, town.reviewer, question=QUESTION)
        long = move(town.app, moves.answer, long, town.president, answer="جواب")
    visitor = sign_in(Visitor(town.app), town.president)
    counts = []
    for case in (short, long, short, long):
        with counting_queries(engine_of(town.app)) as statements:
            page = visitor.get(address(case), base_url=ORIGIN)
        assert page.status_code == 200
        counts.append(len(statements))
    assert page.text.count("<blockquote") == 58
    assert counts[2] == counts[3]
    assert counts[3] <= MOST_QUERIES, counts


def test_many_notes_and_corrections_cost_no_more_queries_than_one(town: Town) -> None:
    few, many = in_review(town), in_review(town)
    reviewer, president = sign_in(Visitor(town.app), town.reviewer), sign_in(Visitor(town.app), town.president)
    for case, times in ((few, 1), (many, 9)):
        for number in range(times):
            note = {"idempotency_key": f"{case.id}-{number}", "note": "سؤال", "mentions": str(town.coordinator.id)}
            assert reviewer.submit(f"{address(case)}/note", note).status_code == 303
            form = fresh_form(president, f"{address(case)}/amend", title=f"عنوان {number}", sector="")
            assert president.submit(f"{address(case)}/amend", form).status_code == 303
    counts = []
    for case in (few, many, few, many):
        with counting_queries(engine_of(town.app)) as statements:
            page = reviewer.get(address(case), base_url=ORIGIN)
        counts.append(len(statements))
    assert page.text.count("<blockquote") == 9
    assert counts[2] == counts[3]
    assert counts[3] <= MOST_QUERIES + 1, "and one for the notes"


@on_sqlite
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_receipt_stays_what_it_was_when_the_case_goes_on(town: Town, as_person: As, language: str) -> None:
    for case in (filed(town), at_region(town), closed(town)):
        for name in ("president", "scribe", "reviewer"):
            page = as_person(name).get(f"{address(case)}/receipt?lang={language}")
            assert page.status_code == 200
            assert faults_of(page, language) == []
            assert str(case.reference) in page.text
        if language != "ar":
            assert "Taounate" in words_of(main_of(parse(page.text)))
    assert as_person("president2").get(f"{address(case)}/receipt").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "reference",
    [
        "OBS-2026-99999",
        "OBS-0000-00000",
        "OBS-2026-1",
        "OBS-2026-00001%00",
        "obs-2026-00001",
        "1",
        "OBS-2026-00001/",
        "OBS-٢٠٢٦-٠٠٠٠١",
    ],
)
def test_a_reference_of_no_case_is_not_found(town: Town, as_person: As, reference: str) -> None:
    filed(town)
    page = as_person("president").get(f"/obstacles/{reference}")
    assert page.status_code == 404
    assert faults_of(page, "en") == []


@on_sqlite
def test_a_draft_has_no_page_of_a_case(town: Town, as_person: As) -> None:
    assert as_person("president").get("/obstacles/None").status_code == 404
