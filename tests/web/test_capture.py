"""Many obstacles noted on one page: each filled row becomes a draft, all or none, once; nothing typed is lost."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.codes import Channel, Status
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from tests.factories import COMMUNE, NEIGHBOUR, Town
from tests.queries_counter import counting_queries, engine_of
from tests.web.audit import faults_of, find_all, main_of, parse
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of, fresh_form

NEW = "/obstacles/capture"
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
TWO = {
    "rows-0-commune": COMMUNE,
    "rows-0-project_name": "مسلك <i>",
    "rows-0-obstacle_type": "rural_track",
    "rows-0-description": "قطعته الأمطار",
    "rows-4-commune": NEIGHBOUR,
    "rows-4-project_name": "بئر",
    "rows-4-callback_phone": "0612345678",
}


def rows(town: Town) -> list[Obstacle]:
    """Return every obstacle there is."""
    with town.app.app_context():
        return list(db.session.scalars(select(Obstacle).order_by(Obstacle.id)))


def test_each_filled_row_becomes_a_draft_and_the_next_page_leads_to_each(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    page = staff.get(NEW)
    assert faults_of(page, "en") == []
    assert len(find_all(main_of(parse(page.text)), "legend")) == 13
    form = fields_of(page.text) | TWO | {"do": "save"}
    answer = staff.submit(NEW, form)
    assert answer.status_code == 303
    made = staff.get(answer.location)
    assert faults_of(made, "en") == []
    assert "2 drafts were made" in made.text
    for number in (1, 2):
        assert f'href="/obstacles/drafts/{number}"' in made.text
    found = rows(town)
    assert [(row.status, row.commune_code, row.project_name, row.channel, row.author_id) for row in found] == [
        (Status.DRAFT, COMMUNE, "مسلك <i>", Channel.MEETING, town.staff.id),
        (Status.DRAFT, NEIGHBOUR, "بئر", Channel.MEETING, town.staff.id),
    ]
    assert (found[0].obstacle_type, found[0].description, found[1].callback_phone) == (
        "rural_track",
        "قطعته الأمطار",
        "0612345678",
    )
    assert as_person("president").get("/obstacles/drafts/1").status_code == 200
    assert staff.submit(NEW, form).location == answer.location, "sent twice it makes them once"
    assert len(rows(town)) == 2
    staff.submit("/obstacles/drafts/1/discard")
    assert staff.submit(NEW, form).location == answer.location
    assert "1 draft was made" in staff.get(answer.location).text


def test_a_corrected_form_that_was_carried_out_is_shown_beside_its_drafts(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    form = fresh_form(staff, NEW, **TWO, do="save")
    first = staff.submit(NEW, form).location
    answer = staff.submit(NEW, form | {"rows-0-project_name": "مسلك آخر"})
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert f'href="{first}"' in answer.text
    assert len(rows(town)) == 2
    again = fields_of(answer.text)
    assert again["rows-0-project_name"] == "مسلك آخر"
    assert staff.submit(NEW, again | {"do": "save"}).status_code == 303
    assert len(rows(town)) == 4


FAULTY: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {"rows-0-commune": "Line 1: Fill in at least one line."}),
    ({"rows-2-project_name": "x"}, {"rows-2-commune": "Line 3: Choose the commune."}),
    ({"rows-0-commune": COMMUNE}, {"rows-0-project_name": "Line 1: Write the name of the project."}),
    (
        TWO | {"rows-4-callback_phone": "12"},
        {"rows-4-callback_phone": "Line 5: Write a telephone number, like 0612345678."},
    ),
    (TWO | {"rows-4-commune": "01.051.01.01"}, {"rows-4-commune": "Line 5: Choose the commune."}),
    (TWO | {"rows-4-obstacle_type": "x"}, {"rows-4-obstacle_type": "Line 5: Choose what is blocking the project."}),
    (TWO | {"channel": "web"}, {"channel-0": "Say how the communes told you."}),
]


@SQLITE
@pytest.mark.parametrize(("sent", "errors"), FAULTY)
def test_one_faulty_row_keeps_all_of_them_and_is_named(
    town: Town, as_person: As, sent: dict[str, Any], errors: dict[str, str]
) -> None:
    staff = as_person("staff")
    answer = staff.submit(NEW, fresh_form(staff, NEW, **sent, do="save"))
    assert answer.status_code == 422
    assert faults_of(answer, "en") == []
    assert errors_of(answer.text) == errors
    kept = fields_of(answer.text)
    shown = {name: text for name, text in sent.items() if text not in ("01.051.01.01", "x", "web") or "project" in name}
    assert {name: kept[name] for name in shown} == shown
    assert rows(town) == []


@SQLITE
def test_more_rows_come_without_a_script_and_keep_what_is_typed(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    form = fresh_form(staff, NEW, **TWO)
    for lines in (24, 36, 36):
        answer = staff.submit(NEW, form | {"do": "more"})
        assert (answer.status_code, faults_of(answer, "en")) == (200, [])
        form = fields_of(answer.text)
        assert len([name for name in form if name.endswith("-commune")]) == lines
        assert {name: form[name] for name in TWO} == TWO
    assert 'value="more"' not in answer.text
    assert rows(town) == []
    last = {"rows-35-commune": COMMUNE, "rows-35-project_name": "الأخير"}
    assert staff.submit(NEW, form | last | {"do": "save"}).status_code == 303
    assert [row.project_name for row in rows(town)][-1] == "الأخير"


@SQLITE
def test_more_rows_than_a_page_can_have_are_not_read(town: Town, as_person: As) -> None:
    many = {
        f"rows-{n}-{name}": text for n in range(500) for name, text in (("commune", COMMUNE), ("project_name", "x"))
    }
    assert as_person("staff").submit(NEW, many | {"do": "save", "idempotency_key": "not a key"}).status_code == 303
    assert len(rows(town)) == 36


@SQLITE
def test_only_the_staff_note_and_each_sees_what_they_noted(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    made = staff.submit(NEW, fresh_form(staff, NEW, **TWO, do="save")).location
    for name in ("president", "delegate", "reviewer", "member", "secretary", "admin", "nobody"):
        assert {as_person(name).get(path).status_code for path in (NEW, made)} == {403}
        assert as_person(name).submit(NEW, TWO).status_code == 403
    assert staff.get(f"{NEW}/00000000-0000-4000-8000-000000000000").status_code == 404
    assert len(rows(town)) == 2


@SQLITE
def test_twelve_rows_cost_few_queries_and_little_text(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    staff.get("/")  # what each process keeps is read once, before anything is counted
    with counting_queries(engine_of(town.app)) as asked:
        page = staff.get(NEW, headers={"Accept-Encoding": "br"})
    assert len(asked) <= 7, "\n".join(asked)
    assert len(page.data) < 16_000
    assert re.search(r"br|gzip", page.headers.get("Content-Encoding", ""))
