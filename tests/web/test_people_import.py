"""The pages of a table of people: sent, checked, corrected or accepted; for administrators of its region alone."""

import csv
import io
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Office
from escalation.domain.people_table import COLUMNS, PEOPLE
from escalation.extensions import db
from escalation.models.doors import Invitation, SecurityEvent
from escalation.models.imports import BacklogImport
from escalation.services.backlog.tables import read_table
from escalation.services.messages.claims import claim_due
from escalation.services.people.resets import answer_resets
from tests.factories import OTHER_REGION, REGION, Town, add_person, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.audit import faults_of, find_all, main_of, parse
from tests.web.conftest import As
from tests.web.forms import errors_of
from tests.web.test_imports import advance, count, send

NEW = "/admin/people/import"
HEAD = "email;name_ar;name_fr;phone;office;place;province\n"
GOOD = (
    HEAD + "one@example.test;خديجة;Khadija <b>;0660000001;commune_delegate;بوهودة;تاونات\n"
    "reviewer@example.test;;;;secretariat_staff;03;\n"
)
BAD = (
    "البريد الإلكتروني;الاسم بالعربية;الاسم بالفرنسية;الصفة;المكان;remarque\n"
    "nobody;خديجة;Khadija;commune_delegate;Atlantide;n\n;ا;b;<i>roi</i>;بوهودة;\n"
)
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def sent(visitor: Visitor, text: str | bytes) -> str:
    """Send a table and return the page of its import."""
    return str(send(visitor, text, path=NEW).location)


def test_a_table_is_sent_checked_accepted_and_everybody_is_invited(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    assert faults_of(admin.get(NEW), "en") == []
    page = sent(admin, GOOD)
    waiting = admin.get(page)
    assert faults_of(waiting, "en") == []
    assert "0 of 2 lines are checked" in waiting.text
    assert waiting.headers["Refresh"] == "3"
    advance(town)
    preview = admin.get(page)
    assert faults_of(preview, "en") == []
    for said in ("2 lines can be brought in", "Khadija &lt;b&gt;", "is invited by mail", "is here already", "Bouhouda"):
        assert said in preview.text
    assert count(town, Invitation) == 0
    assert admin.submit(f"{page}/accept").location == page
    assert admin.get(page).headers["Refresh"] == "3"
    admin.submit(f"{page}/accept")
    advance(town)
    done = admin.get(page)
    assert faults_of(done, "en") == []
    for said in ("2 lines were brought in", "1 invitation is on its way", "1 office was given to somebody"):
        assert said in done.text
    assert "one@example.test" in admin.get("/admin?lang=en").text
    assert "Khadija" in admin.get("/admin/invitations?lang=en").text
    assert sent(admin, GOOD) == page, "the same file again leads to what it became"
    with town.app.app_context():
        events = db.session.scalars(select(SecurityEvent.kind).order_by(SecurityEvent.id)).all()
    assert events[0] is SecurityEventKind.PEOPLE_IMPORTED
    assert "Table of people brought in" in admin.get("/admin/security?lang=en").text


def test_a_refused_table_names_line_column_and_what_to_do(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    page = sent(admin, BAD)
    advance(town)
    refused = admin.get(page)
    assert faults_of(refused, "en") == []
    for said in (
        "2 lines must be corrected", "Line 2", "This is not an e-mail address", "Atlantide", "No place of your region",
        "Line 3", "This cell is empty: fill it in.", "&lt;i&gt;roi&lt;/i&gt;", "none of the choices", "remarque",
    ):  # fmt: skip
        assert said in refused.text
    admin.submit(f"{page}/accept")
    advance(town)
    assert count(town, Invitation) == 0
    assert admin.submit(f"{page}/discard").location == NEW
    assert admin.get(page).status_code == 404


@SQLITE
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_page_of_an_import_is_sound_in_both_languages(town: Town, as_person: As, language: str) -> None:
    admin = as_person("admin")
    admin.get(f"/?lang={language}")
    good, bad = sent(admin, GOOD), sent(admin, BAD)
    advance(town)
    for path in (NEW, good, bad):
        assert faults_of(admin.get(path), language) == []
    admin.submit(f"{good}/accept")
    advance(town)
    assert faults_of(admin.get(good), language) == []


def workbook_of(*rows: tuple[str, ...]) -> bytes:
    """Return a workbook with these rows, the ones that begin with = as formulas."""
    book, written = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(written)
    return written.getvalue()


@SQLITE
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "Choose the file that holds your table."),
        (b"a,b\n1,2\n", "at least those of the address, the office and the place"),
        (b"email,office,place\n", "This table is empty"),
        (b"commune,project_name\na,b\n", "The first line must name the columns"),
        (b"PK\x03\x04", "This file cannot be read"),
        (b"email,office,place\n" + b"a,b,c\n" * 2001, "too many lines"),
    ],
    ids=["none", "no header", "empty", "of obstacles", "broken", "long"],
)
def test_a_file_that_cannot_be_a_table_is_refused_beside_its_field(
    town: Town, as_person: As, raw: bytes, said: str
) -> None:
    refused = send(as_person("admin"), raw, path=NEW)
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert said in errors_of(refused.text)["table"]
    assert count(town, BacklogImport) == 0


