"""The correction of what was filed: what was and what is are both kept, and the case stays where it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Event
from escalation.extensions import db
from escalation.models.outbox import OutboxMessage
from escalation.models.taxonomy import Body
from escalation.services.case import moves
from escalation.services.transaction import transaction
from tests.factories import Filed, Town, file_obstacle, move, obstacle_row
from tests.web.audit import faults_of, main_of, parse, words_of
from tests.web.cases import REASON, address, asked, closed, filed, in_review
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of, fresh_form
from tests.web.test_remarks import events_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

STAYS = ("status", "level", "desk_code", "assignee_id", "due_at", "answer_by", "filed_at", "reference")
CORRECTED: dict[str, Any] = {
    "obstacle_type": "electricity_connection",
    "project_owner": "PROVINCE",
    "blocked_since": "2026-01-15",
    "amount_blocked": "2.480.000",
    "people_affected": "1850",
    "asked_of": ["COMMUNE", "PROVINCE"],
    "request": "نرجو توقيع </bdi><b>الشريك</b>",
    "urgency": "urgent",
    "urgency_reason": "نفاد الماء",
}


def path_of(case: Filed) -> str:
    """Return the address of a correction."""
    return f"{address(case)}/amend"


def test_what_was_filed_is_corrected_and_both_are_told(town: Town, as_person: As) -> None:
    case, president = in_review(town), as_person("president")
    before = obstacle_row(town.app, case)
    form = fresh_form(president, path_of(case), **CORRECTED)
    for _time in range(2):
        answer = president.submit(path_of(case), form)
        assert (answer.status_code, answer.location) == (303, address(case))
    after = obstacle_row(town.app, case)
    assert {name: after[name] for name in STAYS} == {name: before[name] for name in STAYS}
    assert (after["version"], after["obstacle_type"]) == (before["version"] + 1, "electricity_connection")
    assert (after["amount_blocked_centimes"], after["title"]) == (248_000_000, before["title"])
    assert events_of(town, case).count(Event.FACTS_AMENDED) == 1
    page = as_person("reviewer").get(address(case))
    assert faults_of(page, "en") == []
    told = words_of(next(item for item in parse(page.text).iter("li") if words_of(item).startswith("Facts amended")))
    for said in ("2 March 2026", "15 January 2026", "2,480,000 dirhams", "1,850", "Urgent", "نفاد الماء"):
        assert said in told, said
    for said in ("نرجو تذكير الشريك بالتوقيع.", CORRECTED["request"], "It was: nothing"):
        assert said in told, said
    assert "electricity_connection" not in page.text
    assert "PROVINCE" not in told
    with town.app.app_context():
        rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.event == Event.FACTS_AMENDED))
        assert {row.recipient_id for row in rows} == {town.reviewer.id}


def test_what_changes_nothing_says_so_and_is_no_event(town: Town, as_person: As) -> None:
    case, president = in_review(town), as_person("president")
    answer = president.submit(path_of(case), fresh_form(president, path_of(case)))
    assert (answer.status_code, answer.location) == (303, address(case))
    assert "Nothing was changed" in president.get(address(case)).text
    assert Event.FACTS_AMENDED not in events_of(town, case)
    assert obstacle_row(town.app, case)["version"] == case.version


@on_sqlite
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("project_name", " "),
        ("request", ""),
        ("blocked_since", "2099-01-01"),
        ("blocked_since", "yesterday"),
        ("amount_blocked", "a lot"),
        ("people_affected", "-3"),
        ("needed_by", "2020-01-01"),
        ("callback_phone", "call me"),
    ],
)
def test_an_answer_that_cannot_stand_brings_the_form_back_whole(
    town: Town, as_person: As, name: str, given: str
) -> None:
    case, president = filed(town), as_person("president")
    form = fresh_form(president, path_of(case), title="عنوان آخر", **{name: given})
    answer = president.submit(path_of(case), form)
    assert answer.status_code == 422
    assert faults_of(answer, "en") == []
    assert list(errors_of(answer.text)) == [name]
    kept = fields_of(answer.text)
    assert kept["title"] == "عنوان آخر"
    assert kept[name].strip() == given.strip()
    assert Event.FACTS_AMENDED not in events_of(town, case)


@on_sqlite
def test_a_stale_correction_is_told_what_changed_and_may_be_sent_again(town: Town, as_person: As) -> None:
    case, president = filed(town), as_person("president")
    form = fresh_form(president, path_of(case), title="عنوان آخر")
    move(town.app, moves.claim, case, town.reviewer)
    answer = president.submit(path_of(case), form)
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert "Case taken in charge" in words_of(main_of(parse(answer.text)))
    again = fields_of(answer.text)
    assert again["title"] == "عنوان آخر"
    assert president.submit(path_of(case), again).status_code == 303
    assert obstacle_row(town.app, case)["title"] == "عنوان آخر"


@on_sqlite
def test_a_correction_of_a_case_that_ended_meanwhile_can_be_copied_and_not_sent(town: Town, as_person: As) -> None:
    case, president = filed(town), as_person("president")
    form = fresh_form(president, path_of(case), title="عنوان آخر")
    move(town.app, moves.withdraw, case, town.delegate, reason=REASON)
    answer = president.submit(path_of(case), form)
    assert answer.status_code == 409
    assert fields_of(answer.text)["title"] == "عنوان آخر"
    assert "no longer possible" in answer.text
    assert president.get(path_of(case)).status_code == 403
    assert president.submit(path_of(closed(town)), {}).status_code == 403


@on_sqlite
def test_a_day_of_harm_that_has_passed_since_may_stay_and_not_be_moved(town: Town, as_person: As) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    harm_on = local_day(long_ago) + timedelta(days=10)
    case = file_obstacle(town.app, town.president, now=long_ago, needed_by=harm_on)
    president = as_person("president")
    moved = fresh_form(president, path_of(case), needed_by=(harm_on + timedelta(days=1)).isoformat())
    assert president.submit(path_of(case), moved).status_code == 422
    assert president.submit(path_of(case), fresh_form(president, path_of(case), title="آخر")).status_code == 303
    assert obstacle_row(town.app, case)["needed_by"] == harm_on


@on_sqlite
def test_what_was_chosen_before_it_was_retired_may_stay(town: Town, as_person: As) -> None:
    case, president = filed(town), as_person("president")
    with town.app.app_context(), transaction() as session:
        session.get_one(Body, "COMMUNE").retired = True
    form = fresh_form(president, path_of(case), title="عنوان آخر")
    assert form["project_owner"] == "COMMUNE"
    assert president.submit(path_of(case), form).status_code == 303
    assert obstacle_row(town.app, case)["project_owner"] == "COMMUNE"


@on_sqlite
def test_a_question_stays_open_when_the_facts_are_corrected(town: Town, as_person: As) -> None:
    case, president = asked(town), as_person("president")
    assert president.submit(path_of(case), fresh_form(president, path_of(case), title="آخر")).status_code == 303
    assert obstacle_row(town.app, case)["status"] == "information_requested"
