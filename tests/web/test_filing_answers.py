"""The answers of a filing one by one: as people type them, and as they must not be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.calendar import local_day
from escalation.domain.codes import Status
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from tests.factories import Town, save_draft
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, errors_of, fields_of

NEW = "/obstacles/new"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PAST, TO_COME = local_day(datetime.now(UTC)) - timedelta(days=3), local_day(datetime.now(UTC)) + timedelta(days=30)


def only_row(town: Town) -> Obstacle:
    """Return the one obstacle there is."""
    with town.app.app_context():
        return db.session.scalars(select(Obstacle)).one()


@pytest.mark.parametrize(
    ("name", "typed", "wanted"),
    [
        ("budget", "2480000", ("budget_centimes", 248_000_000)),
        ("budget", "2 480 000,50", ("budget_centimes", 248_000_050)),
        ("budget", "2.480.000,5", ("budget_centimes", 248_000_050)),
        ("budget", "2,480,000.50", ("budget_centimes", 248_000_050)),
        ("budget", "٢٤٨٠٠٠٠٫٥", ("budget_centimes", 248_000_050)),
        ("budget", "۲۴۸۰۰۰۰", ("budget_centimes", 248_000_000)),
        ("amount_blocked", "2\u202f480\u00a0000", ("amount_blocked_centimes", 248_000_000)),
        ("amount_blocked", "0", ("amount_blocked_centimes", 0)),
        ("people_affected", "١٢٬٥٠٠", ("people_affected", 12_500)),
        ("people_affected", "12 500", ("people_affected", 12_500)),
        ("people_affected", "12.500", ("people_affected", 12_500)),
        ("blocked_since", "٢٠٢٦-٠٣-٠٢", ("blocked_since", date(2026, 3, 2))),
        ("blocked_since", "02/03/2026", ("blocked_since", date(2026, 3, 2))),
        ("callback_phone", "+212 (0)6-12.34.56.78", ("callback_phone", "+212 (0)6-12.34.56.78")),
        ("callback_phone", "٠٦١٢٣٤٥٦٧٨", ("callback_phone", "٠٦١٢٣٤٥٦٧٨")),
        ("asked_of", ["PROVINCE", "REGION"], ("asked_of", ["PROVINCE", "REGION"])),
        ("project_name", "  مشروع   الماء  ", ("project_name", "مشروع الماء")),
    ],
)
def test_an_answer_is_understood_as_it_is_typed(
    town: Town, as_person: As, name: str, typed: Any, wanted: tuple[str, Any]
) -> None:
    column, kept = wanted
    president = as_person("president")
    saved = president.submit(NEW, ALL_SIX | {name: typed, "do": "save"})
    assert saved.status_code == 303
    assert getattr(only_row(town), column) == kept
    shown = fields_of(president.get(saved.location).text)
    assert president.submit(saved.location, shown | {"do": "save"}).status_code == 303
    assert getattr(only_row(town), column) == kept, "what the page shows is understood the same again"


@pytest.mark.parametrize("do", ["file", "save", "continue"])
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("budget", "beaucoup"),
        ("budget", "-5"),
        ("budget", "1e9"),
        ("budget", "9" * 14),
        ("budget", "1,2,3"),
        ("amount_blocked", "NaN"),
        ("people_affected", "12,5"),
        ("people_affected", "99999999999"),
        ("people_affected", "-1"),
        ("blocked_since", "hier"),
        ("blocked_since", "2026-02-30"),
        ("blocked_since", "1889-01-01"),
        ("blocked_since", TO_COME.isoformat()),
        ("needed_by", PAST.isoformat()),
        ("needed_by", "0000-00-00"),
        ("callback_phone", "call me"),
        ("obstacle_type", "made_up"),
        ("project_owner", "NOBODY"),
        ("sector", "made_up"),
        ("asked_of", ["PROVINCE", "MADE_UP"]),
        ("urgency", "extreme"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_stays(
    town: Town, as_person: As, name: str, typed: Any, do: str
) -> None:
    answer = as_person("president").submit(NEW, ALL_SIX | {name: typed, "do": do})
    assert answer.status_code == 422
    assert [target.removesuffix("-0") for target in errors_of(answer.text)] == [name]
    assert faults_of(answer, "en") == []
    if isinstance(typed, str) and name not in ("obstacle_type", "project_owner", "sector", "urgency"):
        assert fields_of(answer.text)[name] == typed


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"urgency": "urgent"}, ["urgency_reason"]),
        ({"urgency": "critical"}, ["urgency_reason", "needed_by"]),
        ({"urgency": "critical", "urgency_reason": "فيضان"}, ["needed_by"]),
        ({"urgency": "critical", "urgency_reason": "فيضان", "needed_by": TO_COME.isoformat()}, []),
        ({"urgency": "urgent", "urgency_reason": "فيضان"}, []),
        ({"urgency": "normal"}, []),
        ({}, []),
    ],
)
def test_urgency_must_say_why_and_by_when(
    town: Town, as_person: As, answers: dict[str, str], missing: list[str]
) -> None:
    answer = as_person("president").submit(NEW, ALL_SIX | answers | {"do": "file"})
    assert answer.status_code == (422 if missing else 303)
    if missing:
        assert list(errors_of(answer.text)) == missing
        assert as_person("president").submit(NEW, ALL_SIX | answers | {"do": "save"}).status_code == 303


def test_blocked_today_is_not_the_future(town: Town, as_person: As) -> None:
    answer = as_person("president").submit(
        NEW, ALL_SIX | {"blocked_since": local_day(datetime.now(UTC)).isoformat(), "do": "file"}
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("key", ["", "a\x00b", "\u202e", "x" * 70_000, "' OR 1=1"])
def test_a_strange_key_or_version_does_no_harm(town: Town, as_person: As, key: str) -> None:
    sent = ALL_SIX | {"idempotency_key": key, "version": key, "do": "file"}
    assert as_person("president").submit(NEW, sent).status_code == 303


def test_a_repeated_answer_counts_once(town: Town, as_person: As) -> None:
    sent = ALL_SIX | {"project_name": ["الأول", "الثاني"], "do": ["save", "file"]}
    assert as_person("president").submit(NEW, sent).status_code == 303
    assert (only_row(town).project_name, only_row(town).reference) == ("الأول", None)


def test_the_form_of_one_draft_sent_to_another_is_told_so_and_can_go_on_there(town: Town, as_person: As) -> None:
    president, other = as_person("president"), save_draft(town.app, town.president, project_name="مشروع آخر")
    form = fields_of(president.get(NEW).text) | ALL_SIX
    assert president.submit(NEW, form | {"do": "save"}).status_code == 303
    page = f"/obstacles/drafts/{other.id}"
    assert president.submit(page, form | {"version": "1", "do": "keep"}).status_code == 409
    for do in ("save", "continue", "file"):
        refused = president.submit(page, form | {"version": "1", "do": do})
        assert refused.status_code == 409, do
        assert faults_of(refused, "en") == []
    with town.app.app_context():
        names = set(db.session.scalars(select(Obstacle.project_name)))
    assert names == {ALL_SIX["project_name"], "مشروع آخر"}, "the other draft is as it was"
    assert president.submit(page, fields_of(refused.text) | {"do": "save"}).status_code == 303
    with town.app.app_context():
        assert list(db.session.scalars(select(Obstacle.status))) == [Status.DRAFT, Status.DRAFT]
