"""The pages of a table that is brought in: sent, checked, corrected or accepted; for the staff of its region alone."""

import csv
import io
from datetime import UTC, datetime

import pytest
from itsdangerous import URLSafeTimedSerializer
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from escalation.domain.backlog import COLUMNS, OBSTACLES
from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.imports import BacklogImport
from escalation.models.obstacles import Obstacle
from escalation.services.backlog.imports import advance_imports
from escalation.services.backlog.tables import MOST_BYTES, read_table
from tests.factories import OTHER_REGION, REGION, Town, add_person, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import CSRF_VALUE, ORIGIN, Visitor
from tests.web.audit import faults_of, find_all, main_of, parse
from tests.web.conftest import As
from tests.web.forms import errors_of

NEW = "/obstacles/import"
GOOD = "commune;project_name;obstacle_type\nبوهودة;مسلك <b>;rural_track\nعين عائشة;بئر;\n"
BAD = "الجماعة;المشروع;البرنامج;remarque;budget\nAtlantide;x;;n;<i>cher</i>\n;y;;;\n"
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def send(visitor: Visitor, text: str | bytes, path: str = NEW, **headers: str) -> TestResponse:
    """Send a file as the page's form does, in a body made here: the client would leave a file of its own open."""
    raw = text.encode() if isinstance(text, str) else text
    head = 'Content-Disposition: form-data; name="table"; filename="متأخرات.csv"\r\nContent-Type: text/csv'
    body = f"--b\r\n{head}\r\n\r\n".encode() + raw + b"\r\n--b--\r\n"
    with visitor.session_transaction(base_url=ORIGIN) as session:
        session.setdefault("csrf_token", CSRF_VALUE)
        value = session["csrf_token"]
    signer = URLSafeTimedSerializer(str(visitor.application.secret_key), salt="wtf-csrf-token")
    given = {"Referer": f"{ORIGIN}/", "X-CSRFToken": signer.dumps(value)} | headers
    return visitor.post(path, data=body, content_type="multipart/form-data; boundary=b", headers=given)


def advance(town: Town) -> None:
    """Let a worker do all that it finds."""
    with town.app.app_context():
        advance_imports(datetime.now(UTC))


def count(town: Town, model: type) -> int:
    """Return how many rows of a table there are."""
    with town.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_table_is_sent_checked_accepted_and_stands_in_every_list(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    assert faults_of(staff.get(NEW), "en") == []
    page = send(staff, GOOD).location
    assert page == "/obstacles/imports/1"
    waiting = staff.get(page)
    assert faults_of(waiting, "en") == []
    assert "0 of 2 lines are checked" in waiting.text
    assert waiting.headers["Refresh"] == "3"
    advance(town)
    preview = staff.get(page)
    assert faults_of(preview, "en") == []
    assert "Refresh" not in preview.headers
    for said in ("2 drafts are ready to be made", "Commune of Bouhouda", "مسلك &lt;b&gt;", "Rural track"):
        assert said in preview.text
    assert staff.submit(f"{page}/accept").location == page
    assert staff.get(page).headers["Refresh"] == "3"
    assert staff.submit(f"{page}/accept").location == page, "sent twice it is accepted once"
    advance(town)
    done = staff.get(page)
    assert faults_of(done, "en") == []
    assert "2 drafts were made" in done.text
    assert 'href="/obstacles/drafts/1"' in done.text
    for name in ("staff", "president"):
        assert 'href="/obstacles/drafts/1"' in as_person(name).get("/obstacles").text
        assert as_person(name).get("/obstacles/drafts/1").status_code == 200
    assert count(town, Obstacle) == 2
    assert send(staff, GOOD).location == page, "the same file again leads to what it became"


def test_a_refused_table_names_line_column_and_what_to_do(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    page = send(staff, BAD).location
    advance(town)
    refused = staff.get(page)
    assert faults_of(refused, "en") == []
    for said in (
        "2 lines must be corrected",
        "Line 2",
        "Atlantide",
        "No commune of the region has this name",
        "&lt;i&gt;cher&lt;/i&gt;",
        "This is not an amount in dirhams",
        "Line 3",
        "This cell is empty: fill it in.",
        "remarque",
    ):
        assert said in refused.text
    assert "/accept" not in refused.text
    staff.submit(f"{page}/accept")
    advance(town)
    assert count(town, Obstacle) == 0
    assert staff.submit(f"{page}/discard").location == NEW
    assert staff.get(page).status_code == 404


@SQLITE
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_page_of_an_import_is_sound_in_both_languages(town: Town, as_person: As, language: str) -> None:
    staff = as_person("staff")
    staff.get(f"/?lang={language}")
    good, bad = send(staff, GOOD).location, send(staff, BAD).location
    assert faults_of(staff.get(good), language) == []
    advance(town)
    for path in (NEW, good, bad):
        assert faults_of(staff.get(path), language) == []


@SQLITE
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "Choose the file that holds your table."),
        (b"a,b\n1,2\n", "The first line must name the columns"),
        (b"\xd0\xcf\x11\xe0", "workbook of the old kind"),
        (b"commune,project_name\n", "This table is empty"),
        (b"PK\x03\x04", "This file cannot be read"),
        (b"commune,project_name\n" + b"a,b\n" * 2001, "too many lines"),
        (b"x" * (MOST_BYTES + 1), "at most 5 MB"),
    ],
    ids=["none", "no header", "old", "empty", "broken", "long", "large"],
)
def test_a_file_that_cannot_be_a_table_is_refused_beside_its_field(
    town: Town, as_person: As, raw: bytes, said: str
) -> None:
    refused = send(as_person("staff"), raw)
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert said in errors_of(refused.text)["table"]
    assert count(town, BacklogImport) == 0


