"""Filing for a commune that told the secretariat: its staff choose it and say how it came; who prepares waits."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from escalation.domain.codes import Channel, Status
from escalation.extensions import db
from escalation.models.journal import JournalEvent
from escalation.models.obstacles import Obstacle
from escalation.services.case import remarks
from escalation.services.case.transitions import By
from tests.factories import COMMUNE, FAR_COMMUNE, NEIGHBOUR, Town, actor_of, save_draft
from tests.queries_counter import counting_queries, engine_of
from tests.web.audit import faults_of, find_all, main_of, parse
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, errors_of, fields_of, fresh_form, reference_in
from tests.web.test_home import section

NEW = "/obstacles/new"
TOLD = ALL_SIX | {"commune": COMMUNE, "channel": "phone"}
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def rows(town: Town) -> list[Obstacle]:
    """Return every obstacle there is."""
    with town.app.app_context():
        return list(db.session.scalars(select(Obstacle).order_by(Obstacle.id)))


@SQLITE
def test_the_staff_choose_among_the_communes_of_their_region_under_its_provinces(town: Town, as_person: As) -> None:
    page = as_person("staff").get(NEW)
    assert faults_of(page, "en") == []
    commune = next(one for one in find_all(parse(page.text), "select") if one.get("name") == "commune")
    codes = [option.get("value") for option in commune.iter("option")]
    assert codes[0] == ""
    assert len(codes) == 195
    assert {str(code)[:2] for code in codes[1:]} == {"03"}
    assert len(list(commune.iter("optgroup"))) == 9
    ways = [one.get("value") for one in find_all(parse(page.text), "input") if one.get("name") == "channel"]
    assert ways == ["phone", "whatsapp", "meeting", "letter"]
    assert "Filed on the president" in page.text


@SQLITE
def test_a_commune_is_not_asked_how_it_told_itself(town: Town, as_person: As) -> None:
    page = as_person("president").get(NEW)
    assert "channel" not in fields_of(page.text)
    assert "commune" not in fields_of(page.text)
    assert "on the president" not in page.text


def test_the_staff_file_in_the_presidents_name_who_is_asked_to_confirm(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    preview = staff.submit(NEW, fresh_form(staff, NEW, **TOLD, do="continue"))
    assert preview.status_code == 303
    page = staff.get(preview.location)
    assert "Where does the case go?" in page.text
    assert "Commune of Bouhouda" in page.text
    assert faults_of(page, "en") == []
    draft = preview.location.split("#")[0]
    filed = staff.submit(draft, fields_of(page.text) | {"do": "file"})
    receipt = staff.get(filed.location)
    assert faults_of(receipt, "en") == []
    for said in ("Mme ou M. president", "By telephone", "asked to confirm the filing with one tap"):
        assert said in receipt.text
    row = rows(town)[0]
    assert (row.status, row.channel, row.author_id) == (Status.FILED, Channel.PHONE, town.staff.id)
    with town.app.app_context():
        assert db.session.scalars(select(JournalEvent.acting_for_id)).one() == town.president.id


@SQLITE
@pytest.mark.parametrize(
    ("lacks", "faulty"),
    [({"channel": ""}, ["channel-0"]), ({"commune": ""}, ["commune"]), ({"channel": "web"}, ["channel-0"])],
)
def test_to_file_for_another_one_says_for_whom_and_how(
    town: Town, as_person: As, lacks: dict[str, str], faulty: list[str]
) -> None:
    refused = as_person("staff").submit(NEW, TOLD | lacks | {"do": "file"})
    assert refused.status_code == 422
    assert list(errors_of(refused.text)) == faulty
    assert faults_of(refused, "en") == []
    assert rows(town) == []


@SQLITE
def test_a_draft_may_leave_open_how_it_came_and_is_not_filed_without(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    draft = staff.submit(NEW, TOLD | {"channel": "", "do": "save"}).location
    assert list(errors_of(staff.submit(draft, fresh_form(staff, draft, do="file")).text)) == ["channel-0"]
    assert staff.submit(draft, fresh_form(staff, draft, channel="letter", do="file")).status_code == 303
    assert rows(town)[0].channel is Channel.LETTER


@SQLITE
def test_a_commune_of_another_region_cannot_be_named(town: Town, as_person: As) -> None:
    refused = as_person("staff").submit(NEW, TOLD | {"commune": "01.051.01.01", "do": "file"})
    assert (refused.status_code, list(errors_of(refused.text))) == (422, ["commune"])
    assert rows(town) == []


@SQLITE
def test_who_sits_at_a_desk_files_for_nobody(town: Town, as_person: As) -> None:
    for name in ("reviewer", "member", "secretary", "admin", "parliament"):
        assert as_person(name).submit(NEW, TOLD | {"do": "file"}).status_code == 403


@SQLITE
def test_what_one_of_the_staff_wrote_is_not_anothers(town: Town, as_person: As) -> None:
    save_draft(town.app, town.president, project_name="سري")
    assert as_person("staff").get("/obstacles/drafts/1").status_code == 404
    mine = save_draft(town.app, town.staff, commune=FAR_COMMUNE)
    assert as_person("president").get(f"/obstacles/drafts/{mine.id}").status_code == 404
    assert as_person("president3").get(f"/obstacles/drafts/{mine.id}").status_code == 200


def test_the_first_page_of_the_staff_shows_drafts_and_what_waits_for_a_president(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    filed = staff.submit(NEW, TOLD | {"do": "file"})
    draft = save_draft(town.app, town.staff, commune=NEIGHBOUR)
    title = "Filed for a president, who has not confirmed yet"
    page = staff.get("/")
    assert faults_of(page, "en") == []
    assert reference_in(filed.location) in section(page.text, title)
    assert f"/obstacles/drafts/{draft.id}" in section(page.text, "Drafts to finish")
    for path in (NEW, "/obstacles/capture", "/obstacles/import"):
        assert f'href="{path}"' in page.text
    assert reference_in(filed.location) in staff.get("/obstacles").text
    assert 'href="/obstacles/new"' in staff.get("/obstacles").text
    to_confirm = section(as_person("president").get("/").text, "Filed in your name: confirm or withdraw")
    assert reference_in(filed.location) in to_confirm
    with town.app.app_context():
        by = By(actor=actor_of(town.app, town.president), now=datetime.now(UTC))
        remarks.confirm_filing(rows(town)[0].id, by)
    assert reference_in(filed.location) not in section(staff.get("/").text, title)
    assert "Filed in your name" not in as_person("president").get("/").text


def test_who_prepares_waits_for_who_may_file(town: Town, as_person: As) -> None:
    scribe = as_person("scribe")
    draft = scribe.submit(NEW, ALL_SIX | {"do": "continue"}).location.split("#")[0]
    assert "waits for the president to file it" in section(scribe.get("/").text, "Drafts to finish")
    for name in ("president", "delegate"):
        prepared = section(as_person(name).get("/").text, "Drafts prepared for you to file")
        assert draft in prepared
        assert "prepared by Mme ou M. scribe" in prepared
    page = as_person("president").get(draft)
    assert "Prepared by <bdi>Mme ou M. scribe</bdi>" in page.text
    assert as_person("president").submit(draft, fields_of(page.text) | {"do": "file"}).status_code == 303
    assert rows(town)[0].channel is Channel.WEB


@SQLITE
def test_a_president_files_what_the_staff_prepared_in_their_own_name(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    draft = staff.submit(NEW, TOLD | {"do": "save"}).location
    president = as_person("president")
    assert "Prepared by <bdi>Mme ou M. staff</bdi>" in president.get(draft).text
    assert president.submit(draft, fresh_form(president, draft, do="file")).status_code == 303
    assert rows(town)[0].channel is Channel.WEB
    assert staff.get(draft).location == f"/obstacles/{rows(town)[0].reference}"


def test_a_first_form_whose_draft_was_rewritten_shows_what_changed(town: Town, as_person: As) -> None:
    president, delegate = as_person("president"), as_person("delegate")
    mine = fresh_form(president, NEW, **ALL_SIX)
    draft = president.submit(NEW, mine | {"do": "save"}).location
    theirs: dict[str, Any] = {
        "description": "كتبه المفوض",
        "blocked_since": "2026-01-31",
        "obstacle_type": "rural_track",
    }
    assert delegate.submit(draft, fresh_form(delegate, draft, **theirs, do="save")).status_code == 303
    answer = president.submit(NEW, mine | {"do": "file"})
    assert answer.status_code == 409
    assert faults_of(answer, "en") == []
    assert rows(town)[0].status is Status.DRAFT
    form = find_all(main_of(parse(answer.text)), "form")[0]
    assert form.get("action") == draft
    notice = answer.text.split("This draft changed in the meantime")[1].split("<form")[0]
    for said in ("What happened?", "كتبه المفوض", "Since when?", "31 January 2026", "What is blocking it?"):
        assert said in notice
    assert ALL_SIX["request"] not in notice
    again = fields_of(answer.text)
    assert {name: again[name] for name in ALL_SIX} == ALL_SIX
    assert president.submit(draft, again | {"do": "file"}).status_code == 303
    assert [(row.status, row.description) for row in rows(town)] == [(Status.FILED, ALL_SIX["description"])]


@SQLITE
def test_the_pages_of_the_staff_ask_little(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    engine = engine_of(town.app)
    draft = save_draft(town.app, town.staff)
    staff.get("/")  # what each process keeps is read once, before anything is counted
    for path, most in ((NEW, 9), (f"/obstacles/drafts/{draft.id}", 16), ("/", 12)):
        with counting_queries(engine) as asked:
            assert staff.get(path).status_code == 200
        assert len(asked) <= most, "\n".join(asked)
    size = len(re.sub(r"\s+", " ", staff.get(NEW).text).encode())
    assert size < 60_000


def test_the_staff_name_another_commune_for_their_draft_which_leaves_the_first_one(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    draft = staff.submit(NEW, TOLD | {"do": "save"}).location
    assert as_person("president").get(draft).status_code == 200
    page = staff.get(draft)
    assert faults_of(page, "en") == []
    assert fields_of(page.text)["commune"] == COMMUNE
    kept = fields_of(page.text) | {"commune": FAR_COMMUNE, "description": "كلام جديد", "do": "keep"}
    version = staff.submit(draft, kept).get_json()["version"]
    assert rows(town)[0].commune_code == COMMUNE, "typing moves no draft into the list of others"
    assert fields_of(staff.get(draft).text)["commune"] == FAR_COMMUNE
    moved = staff.submit(draft, kept | {"version": str(version), "do": "continue"})
    assert moved.status_code == 303
    page = staff.get(draft)
    assert "Commune of Bouhouda" not in re.sub("<select.*?</select>", "", page.text, flags=re.DOTALL)
    row = rows(town)[0]
    assert (row.commune_code, row.province_code, row.description) == (FAR_COMMUNE, FAR_COMMUNE[:6], "كلام جديد")
    assert as_person("president").get(draft).status_code == 404
    assert as_person("president3").get(draft).status_code == 200
    filed = staff.submit(draft, fields_of(page.text) | {"do": "file"})
    assert as_person("president3").get(filed.location.removesuffix("/receipt")).status_code == 200


@SQLITE
def test_only_its_author_names_another_commune_and_only_one_they_write_for(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    draft = staff.submit(NEW, TOLD | {"do": "save"}).location
    refused = staff.submit(draft, fresh_form(staff, draft, commune="01.051.01.01", do="save"))
    assert (refused.status_code, list(errors_of(refused.text))) == (422, ["commune"])
    president = as_person("president")
    assert "commune" not in fields_of(president.get(draft).text)
    assert president.submit(draft, fresh_form(president, draft, commune=NEIGHBOUR, do="save")).status_code == 303
    assert rows(town)[0].commune_code == COMMUNE


@SQLITE
def test_the_first_form_sent_again_for_another_commune_is_not_taken_for_the_same(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    form = fresh_form(staff, NEW, **TOLD)
    draft = staff.submit(NEW, form | {"do": "save"}).location
    assert staff.submit(NEW, form | {"commune": NEIGHBOUR, "do": "save"}).location == draft
    assert [row.commune_code for row in rows(town)] == [NEIGHBOUR]
    assert staff.submit(NEW, form | {"commune": NEIGHBOUR, "do": "file"}).status_code == 303
    other = staff.submit(NEW, form | {"commune": FAR_COMMUNE, "do": "file"})
    assert other.status_code == 409
    assert "This form was already filed" in other.text
    assert [row.commune_code for row in rows(town)] == [NEIGHBOUR]