@SQLITE
def test_of_a_workbook_no_formula_is_carried_out(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    row = ("=HYPERLINK(1)", "=1+1", "<script>alert(1)</script>", "commune_delegate", "بوهودة")
    page = sent(admin, workbook_of(("email", "name_ar", "name_fr", "office", "place"), row))
    advance(town)
    refused = admin.get(page)
    assert "must be corrected" in refused.text
    assert "<script>alert" not in refused.text


@SQLITE
def test_an_import_is_seen_by_its_sender_alone_and_by_no_other_office(town: Town, as_person: As) -> None:
    page = sent(as_person("admin"), GOOD)
    advance(town)
    with town.app.app_context():
        second = sign_in(Visitor(town.app), add_person("admin2", Office.ADMINISTRATOR, REGION))
        foreigner = sign_in(Visitor(town.app), add_person("foreigner", Office.ADMINISTRATOR, OTHER_REGION))
    for other in (second, foreigner):
        assert other.get(page).status_code == 404
        assert other.submit(f"{page}/accept").status_code == 404
    for name in ("president", "chair", "secretary", "staff"):
        for path in (NEW, page, f"{NEW}/template.csv", f"{NEW}/template.xlsx"):
            assert as_person(name).get(path).status_code == 403


@SQLITE
def test_the_empty_tables_name_every_column_and_can_be_sent_back(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    text = admin.get(f"{NEW}/template.csv")
    assert next(csv.reader(io.StringIO(text.data.decode("utf-8-sig")), delimiter=";")) == list(COLUMNS)
    assert read_table(text.data + ";".join("x" for _ in COLUMNS).encode(), PEOPLE).unread == []
    book = load_workbook(io.BytesIO(admin.get(f"{NEW}/template.xlsx").data))
    assert [cell.value for cell in book.worksheets[0][1]] == list(COLUMNS)
    assert book["places"].max_row == 1 + 1 + 9 + 194
    assert book["office"]["A2"].value == "commune_president"


@SQLITE
def test_the_pages_of_an_import_ask_no_more_for_more_lines(town: Town, as_person: As) -> None:
    admin, engine, asked = as_person("admin"), engine_of(town.app), []
    for lines in (2, 60):
        rows = [f"p{lines}.{each}@example.test;خ;K;;commune_delegate;بوهودة;\n" for each in range(lines)]
        page = sent(admin, HEAD + "".join(rows))
        advance(town)
        with counting_queries(engine) as statements:
            shown = admin.get(page)
        asked.append(len(statements))
        assert len(find_all(main_of(parse(shown.text)), "li")) == min(lines, 50)
    assert asked[0] == asked[1] <= 12


@SQLITE
def test_hundreds_of_invitations_are_brought_in_and_urgent_letters_pass_them(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    rows = [f"p{each}@example.test;خ;K;;commune_delegate;بوهودة;\n" for each in range(300)]
    page = sent(admin, HEAD + "".join(rows))
    advance(town)
    admin.submit(f"{page}/accept")
    advance(town)
    assert "300 lines were brought in" in admin.get(f"{page}?lang=en").text
    assert count(town, Invitation) == 300
    assert Visitor(town.app).submit("/password", {"email": "president@example.test"}).status_code == 303
    with town.app.app_context():
        answer_resets(datetime.now(UTC))
        assert [claimed.event for claimed in claim_due(1)] == ["account_reset_asked"]