@SQLITE
def test_no_file_at_all_is_asked_for(town: Town, as_person: As) -> None:
    refused = as_person("staff").submit(NEW, {"table": ""})
    assert (refused.status_code, list(errors_of(refused.text))) == (422, ["table"])


@SQLITE
def test_only_this_address_and_only_from_the_staff_takes_a_large_body(town: Town, as_person: As) -> None:
    large = GOOD.encode() + b";" * 2_000_000
    staff = as_person("staff")
    assert send(staff, large).status_code == 303
    assert send(staff, b"x" * 5_100_000).status_code == 413
    assert send(staff, large, **{"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert send(as_person("president"), large).status_code == 413
    assert send(Visitor(town.app), large).status_code == 413
    for path in ("/obstacles/imports/1/accept", "/obstacles/capture", "/admin/settings/confirm_days"):
        assert send(staff, large, path=path).status_code == 413


def test_an_import_is_seen_and_accepted_by_its_sender_alone(town: Town, as_person: As) -> None:
    page = send(as_person("staff"), GOOD).location
    advance(town)
    with town.app.app_context():
        colleague = sign_in(Visitor(town.app), add_person("colleague", Office.SECRETARIAT_STAFF, REGION))
        foreigner = sign_in(Visitor(town.app), add_person("foreigner", Office.SECRETARIAT_STAFF, OTHER_REGION))
    assert as_person("staff").get(page).status_code == 200
    for other in (colleague, foreigner):
        assert other.get(page).status_code == 404
        assert page not in other.get(NEW).text
        for act in ("accept", "discard"):
            assert other.submit(f"{page}/{act}").status_code == 404
    for name in ("president", "reviewer", "member", "secretary", "admin", "nobody"):
        paths = [NEW, page, f"{NEW}/template.csv", f"{NEW}/template.xlsx"]
        assert {as_person(name).get(path).status_code for path in paths} == {403}
        assert as_person(name).submit(f"{page}/accept").status_code == 403
    advance(town)
    assert count(town, Obstacle) == 0


@SQLITE
def test_the_empty_tables_name_every_column_and_can_be_sent_back(town: Town, as_person: As) -> None:
    staff = as_person("staff")
    text = staff.get(f"{NEW}/template.csv")
    assert text.headers["Content-Disposition"] == 'attachment; filename="template.csv"'
    assert next(csv.reader(io.StringIO(text.data.decode("utf-8-sig")), delimiter=";")) == list(COLUMNS)
    row = ";".join({"commune": "بوهودة", "project_name": "مسلك"}.get(name, "") for name in COLUMNS)
    assert read_table(text.data + row.encode(), OBSTACLES).unread == []
    book = load_workbook(io.BytesIO(staff.get(f"{NEW}/template.xlsx").data))
    assert [cell.value for cell in book.worksheets[0][1]] == list(COLUMNS)
    assert book["communes"].max_row == 195
    assert book["obstacle_type"]["A2"].value == "land_availability"
    for answer in (text, staff.get(f"{NEW}/template.xlsx")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@SQLITE
def test_the_pages_of_an_import_ask_no_more_for_more_lines(town: Town, as_person: As) -> None:
    staff, engine = as_person("staff"), engine_of(town.app)
    asked: list[int] = []
    for lines in (2, 60):
        page = send(staff, "commune;project_name\n" + f"بوهودة;م{lines}\n" * lines).location
        advance(town)
        with counting_queries(engine) as statements:
            staff.get(page)
        staff.submit(f"{page}/accept")
        advance(town)
        with counting_queries(engine) as more:
            shown = staff.get(page)
        asked.append(len(statements) + len(more))
        assert len(find_all(main_of(parse(shown.text)), "li")) == min(lines, 50)
    assert asked[0] == asked[1] <= 24
