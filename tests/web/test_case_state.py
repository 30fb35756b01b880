"""What the page of a case says of what comes next, of its clocks, of who was asked outside, and what may be shared."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import pytest

from escalation import labels
from escalation.domain.codes import Language, Outcome
from escalation.services.case import moves
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row
from tests.web.audit import WHATSAPP, faults_of, main_of, parse, words_of
from tests.web.cases import (
    ASKED,
    REASON,
    REPLY,
    SOLUTION,
    TODAY,
    address,
    asked,
    closed,
    declined,
    declined_at_region,
    filed,
    in_review,
    in_review_at_region,
    referred,
    resolved,
    resolved_at_region,
    withdrawn,
)
from tests.web.conftest import As
from tests.web.forms import fields_of
from tests.web.test_case import section

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def main_words(as_person: As, name: str, case: Filed) -> str:
    """Return everything that somebody reads on the page of a case."""
    page = as_person(name).get(address(case))
    assert faults_of(page, "en") == []
    return words_of(main_of(parse(page.text)))


def day(moment: Any) -> str:
    """Return a day as the pages write it."""
    return labels.day_text(moment, Language.EN)


def test_before_its_time_is_over_both_read_when_the_commune_may_refer_it(town: Town, as_person: As) -> None:
    case = in_review(town)
    assert "you may refer it to the region’s desk yourself" in main_words(as_person, "president", case)
    assert "the commune may refer it to the region’s desk" in main_words(as_person, "reviewer", case)
    assert "you may" not in main_words(as_person, "secretary", case)
    assert "you may" not in main_words(as_person, "scribe", case)
    assert "Nothing is asked of you now" in main_words(as_person, "president", case)


def test_a_late_case_says_who_may_refer_it_now(town: Town, as_person: As) -> None:
    now, ago = datetime.now(UTC), timedelta(days=20)
    case = file_obstacle(town.app, town.president, now=now - ago)
    while obstacle_row(town.app, case)["due_at"] > now:
        ago += timedelta(days=1)
        case = file_obstacle(town.app, town.president, now=now - ago)
    assert "It is late: you may refer it to the region’s desk now." in main_words(as_person, "president", case)
    assert "It is late: the commune may refer it" in main_words(as_person, "reviewer", case)
    assert "Nobody has taken it in charge yet" in main_words(as_person, "president", case)


def test_at_the_region_nothing_is_promised_above_it(town: Town, as_person: As) -> None:
    words = main_words(as_person, "president", in_review_at_region(town))
    assert "There is no desk above this one" in words
    assert "you may refer it" not in words


def test_a_question_says_until_when_and_what_comes_without_an_answer(town: Town, as_person: As) -> None:
    case = asked(town)
    until = day(obstacle_row(town.app, case)["answer_by"])
    assert f"needs your answer by {until}" in main_words(as_person, "president", case)
    for name in ("reviewer", "scribe"):
        assert f"answer is awaited until {until}" in main_words(as_person, name, case)
    assert "the desk goes on with what it has" in main_words(as_person, "president", case)


def test_a_solution_says_until_when_the_commune_answers_and_what_a_no_will_do(town: Town, as_person: As) -> None:
    case = resolved(town)
    until = day(obstacle_row(town.app, case)["confirm_by"])
    words = main_words(as_person, "president", case)
    for said in (f"Say so by {until}", "the region’s desk then has the case"):
        assert said in words
    assert f"The commune has until {until}" in main_words(as_person, "reviewer", case)
    again = move(town.app, moves.contest, resolved_at_region(town), town.president, reason=REASON)
    given: dict[str, Any] = {"outcome": Outcome.REMOVED, "resolution": SOLUTION}
    again = move(town.app, moves.resolve, move(town.app, moves.claim, again, town.member), town.member, **given)
    assert "the region’s desk then has the case" not in main_words(as_person, "president", again)


def test_a_promise_stands_apart_from_the_solution_and_silence_cannot_close_it(town: Town, as_person: As) -> None:
    promised = TODAY + timedelta(days=40)
    given: dict[str, Any] = {"outcome": Outcome.COMMITMENT, "resolution": SOLUTION, "evidence": "محضر الاجتماع"}
    given |= {"commitment_who": "مكتب المجلس", "commitment_what": "برمجة النقطة", "commitment_by": promised}
    case = move(town.app, moves.resolve, in_review(town), town.reviewer, **given)
    page = as_person("president").get(address(case))
    assert faults_of(page, "en") == []
    notices = [words_of(one) for one in parse(page.text).iter("div") if (one.get("class") or "").startswith("notice")]
    solution = next(words for words in notices if SOLUTION in words)
    promise = next(words for words in notices if "برمجة النقطة" in words)
    assert "محضر الاجتماع" in solution
    assert "مكتب المجلس" not in solution
    assert "مكتب المجلس" in promise
    assert day(promised) in promise
    assert f"silence cannot close the case before {day(promised)}" in page.text


@pytest.mark.parametrize("made", [declined, closed, withdrawn])
def test_what_has_ended_says_until_when_one_may_come_back_to_it(town: Town, as_person: As, made: Any) -> None:
    case = made(town)
    for name, who in (("president", "You may"), ("reviewer", "The commune may"), ("scribe", "The commune may")):
        words = main_words(as_person, name, case)
        assert who in words, name
        assert " until " in words, name


def test_a_refusal_shows_its_ground_and_reason_first_and_the_region_s_is_final(town: Town, as_person: As) -> None:
    words = main_words(as_person, "president", declined(town))
    assert words.index("Outside this platform") < words.index("Where is the case now?")
    assert REASON in words
    assert "This is final for the commune" in main_words(as_person, "president", declined_at_region(town))


def test_a_case_that_the_region_did_not_settle_is_marked_for_the_meeting(town: Town, as_person: As) -> None:
    case = move(town.app, moves.contest, resolved_at_region(town), town.president, reason=REASON)
    for name in ("president", "member", "reviewer"):
        words = main_words(as_person, name, case)
        assert "Special meeting" in words
        assert "marked for the next special meeting" in words


def test_who_was_asked_outside_stands_with_dates_and_reply(town: Town, as_person: As) -> None:
    case = move(town.app, moves.refer_out, referred(town), town.reviewer, **{**ASKED, "body": "PROVINCE"})
    case = move(town.app, moves.record_reply, case, town.reviewer, approach=1, reply=REPLY)
    tree = parse(as_person("president").get(address(case)).text)
    first, second = (words_of(item) for item in section(tree, "approaches-title").iter("li"))
    assert "no reply yet" in first
    assert day(ASKED["expected_on"]) in first
    assert REASON in first
    assert REPLY in second
    assert "no reply yet" not in second
    later = ASKED["expected_on"] + timedelta(days=5)
    case = move(town.app, moves.refer_out, case, town.reviewer, **{**ASKED, "body": "PROVINCE", "expected_on": later})
    first = words_of(
        next(section(parse(as_person("president").get(address(case)).text), "approaches-title").iter("li"))
    )
    assert f"{day(later)} · more time was given" in first
    assert f"1 reply from outside is awaited, until {day(later)}" in main_words(as_person, "scribe", case)


def test_both_clocks_are_explained(town: Town, as_person: As) -> None:
    case = in_review(town)
    assert "0 of 15" not in main_words(as_person, "president", case)
    assert "used of 15 working days" in main_words(as_person, "president", case)
    assert "Nothing stops this clock" in main_words(as_person, "president", case)
    assert f"Stopped since {day(TODAY)}, while the commune is waited for" in main_words(
        as_person, "president", asked(town)
    )
    assert f"Stopped since {day(TODAY)}, while a body outside" in main_words(as_person, "reviewer", referred(town))
    assert "from the filing to the end" in main_words(as_person, "president", closed(town))


def test_a_case_is_taken_in_charge_from_its_own_page(town: Town, as_person: As) -> None:
    case, reviewer = filed(town), as_person("reviewer")
    given = fields_of(reviewer.get(address(case)).text)
    assert reviewer.submit(f"{address(case)}/claim", given).status_code == 303
    assert obstacle_row(town.app, case)["assignee_id"] == town.reviewer.id
    assert reviewer.submit(f"{address(case)}/claim", given).status_code == 303
    assert obstacle_row(town.app, case)["version"] == case.version + 1


def test_what_ends_a_case_is_never_the_button_that_stands_out(town: Town, as_person: As) -> None:
    tree = parse(as_person("president").get(address(in_review(town))).text)
    withdraw = next(link for link in tree.iter("a") if str(link.get("href")).endswith("/withdraw"))
    assert "button-main" not in str(withdraw.get("class"))
    assert not any(element.get("class") == "dock no-print" for element in tree.iter("div"))


def test_what_was_taken_back_is_marked_and_named_and_its_messages_too(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    escalate = f"{address(case)}/escalate"
    assert reviewer.submit(escalate, {"version": str(case.version), "reason": REASON}).status_code == 303
    assert reviewer.submit(f"{address(case)}/undo", {}).status_code == 303
    page = as_person("president").get(address(case))
    assert faults_of(page, "en") == []
    tree = parse(page.text)
    undoing, undone, *others = section(tree, "timeline-title").iter("li")
    assert "Taken back: Case referred to the region." in words_of(undoing)
    assert "taken back" in words_of(undone)
    assert not any("taken back" in words_of(one) for one in others)
    rows = [words_of(row) for row in section(tree, "messages-title").iter("tr")]
    assert any("Not sent" in row and "taken back before it left" in row for row in rows)


def test_the_ledger_says_by_which_ways(town: Town, as_person: As) -> None:
    case = in_review(town)
    case = move(town.app, moves.release, case, town.reviewer)
    rows = [
        words_of(row)
        for row in section(parse(as_person("president").get(address(case)).text), "messages-title").iter("tr")
    ]
    assert any("Case released" in row and "In the app" in row for row in rows)
    assert any("Case filed" in row and "E-mail and app" in row for row in rows)


def shared(tree: Element) -> tuple[str, str]:
    """Return the text that a page lets copy, and the one that it hands to WhatsApp."""
    field = next(one for one in tree.iter("textarea") if one.get("id") == "share-text")
    link = next(one for one in tree.iter("a") if str(one.get("href")).startswith(WHATSAPP))
    return str(field.text).removeprefix("\n"), unquote(str(link.get("href")).removeprefix(WHATSAPP))


@pytest.mark.parametrize(
    ("language", "said"), [("ar", "ينتظر جوابكم"), ("fr", "attend votre réponse"), ("en", "awaits")]
)
def test_what_is_shared_is_the_reference_the_link_and_the_date(
    town: Town, as_person: As, language: str, said: str
) -> None:
    case = asked(town)
    text, handed = shared(parse(as_person("reviewer").get(f"{address(case)}?lang={language}").text))
    until = labels.day_text(obstacle_row(town.app, case)["answer_by"], Language(language))
    assert text == handed
    assert text.endswith(f": https://localhost{address(case)}")
    assert said in text
    assert until in text
    quiet, _handed = shared(parse(as_person("reviewer").get(f"{address(in_review(town))}?lang=en").text))
    assert "awaits" not in quiet
    row = obstacle_row(town.app, case)
    for secret in (row["title"], row["project_name"], row["description"], "Bouhouda", "president"):
        assert secret not in text


def test_a_remark_leads_back_to_the_queue_s_trail(town: Town, as_person: As) -> None:
    case, reviewer = in_review(town), as_person("reviewer")
    answer = reviewer.submit(f"{address(case)}/comment", {**sent_comment(case), "queue": "sort=deadline"})
    assert answer.location == f"{address(case)}?queue=sort%3Ddeadline"
    page = reviewer.get(answer.location)
    assert faults_of(page, "en") == []
    assert "Back to the queue" in words_of(main_of(parse(page.text)))


def sent_comment(case: Filed) -> dict[str, str]:
    """Return what the form of a comment sends."""
    return {"version": str(case.version), "idempotency_key": "k", "comment": "شكرا"}
