"""Files in forms and at their addresses: chosen, refused by name, kept beside what is typed, given to who may read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from escalation.extensions import db
from escalation.models.files import CaseFile
from escalation.models.obstacles import Obstacle
from escalation.services.files.attaching import erase_file
from tests.factories import Filed, Town, file_obstacle, save_draft
from tests.file_makers import letter, paper, picture
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import CSRF_VALUE, ORIGIN, Visitor
from tests.web import cases
from tests.web.audit import faults_of
from tests.web.conftest import As
from tests.web.forms import ALL_SIX, errors_of, fresh_form, reference_in

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MOST = 10_000_000

Given = list[tuple[str, bytes]]


def send(visitor: Visitor, path: str, fields: dict[str, Any], files: Given, **headers: str) -> TestResponse:
    """Send a form with files as a browser does, in a body made here: names stand in it as they are."""
    with visitor.session_transaction(base_url=ORIGIN) as session:
        session.setdefault("language", "en")
        session.setdefault("csrf_token", CSRF_VALUE)
        value = session["csrf_token"]
    token = URLSafeTimedSerializer(str(visitor.application.secret_key), salt="wtf-csrf-token").dumps(value)
    body = b""
    for name, text in {"csrf_token": token, **fields}.items():
        for each in text if isinstance(text, list) else [text]:
            body += f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{each}\r\n'.encode()
    for name, raw in files:
        given = (
            name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        )
        body += b'--b\r\nContent-Disposition: form-data; name="files"; filename="' + given + b'"\r\n'
        body += b"Content-Type: application/octet-stream\r\n\r\n" + raw + b"\r\n"
    given_headers = {"Referer": f"{ORIGIN}/"} | headers
    kind = "multipart/form-data; boundary=b"
    return visitor.post(path, data=body + b"--b--\r\n", content_type=kind, headers=given_headers)


def rows(town: Town) -> list[CaseFile]:
    """Return every file there is."""
    with town.app.app_context():
        return list(db.session.scalars(select(CaseFile).order_by(CaseFile.id)))


def comment_with(as_person: As, town: Town, files: Given, who: str = "president") -> Filed:
    """Say something on a new case, with files."""
    case = file_obstacle(town.app, town.president)
    answer = send(as_person(who), f"{cases.address(case)}/comment", {"comment": "انظر"}, files)
    assert answer.status_code == 303, answer.text
    return case


def test_a_filing_is_refused_one_file_keeps_the_rest_and_files_them(town: Town, as_person: As) -> None:
    president = as_person("president")
    page = president.get("/obstacles/new")
    assert faults_of(page, "en") == []
    assert 'enctype="multipart/form-data"' in page.text
    fields = fresh_form(president, "/obstacles/new", **ALL_SIX)
    given = [("صورة.jpg", picture()), ("setup.pdf", b"MZ" * 50), ("محضر.pdf", paper())]
    refused = send(president, "/obstacles/new", fields | {"do": "file"}, given)
    assert refused.status_code == 422
    assert faults_of(refused, "en") == []
    assert "setup.pdf" in errors_of(refused.text)["files"]
    assert "this kind is not taken" in errors_of(refused.text)["files"]
    for kept in (ALL_SIX["description"], "صورة.jpg", "محضر.pdf", 'name="leave_out"'):
        assert kept in refused.text
    assert [row.attached_at for row in rows(town)] == [None, None]
    assert "صورة.jpg" not in as_person("delegate").get("/obstacles/new").text, "what waits is its chooser's alone"
    filed = president.submit("/obstacles/new", fields | {"do": "file", "files": ""})
    assert filed.status_code == 303
    case = president.get(f"/obstacles/{reference_in(filed.location)}")
    assert faults_of(case, "en") == []
    for row in rows(town):
        assert f'href="/files/{row.public_id}"' in case.text
        assert row.event_seq == 1
    assert f'src="/files/{rows(town)[0].public_id}/small"' in case.text
    assert "صورة.jpg" not in president.get("/obstacles/new").text


def test_what_waits_is_left_out_when_it_is_ticked(town: Town, as_person: As) -> None:
    draft = save_draft(town.app, town.president)
    president, path = as_person("president"), f"/obstacles/drafts/{draft.id}"
    fields = fresh_form(president, path)
    assert send(president, path, fields | {"do": "save"}, [("a.jpg", picture()), ("b.pdf", paper())]).status_code == 303
    page = as_person("delegate").get(path)
    assert "b.pdf" in page.text, "who may see the draft sees its files"
    first, second = rows(town)
    fields = fresh_form(president, path) | {"leave_out": [first.public_id], "do": "save"}
    assert president.submit(path, fields).status_code == 303
    assert [row.public_id for row in rows(town)] == [second.public_id]
    other = save_draft(town.app, town.president)
    as_person("delegate").submit(f"/obstacles/drafts/{other.id}", {"leave_out": second.public_id, "do": "save"})
    assert len(rows(town)) == 1, "nobody takes back a file of another form"


@SQLITE
def test_a_file_that_lands_while_its_draft_is_made_follows_the_form(town: Town, as_person: As) -> None:
    president = as_person("president")
    form = fresh_form(president, "/obstacles/new", **ALL_SIX)
    kept = president.submit("/obstacles/new", form | {"do": "keep"})
    assert kept.json is not None
    send(president, "/obstacles/new", {"do": "attach"}, [("a.jpg", picture())])
    fields = form | {"do": "continue", "version": str(kept.json["version"])}
    other = save_draft(town.app, town.president)
    another = fields | {"do": "save", "idempotency_key": "of another form"}
    assert president.submit(f"/obstacles/drafts/{other.id}", another).status_code == 303
    assert rows(town)[0].attached_at is None, "another draft is not its form's"
    assert president.submit(kept.json["draft"], fields).status_code == 303
    assert "a.jpg" in president.get(kept.json["draft"]).text


@SQLITE
def test_a_move_sent_twice_with_its_file_is_made_once(town: Town, as_person: As) -> None:
    case, president = cases.asked(town), as_person("president")
    path = f"{cases.address(case)}/answer"
    fields = fresh_form(president, path, answer="رقمها 12")
    for _time in range(2):
        assert send(president, path, fields, [("a.pdf", paper())]).status_code == 303
    assert [row.event_seq is not None for row in rows(town)] == [True]
    assert "a.pdf" in as_person("reviewer").get(cases.address(case)).text


@SQLITE
def test_the_script_is_told_what_waits_and_what_was_refused(town: Town, as_person: As) -> None:
    case, president = file_obstacle(town.app, town.president), as_person("president")
    path = f"{cases.address(case)}/comment"
    told = send(president, path, {"do": "attach"}, [("a.jpg", picture())])
    assert told.status_code == 200
    (row,) = rows(town)
    line = {"id": row.public_id, "name": "a.jpg", "size": "1 KB", "url": f"/files/{row.public_id}"}
    assert told.json == {"files": [line], "refused": []}
    again = send(president, path, {"do": "attach"}, [("evil.svg", b"<svg/>")])
    assert again.json is not None
    assert (len(again.json["files"]), len(again.json["refused"])) == (1, 1)
    page = president.get(cases.address(case))
    assert faults_of(page, "en") == []
    assert "a.jpg" in page.text
    assert president.submit(path, {"do": "keep", "comment": "نص", "keeper": "x"}).status_code == 401
    assert len(rows(town)) == 1, "a keeping leaves files alone"
    assert president.submit(path, {"do": "attach", "leave_out": row.public_id}).json == {"files": [], "refused": []}
    assert rows(town) == []
    send(president, path, {"do": "attach"}, [("a.jpg", picture())])
    assert president.submit(path, {"do": "afresh"}).status_code == 303
    assert rows(town) == [], "begun afresh without it"


@SQLITE
@pytest.mark.parametrize("who", ["president2", "secretary", "admin", "nobody", "stranger"])
def test_who_may_not_write_brings_no_file(town: Town, as_person: As, who: str) -> None:
    case = file_obstacle(town.app, town.president)
    for do in ("attach", "send"):
        for word in ("comment", "escalate", "amend", "note"):
            fields = {"do": do, "comment": "x", "reason": "x", "note": "x"}
            answer = send(as_person(who), f"{cases.address(case)}/{word}", fields, [("a.jpg", picture())])
            assert answer.status_code in (403, 404, 413), (word, answer.status_code)
    assert rows(town) == []


READERS = {
    "comment": {"president", "delegate", "scribe", "reviewer", "coordinator", "secretary", "provincial"},
    "note": {"reviewer", "coordinator"},
    "draft": {"president", "delegate", "scribe"},
    "waiting": {"president"},
}
EVERYBODY = {
    "president", "delegate", "scribe", "president2", "president3", "reviewer", "coordinator", "reviewer3", "member",
    "chair", "secretary", "provincial", "staff", "parliament", "admin", "stranger", "nobody",
}  # fmt: skip


@SQLITE
@pytest.mark.parametrize("place", READERS)
def test_each_file_is_read_by_exactly_those_who_read_its_words(town: Town, as_person: As, place: str) -> None:
    jpg = [("a.jpg", picture())]
    case = file_obstacle(town.app, town.president)
    if place == "draft":
        draft = save_draft(town.app, town.president)
        path = f"/obstacles/drafts/{draft.id}"
        send(as_person("president"), path, fresh_form(as_person("president"), path) | {"do": "save"}, jpg)
    elif place == "waiting":
        send(as_person("president"), f"{cases.address(case)}/comment", {"do": "attach"}, jpg)
    else:
        who = "reviewer" if place == "note" else "president"
        send(as_person(who), f"{cases.address(case)}/{place}", {place: "x"}, jpg)
    (row,) = rows(town)
    for address in (f"/files/{row.public_id}", f"/files/{row.public_id}/small"):
        got = {name: as_person(name).get(address).status_code for name in EVERYBODY}
        assert {name for name, status in got.items() if status == 200} == READERS[place]
        assert {status for name, status in got.items() if name not in READERS[place]} == {404}
        assert Visitor(town.app).get(address).status_code == 302
    assert as_person("president").get(f"/files/{'A' * 22}").status_code == 404


@SQLITE
def test_a_file_is_given_to_be_saved_under_its_name_and_may_do_nothing(town: Town, as_person: As) -> None:
    comment_with(as_person, town, [("محضر.pdf", paper()), ("a.jpg", picture())])
    document, image = rows(town)
    answer = as_person("reviewer").get(f"/files/{document.public_id}")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%D9%85%D8%AD%D8%B6%D8%B1.pdf" in disposition
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    small = as_person("reviewer").get(f"/files/{image.public_id}/small")
    assert (small.headers["Content-Type"], small.headers["Cache-Control"]) == ("image/webp", "no-store")
    assert as_person("reviewer").get(f"/files/{document.public_id}/small").status_code == 404


@SQLITE
def test_parts_of_a_file_and_what_was_got_before_are_not_sent_again(town: Town, as_person: As) -> None:
    comment_with(as_person, town, [("a.pdf", paper())])
    reader, address = as_person("reviewer"), f"/files/{rows(town)[0].public_id}"
    whole = reader.get(address)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = reader.get(address, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, whole.data[:10])
    assert part.headers["Content-Range"] == f"bytes 0-9/{len(whole.data)}"
    assert reader.get(address, headers={"Range": "bytes=-5"}).data == whole.data[-5:]
    assert reader.get(address, headers={"Range": f"bytes={len(whole.data)}-"}).status_code == 416
    assert reader.get(address, headers={"Range": "bytes=x"}).status_code in (200, 416)
    unchanged = reader.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    stale = reader.get(address, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (stale.status_code, stale.data) == (200, whole.data)
    assert reader.head(address).headers["Content-Length"] == str(len(whole.data))


HOSTILE_NAMES = [
    "../../etc/passwd.jpg", "a\0b.jpg", "\u202egpj.exe.jpg", "x" * 300 + ".jpg", "صورة المشروع.jpg", "con.jpg",
    'a";filename="b.html', "a\r\nSet-Cookie: x=1.jpg", "%2e%2e%2f.jpg", "<img src=x>.jpg", "a.html.jpg", ".jpg",
    "é́.jpg", "{{7*7}}.jpg", "=1+1.jpg", "\udc80.jpg",
]  # fmt: skip


@SQLITE
def test_whatever_a_file_is_called_nothing_fails_and_the_header_is_sound(town: Town, as_person: As) -> None:
    case, president = file_obstacle(town.app, town.president), as_person("president")
    for number, name in enumerate(HOSTILE_NAMES):
        raw = picture(size=(10 + number, 10))
        answer = send(president, f"{cases.address(case)}/comment", {"comment": str(number)}, [(name, raw)])
        assert answer.status_code in (303, 400, 422), ascii(name)
        if answer.status_code != 303:
            assert faults_of(answer, "en") == [], ascii(name)
            continue
        row = rows(town)[-1]
        got = president.get(f"/files/{row.public_id}")
        header = got.headers["Content-Disposition"]
        assert row.name.endswith(".jpg")
        assert row.name.isprintable()
        assert got.status_code == 200
        assert header.isascii()
        assert header.isprintable()
        assert "html" not in header.split("filename*=")[0].replace("b-html", "")
    page = president.get(cases.address(case))
    assert faults_of(page, "en") == []
    assert "<img src=x>" not in page.text


@SQLITE
def test_whatever_comes_as_a_file_nothing_fails_and_the_text_is_kept(town: Town, as_person: As) -> None:
    case, president = file_obstacle(town.app, town.president), as_person("president")
    path = f"{cases.address(case)}/comment"
    hostile = [
        ("a.jpg", b""),
        ("a.jpg", picture()[:200]),
        ("a.docx", letter()[:300]),
        ("a.pdf", paper()[:200]),
        ("a.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8 " + b"\0" * 90),
        ("a.pdf", b"%PDF-1.7\n" + b"1 0 obj<</Length 99999999>>stream\n" * 20),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("big.jpg", picture() + b"\0" * MOST),
    ]
    for name, raw in hostile:
        answer = send(president, path, {"comment": "نص لا يضيع"}, [(name, raw)])
        assert answer.status_code == 422, name
        assert faults_of(answer, "en") == []
        assert "نص لا يضيع" in answer.text
        assert name in errors_of(answer.text)["comment-files"]
    assert "at most 10 MB" in errors_of(answer.text)["comment-files"]
    assert rows(town) == []
    six = send(president, path, {"comment": "x"}, [(f"{n}.jpg", picture(size=(10 + n, 9))) for n in range(6)])
    assert six.status_code == 422
    assert "at most 5 files go with it" in errors_of(six.text)["comment-files"]
    assert len(rows(town)) == 5
    assert six.text.count('name="leave_out"') == 5
    assert president.submit(path, {"comment": "x"}).status_code == 303
    too_much = send(president, path, {"comment": "x"}, [("a.jpg", b"\0" * (7 * MOST))])
    assert too_much.status_code == 413


@SQLITE
def test_a_page_is_asked_with_few_queries_however_many_files(town: Town, as_person: As) -> None:
    case = comment_with(as_person, town, [("a.jpg", picture())])
    page, counts = cases.address(case), []
    for more in range(2):
        as_person("reviewer").get(page)
        with counting_queries(engine_of(town.app)) as counted:
            assert as_person("reviewer").get(page).status_code == 200
        counts.append(len(counted))
        files = [(f"{n}.jpg", picture(size=(20 + n, 9 + more))) for n in range(4)]
        send(as_person("president"), f"{page}/comment", {"comment": "y"}, files)
    assert counts[0] == counts[1]


@SQLITE
def test_an_erased_file_is_told_of_without_its_name(town: Town, as_person: As) -> None:
    case = comment_with(as_person, town, [("سري.pdf", paper())])
    (row,) = rows(town)
    with town.app.app_context():
        erase_file(row.public_id, datetime.now(UTC) + timedelta(seconds=1))
    page = as_person("reviewer").get(cases.address(case))
    assert faults_of(page, "en") == []
    assert "A file was erased." in page.text
    assert "سري" not in page.text
    assert as_person("reviewer").get(f"/files/{row.public_id}").status_code == 404


@SQLITE
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_form_that_takes_files_is_sound_in_both_languages(town: Town, as_person: As, language: str) -> None:
    president, reviewer = as_person("president"), as_person("reviewer")
    case = comment_with(as_person, town, [("a.jpg", picture())])
    for visitor in (president, reviewer):
        visitor.get(f"/?lang={language}")
    page = cases.address(case)
    for path in ("comment", "amend", "withdraw"):
        send(president, f"{page}/{path}", {"do": "attach"}, [("ب.pdf", paper())])
        shown = president.get(f"{page}/{path}")
        assert faults_of(shown, language) == []
        assert "ب.pdf" in shown.text
    assert send(reviewer, f"{page}/note", {"note": "نص"}, [("ج.docx", letter())]).status_code == 303
    for visitor in (president, reviewer):
        assert faults_of(visitor.get(page), language) == []
    assert "ج.docx" in reviewer.get(page).text
    assert "ج.docx" not in president.get(page).text


@SQLITE
def test_other_addresses_take_no_large_body(town: Town, as_person: As) -> None:
    case, president = file_obstacle(town.app, town.president), as_person("president")
    large = [("a.jpg", picture() + b"\0" * 2_000_000)]
    for path in ("/inbox/read", "/account/language", f"{cases.address(case)}/undo", "/obstacles/drafts/1/discard"):
        assert send(president, path, {}, large).status_code == 413, path
    nobody = send(as_person("nobody"), f"{cases.address(case)}/comment", {}, large)
    assert nobody.status_code == 413, "who holds no office sends no file"
    elsewhere = send(president, f"{cases.address(case)}/comment", {}, large, Referer="https://evil.test/")
    assert elsewhere.status_code == 400
    with town.app.app_context():
        assert db.session.scalars(select(Obstacle)).one().version == 2
