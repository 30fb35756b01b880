"""The notice, the copy of what is held, one's own name, who read a case, and names that go, as pages."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from escalation.app import create_app
from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.files import CaseFile
from escalation.models.people import Person
from escalation.models.privacy import CaseRead, NoticeShown
from escalation.services.case import moves
from escalation.web.privacy import notice
from escalation.web.privacy.archive import harmless
from tests.conftest import close_connections
from tests.factories import Town, end_mandates, file_obstacle, move, sign_in
from tests.file_makers import paper
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.conftest import As

QUESTION = "متى تجتمع اللجنة؟"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def asking(config: Config, town: Town) -> Iterator[Flask]:
    """The same installation with the setting of production: the notice stands in the way once."""
    app = create_app(replace(config, privacy=replace(config.privacy, asks=True)))
    yield app
    close_connections(app)


@on_sqlite
def test_the_notice_is_shown_once_before_going_on(asking: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = sign_in(Visitor(asking), town.president)
    led = visitor.get("/obstacles?lang=en")
    assert led.location == "/privacy?next=/obstacles?lang%3Den"
    page = visitor.get(led.location)
    assert "privacy@example.test" in page.text
    assert 'name="next" value="/obstacles?lang=en"' in page.text
    assert visitor.submit("/privacy/read", {"next": "/obstacles?lang=en"}).location == "/obstacles?lang=en"
    assert visitor.get("/obstacles").status_code == 200
    with asking.app_context():
        [shown] = db.session.query(NoticeShown).all()
        assert (shown.person_id, shown.version) == (town.president.id, 1)
    elsewhere = sign_in(Visitor(asking), town.president)
    assert elsewhere.get("/obstacles").status_code == 200, "said once, on whichever device"
    monkeypatch.setattr("escalation.services.privacy.notice.NOTICE_VERSION", 2)
    monkeypatch.setattr(notice, "NOTICE_VERSION", 2)
    assert elsewhere.get("/obstacles").location.startswith("/privacy?"), "another version is shown again"


@on_sqlite
def test_the_notice_loses_no_form_leads_nowhere_else_and_is_open_to_everybody(asking: Flask, town: Town) -> None:
    visitor = sign_in(Visitor(asking), town.president)
    kept = visitor.submit("/obstacles/new", {"do": "keep", "title": "عنوان"})
    assert "/privacy" not in str(kept.location)
    assert visitor.submit("/privacy/read", {"next": "//evil.test"}).location == "/"
    anonymous = Visitor(asking)
    for language, words in (("ar", "09.08"), ("fr", "loi 09-08"), ("en", "law 09-08")):
        page = anonymous.get(f"/privacy?lang={language}")
        assert page.status_code == 200
        assert words in page.text
        assert "/privacy/read" not in page.text
    assert 'href="/privacy"' in anonymous.get("/sign-in").text


@on_sqlite
def test_where_it_does_not_stand_in_the_way_it_is_a_banner_until_it_is_read(as_person: As) -> None:
    visitor = as_person("president")
    assert 'href="/privacy">Read the notice' in visitor.get("/").text
    visitor.submit("/privacy/read")
    assert "Read the notice" not in visitor.get("/").text


def unpacked(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def test_a_person_takes_home_what_is_held_about_them_and_nothing_of_others(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president, description="=HYPERLINK(1)")
    case = move(town.app, moves.claim, case, town.reviewer)
    move(town.app, moves.request_information, case, town.reviewer, question=QUESTION)
    visitor = as_person("president")
    assert visitor.get("/account/data").location == "/account", "only for who has just asked"
    assert visitor.submit("/account/data").location == "/account/data"
    answer = visitor.get("/account/data")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    files = unpacked(answer.data)
    held = json.loads(files["everything.json"])
    assert held["account"][0]["email"] == town.president.email
    assert [row["reference"] for row in held["filed"]] == [case.reference]
    assert "=HYPERLINK(1)" in held["texts"][0]["text"]
    assert held["mandates"][0]["office"] == "commune_president"
    assert {row["channel"] for row in held["messages"]} == {"app", "email"}
    everything = "".join(files.values())
    assert QUESTION not in everything, "what another one wrote is not theirs"
    assert town.reviewer.email not in everything
    with town.app.app_context():
        person = db.session.get_one(Person, town.president.id)
        assert person.password_hash not in everything
        noted = db.session.query(SecurityEvent).filter_by(kind=SecurityEventKind.HELD_GIVEN).all()
        assert [event.person_id for event in noted] == [town.president.id]
    refused = visitor.submit("/account/data")
    assert refused.location == "/account", "once an hour"
    assert "less than an hour ago" in visitor.get("/account").text
    assert "<script" not in files["index.html"]
    rows = list(csv.reader(io.StringIO(files["mandates.csv"])))
    assert len(rows) == 2


@pytest.mark.parametrize(
    "words",
    ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "\u200f=1", "\u202e\u00a0@x", "＝1", "\uff0b1", "﹣1", "\ufeff=1"],
)
def test_no_cell_of_a_table_is_a_formula(words: str) -> None:
    assert harmless(words) == f"'{words}"


def test_plain_words_stay_as_they_are_in_a_table() -> None:
    assert [harmless(words) for words in ("", "نص", "a=b", " x", "12")] == ["", "نص", "a=b", " x", "12"]


@on_sqlite
def test_a_person_corrects_how_their_own_name_is_written(town: Town, as_person: As) -> None:
    visitor = as_person("president")
    refused = visitor.submit("/account/name", {"name_ar": "خديجة", "name_fr": " "})
    assert refused.status_code == 422
    assert "خديجة" in refused.text
    assert visitor.submit("/account/name", {"name_ar": "خديجة", "name_fr": "Khadija"}).status_code == 303
    with town.app.app_context():
        assert db.session.get_one(Person, town.president.id).name_ar == "خديجة"
        [event] = db.session.query(SecurityEvent).filter_by(kind=SecurityEventKind.PERSON_CORRECTED).all()
        assert (event.person_id, event.by_id) == (town.president.id, town.president.id)


@on_sqlite
def test_who_has_read_a_case_is_told_to_those_it_is_for(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president)
    path = f"/obstacles/{case.reference}"
    for name in ("reviewer", "coordinator", "president"):
        assert as_person(name).get(path).status_code == 200
    assert as_person("stranger").get(path).status_code == 404
    with town.app.app_context():
        readers = {row.person_id for row in db.session.query(CaseRead).all()}
        assert readers == {town.reviewer.id, town.coordinator.id, town.president.id}
    by_name = as_person("secretary").get(f"{path}/readers").text
    assert "Mme ou M. reviewer" in by_name
    by_office = as_person("president").get(f"{path}/readers").text
    assert "Reviewer" in by_office or "reviewer" in by_office.lower()
    assert "Mme ou M. reviewer" not in by_office
    for name, status in (("reviewer", 403), ("scribe", 403), ("delegate", 403), ("admin", 404), ("president2", 404)):
        assert as_person(name).get(f"{path}/readers").status_code == status, name
    assert "/readers" in as_person("president").get(path).text
    assert "/readers" not in as_person("reviewer").get(path).text


@on_sqlite
def test_who_takes_a_file_of_a_case_without_opening_its_page_has_read_it(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president)
    sent = {"comment": "انظر", "files": (BytesIO(paper()), "a.pdf")}
    assert as_person("president").submit(f"/obstacles/{case.reference}/comment", sent).status_code == 303
    with town.app.app_context():
        file = db.session.scalars(select(CaseFile.public_id)).one()
    for name, status in (("member", 404), ("provincial", 200), ("president2", 404)):
        assert as_person(name).get(f"/files/{file}").status_code == status, name
    with town.app.app_context():
        assert {row.person_id for row in db.session.query(CaseRead).all()} == {town.provincial.id}


@on_sqlite
def test_opening_a_case_again_writes_nothing(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.president)
    visitor, counts = as_person("reviewer"), []
    for _time in range(2):
        with counting_queries(engine_of(town.app)) as statements:
            visitor.get(f"/obstacles/{case.reference}")
        counts.append(sum("case_reads" in str(statement) for statement in statements))
    assert counts == [2, 1], "asked and written once, then only asked"


@on_sqlite
def test_a_name_goes_by_a_page_and_a_former_member_stands_on_the_case(town: Town, as_person: As) -> None:
    case = file_obstacle(town.app, town.delegate)
    end_mandates(town.app, town.delegate, datetime.now(UTC).date() - timedelta(days=2))
    path = f"/admin/people/{town.delegate.id}"
    admin = as_person("admin")
    assert f"{path}/pseudonymise" in admin.get(path).text
    assert admin.submit(f"{path}/pseudonymise", {"texts": "kept"}).status_code == 422
    sent = {"reason": "person_asked", "texts": "kept"}
    assert admin.submit(f"{path}/pseudonymise", sent).location == "/admin/privacy"
    assert "The person asked for it" in admin.get("/admin/privacy").text
    reader = as_person("president")
    for language, words in (("ar", "عضو(ة) سابق(ة)"), ("fr", "Ancien(ne) membre"), ("en", "A former member")):
        page = reader.get(f"/obstacles/{case.reference}?lang={language}").text
        assert words in page
        assert "Mme ou M. delegate" not in page
    assert admin.submit(f"{path}/restore").location == path
    assert "The name of this person is gone" in admin.get(path).text
