"""Files become lines within bounds: text in any of its writings, workbooks, and those that would unpack without end."""

import io
import zipfile
from datetime import date, datetime, time
from functools import partial

import pytest
from openpyxl import Workbook, load_workbook

from escalation.domain.backlog import OBSTACLES
from escalation.services.backlog import tables, workbooks
from escalation.services.backlog.tables import Line, TableRefused
from escalation.services.backlog.workbooks import write_workbook

read_table = partial(tables.read_table, columns=OBSTACLES)

ARABIC = 'الجماعة;المشروع;الوصف\nبوهودة;مسلك قروي;"سطر\nآخر"\n'
FRENCH = "Commune,Projet,Bloqué depuis\nFès,Réfection de l’école,2026-03-02\n"


def refusal(raw: bytes) -> str:
    """Return why a file is refused."""
    with pytest.raises(TableRefused) as refused:
        read_table(raw)
    return refused.value.reason


def workbook(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook with these rows."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def packed(**parts: str) -> bytes:
    """Return a workbook in which some parts are others than they should be."""
    made, written = zipfile.ZipFile(io.BytesIO(workbook(("commune", "project_name"), ("a", "b")))), io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            key = name.rsplit("/", 1)[-1].split(".")[0]
            archive.writestr(name, parts.get(key, made.read(name)))
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256", "utf-16"])
def test_arabic_text_is_read_in_every_writing_of_a_spreadsheet(encoding: str) -> None:
    table = read_table(ARABIC.encode(encoding))
    assert table.lines == [Line(2, {"commune": "بوهودة", "project_name": "مسلك قروي", "description": "سطر\nآخر"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_french_text_is_read_in_every_writing_of_a_spreadsheet(encoding: str) -> None:
    table = read_table(FRENCH.encode(encoding))
    assert table.lines[0].cells == {
        "commune": "Fès",
        "project_name": "Réfection de l’école",
        "blocked_since": "2026-03-02",
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_may_be_parted_in_three_ways(separator: str) -> None:
    text = separator.join(("commune", "project_name", "N°")) + "\n\n" + separator.join(("a", "b", "7")) + "\n"
    table = read_table(text.encode())
    assert (table.lines, table.unread) == ([Line(3, {"commune": "a", "project_name": "b"})], ["N°"])
    assert read_table(b"sep=;\r\ncommune;project_name\r\na;b\r\n").lines[0].cells["project_name"] == "b"


def test_cells_are_cleaned_as_answers_of_a_form_are() -> None:
    table = read_table("commune,project_name\n a\u0007b ,e\u0301\n".encode())
    assert table.lines[0].cells == {"commune": "ab", "project_name": "é"}


def test_a_workbook_is_read_as_its_cells_show_it() -> None:
    row = ("بوهودة", "مسلك", date(2026, 3, 2), 2480000.5, 1200.0, 612345678)
    raw = workbook(("الجماعة", "المشروع", "blocked_since", "budget", "people_affected", "الهاتف"), (None,), row)
    assert read_table(raw).lines == [
        Line(
            3,
            {
                "commune": "بوهودة",
                "project_name": "مسلك",
                "blocked_since": "2026-03-02",
                "budget": "2480000.5",
                "people_affected": "1200",
                "callback_phone": "612345678",
            },
        )
    ]
    assert workbooks._text(datetime.combine(date(2026, 1, 2), time(8))) == "2026-01-02"


def test_of_a_formula_only_what_it_came_to_is_read() -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>commune</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>project_name</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>CONCATENATE("بوه","ودة")</f><v>بوهودة</v></c>'
        '<c r="B2" t="inlineStr"><is><t>=HYPERLINK(1)</t></is></c></row></sheetData></worksheet>'
    )
    assert read_table(packed(sheet1=sheet)).lines == [Line(2, {"commune": "بوهودة", "project_name": "=HYPERLINK(1)"})]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no_lines"),
        (b"\n\n", "no_lines"),
        (b"commune,project_name\n", "no_lines"),
        (b"commune,project_name\n,,\n", "no_lines"),
        (b"un,deux\na,b\n", "no_header"),
        (b"commune,title\na,b\n", "no_header"),
        (b"commune,project_name,Projet\na,b,c\n", "column_twice"),
        (b"commune,project_name\na,b\0c\n", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
        (b"PK\x03\x04 nothing more", "unreadable"),
        (b"commune,project_name\n" + b"a,b\n" * 2001, "too_many_lines"),
        (b"commune,project_name\n" + b"\n" * 20_001 + b"a,b\n", "too_many_lines"),
        (b"commune,project_name\na," + b"b" * 200_000, "unreadable"),
        (b"x" * (tables.MOST_BYTES + 1), "too_large"),
        (b"commune,project_name\na,\x81\xc9\x90 caf\xe9\n", "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


def test_two_thousand_lines_are_not_too_many() -> None:
    assert len(read_table(b"commune,project_name\n" + b"a,b\n" * 2000).lines) == 2000


OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = "</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (f"{OPEN}<row>{'<c/>' * 500_000}</row>{CLOSE}", "too_large"),
        (f"{OPEN}<row><c t='inlineStr'><is><t>{'a' * 41_000_000}</t></is></c></row>{CLOSE}", "too_large"),
        (f"<!DOCTYPE x [<!ENTITY a 'b'>]>{OPEN}<row><c><v>&a;</v></c></row>{CLOSE}", "unreadable"),
        (f"{OPEN}<row r='999999999999'><c r='A1'><v>1</v></c></row>{CLOSE}", "too_many_lines"),
        (f"{OPEN}<row r='x'><c r='??'><v>1</v></c></row>{CLOSE}", "unreadable"),
        (f"{OPEN}<row><c t='s'><v>7</v></c></row>{CLOSE}", "unreadable"),
        ("<worksheet", "unreadable"),
        ("", "unreadable"),
    ],
    ids=["cells", "text", "entities", "far row", "no place", "no such text", "half", "nothing"],
)
def test_a_small_workbook_that_unpacks_to_a_huge_or_broken_one_is_refused(sheet: str, reason: str) -> None:
    raw = packed(sheet1=sheet)
    assert len(raw) < 200_000
    assert refusal(raw) == reason


def test_a_workbook_of_very_many_parts_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for number in range(workbooks.MOST_PARTS + 1):
            archive.writestr(f"{number}.xml", "<a/>")
    assert refusal(written.getvalue()) == "too_large"


def test_a_part_that_is_not_named_as_xml_is_not_read_as_it() -> None:
    texts = "<sst>" + "<si><t>a</t></si>" * 500_000 + "</sst>"
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed())) as honest,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in honest.infolist():
            named = honest.read(part).replace(b"sharedStrings.xml", b"sharedStrings.bin")
            archive.writestr(part.filename.replace("sharedStrings.xml", "sharedStrings.bin"), named)
        archive.writestr("xl/strings.bin", texts.encode("utf-16-be"))
    assert len(written.getvalue()) < 200_000
    counted = workbooks._counted(written.getvalue())
    with zipfile.ZipFile(counted) as left:
        assert [name for name in left.namelist() if not name.endswith((".xml", ".rels"))] == []


def test_a_part_that_comes_twice_is_refused() -> None:
    written = io.BytesIO(packed())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(written, "a") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    assert refusal(written.getvalue()) == "unreadable"


def test_a_written_workbook_reads_from_the_right_for_arabic() -> None:
    raw = write_workbook({"one": [["commune"], ["بوهودة"]], "two": [["x"]]}, right_to_left=True)
    book = load_workbook(io.BytesIO(raw))
    assert book.sheetnames == ["one", "two"]
    assert book["one"].sheet_view.rightToLeft
    assert book["one"]["A2"].value == "بوهودة"
