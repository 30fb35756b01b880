"""The table of competence: filings follow it from its day on, its reason is printed, its change is shown first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.calendar import local_day
from escalation.domain.codes import Competent, Level, RulingState
from escalation.extensions import db
from escalation.models.competence import CompetenceRule, Ruling
from escalation.models.doors import SecurityEvent
from escalation.services.case import moves
from escalation.services.competence import Rule, set_rule
from escalation.services.people.administration import Administrator
from tests.factories import (
    OTHER_PROVINCE,
    OTHER_REGION,
    PROVINCE,
    REGION,
    Filed,
    Town,
    file_obstacle,
    move,
    obstacle_row,
    save_draft,
)
from tests.queries_counter import counting_queries, engine_of
from tests.web.conftest import As
from tests.web.forms import errors_of

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
TOMORROW = TODAY + timedelta(days=1)
TRACK = "/admin/competence/rural_track"
ROW = {
    "place": PROVINCE, "first_desk": "region", "competent": "region", "reason": "region_own_power",
    "law": "organic law 111-14, art. 82", "certainty": "B", "effective_on": TOMORROW.isoformat(), "ruling": "",
}  # fmt: skip


def rows(town: Town) -> list[CompetenceRule]:
    """Return the rows of the table."""
    with town.app.app_context():
        return list(db.session.scalars(select(CompetenceRule).order_by(CompetenceRule.id)))


def say(town: Town, now: datetime, **given: Any) -> None:
    """Write a row of the table, as an administrator of the region did at a moment."""
    with town.app.app_context():
        row: dict[str, Any] = {
            "obstacle_type": "rural_track", "place_code": PROVINCE, "first_desk": Level.REGION,
            "competent": Competent.REGION, "reason": "region_own_power",
        }  # fmt: skip
        set_rule(Rule(**row | given), Administrator(town.admin.id, frozenset({REGION}), now))


def desk_of(town: Town, obstacle: Filed) -> str:
    """Return the desk that has a case."""
    return str(obstacle_row(town.app, obstacle)["desk_code"])


def test_a_row_is_shown_before_it_is_recorded_and_moves_nothing_that_is_open(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    open_case = file_obstacle(town.app, town.president, obstacle_type="rural_track")
    shown = admin.submit(TRACK, ROW | {"do": "preview"})
    assert shown.status_code == 200
    assert "goes elsewhere first" in shown.text
    assert "Province of Taounate" in shown.text
    assert rows(town) == [], "looking records nothing"
    assert admin.submit(TRACK, ROW | {"do": "save"}).status_code == 303
    (row,) = rows(town)
    assert (row.place_code, row.first_desk, row.set_by_id) == (PROVINCE, Level.REGION, town.admin.id)
    page = admin.get(f"{TRACK}?lang=en").text
    assert "to come" in page
    assert "organic law 111-14, art. 82" in page
    assert desk_of(town, open_case) == PROVINCE
    assert desk_of(town, file_obstacle(town.app, town.president, obstacle_type="rural_track")) == PROVINCE, "not today"
    later = NOW + timedelta(days=2)
    filed = file_obstacle(town.app, town.president, obstacle_type="rural_track", now=later)
    assert desk_of(town, filed) == REGION
    with town.app.app_context():
        assert SecurityEventKind.COMPETENCE_CHANGED in db.session.scalars(select(SecurityEvent.kind)).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("place", ""), ("place", OTHER_REGION), ("place", "03.531.07.09"), ("first_desk", ""),
        ("first_desk", "commune"), ("competent", ""), ("competent", "king"), ("reason", ""), ("reason", "because"),
        ("certainty", ""), ("effective_on", TODAY.isoformat()), ("effective_on", ""), ("law", "x" * 300),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_nothing_is_lost(town: Town, as_person: As, field: str, value: str) -> None:
    for do in ("preview", "save"):
        answer = as_person("admin").submit(TRACK, ROW | {field: value, "do": do})
        assert answer.status_code == 422
        assert errors_of(answer.text)
        assert field == "law" or "organic law 111-14, art. 82" in answer.text
    assert rows(town) == []


def test_the_regions_row_holds_where_a_province_has_no_own_and_can_be_taken_back(town: Town) -> None:
    long_ago = NOW - timedelta(days=100)
    say(town, long_ago, place_code=REGION, effective_on=TODAY - timedelta(days=90))
    ours = {"first_desk": Level.PROVINCE, "competent": Competent.PROVINCE, "reason": "province_own_power"}
    say(town, long_ago, effective_on=TODAY - timedelta(days=80), **ours)
    here = file_obstacle(town.app, town.president, obstacle_type="rural_track")
    there = file_obstacle(town.app, town.president3, commune="03.561.03.01", obstacle_type="rural_track")
    assert (desk_of(town, here), desk_of(town, there)) == (PROVINCE, REGION)
    say(town, NOW - timedelta(days=2), effective_on=TODAY, first_desk=None, competent=None, reason=None)
    assert desk_of(town, file_obstacle(town.app, town.president, obstacle_type="rural_track")) == REGION


def test_pages_print_why_and_say_which_article_is_unverified(town: Town, as_person: As) -> None:
    president = as_person("president")
    draft = save_draft(town.app, town.president, project_name="مسلك", obstacle_type="rural_track")
    filed = file_obstacle(town.app, town.president, obstacle_type="rural_track")
    for language, reason, mark in (
        ("en", "own power", "article to be verified"),
        ("fr", "compétences propres", "article à vérifier"),
        ("ar", "الاختصاصات الذاتية", "المادة"),
    ):
        for path in (f"/obstacles/drafts/{draft.id}", f"/obstacles/{filed.reference}"):
            page = president.get(f"{path}?lang={language}").text
            assert reason in page, path
            assert mark in page, path


def test_what_the_state_decides_says_so_and_what_councils_can_do(town: Town, as_person: As) -> None:
    filed = file_obstacle(town.app, town.president, obstacle_type="health_staffing")
    page = as_person("president").get(f"/obstacles/{filed.reference}?lang=en").text
    assert "The State decides here" in page
    assert "written question" in page


def test_a_case_prints_what_the_table_said_on_the_day_of_its_filing(town: Town, as_person: As) -> None:
    then = NOW - timedelta(days=30)
    filed = file_obstacle(town.app, town.president, obstacle_type="rural_track", now=then)
    say(town, NOW - timedelta(days=5), effective_on=TODAY - timedelta(days=3))
    page = as_person("president").get(f"/obstacles/{filed.reference}?lang=en").text
    assert "The prefecture or province council" in page
    receipt = as_person("president").get(f"/obstacles/{filed.reference}/receipt?lang=en").text
    assert "had nobody to receive it" not in receipt


def test_what_desks_send_to_and_fro_is_ruled_on_proposed_and_taken_into_the_table(town: Town, as_person: As) -> None:
    secretary, admin = as_person("secretary"), as_person("admin")
    for count in range(2):
        page = secretary.get("/rulings?lang=en").text
        assert ("/rulings/rural_track" in page) is False, f"{count} transfers are not too many"
        filed = file_obstacle(town.app, town.president, obstacle_type="rural_track")
        moved = move(town.app, moves.transfer, filed, town.coordinator, target=REGION, reason="ليس من اختصاصنا")
        assert moved.id
    with counting_queries(engine_of(town.app)) as queries:
        page = secretary.get("/rulings?lang=en").text
    assert len(queries) <= 10
    assert "/rulings/rural_track" in page
    assert "2 times" in page
    ruling = {"place": PROVINCE, "first_desk": "region", "words": "المسالك هنا من مشاريع الجهة."}
    refused = secretary.submit("/rulings/rural_track", ruling | {"words": ""})
    assert refused.status_code == 422
    assert secretary.submit("/rulings/rural_track", ruling | {"place": OTHER_REGION}).status_code == 422
    assert secretary.submit("/rulings/rural_track", ruling).status_code == 303
    page = secretary.get("/rulings?lang=en").text
    assert 'href="/rulings/rural_track"' not in page, "it was ruled on"
    assert "proposed to the administrator" in page
    with town.app.app_context():
        number = db.session.scalars(select(Ruling.id)).one()
    assert f"{TRACK}?ruling={number}" in admin.get("/admin/competence?lang=en").text
    assert f'value="{PROVINCE}" selected' in admin.get(f"{TRACK}?ruling={number}").text
    admin.submit(TRACK, ROW | {"do": "save", "ruling": str(number)})
    assert "taken into the table" in secretary.get("/rulings?lang=en").text
    same = {"place": OTHER_PROVINCE, "first_desk": "province", "words": "كما هو."}
    secretary.submit("/rulings/rural_track", same)
    assert "the table stays as it is" in secretary.get("/rulings?lang=en").text


def test_an_administrator_sets_a_proposal_aside_once(town: Town, as_person: As) -> None:
    as_person("secretary").submit("/rulings/rural_track", {"place": REGION, "first_desk": "region", "words": "نعم"})
    with town.app.app_context():
        number = db.session.scalars(select(Ruling.id)).one()
    address = f"/admin/competence/rulings/{number}/set-aside"
    as_person("admin").submit(address)
    as_person("admin").submit(address)
    with town.app.app_context():
        assert db.session.get_one(Ruling, number).state is RulingState.SET_ASIDE
    assert rows(town) == []


def test_the_table_is_read_in_a_fixed_number_of_queries(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    for path in ("/admin/competence", TRACK):
        with counting_queries(engine_of(town.app)) as queries:
            assert admin.get(path).status_code == 200
        assert len(queries) <= 18, path
