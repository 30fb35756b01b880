"""What may be kept of a file: known by what it holds, made anew where it can be, refused where it could act."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from escalation.domain.files import LONGEST_SIDE, FileFault, FileKind, FileRefused, clean_name
from escalation.services.files.checker import Checked, check
from tests.file_makers import (
    EICAR,
    act,
    animated,
    claiming_jpeg,
    huge_png,
    letter,
    linked,
    locked_paper,
    lying_letter,
    open_text,
    packed,
    paper,
    paper_with_file,
    picture,
    table,
    telling_picture,
    written,
)

MOST = 10_000_000
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><w:document xmlns:w="w">&c;</w:document>'
)
OUTER = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w">&x;</w:document>'
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXE = b"MZ\x90\x00\x03" + b"\0" * 200


def checked(raw: bytes, name: str) -> Checked:
    """Return what is kept of a file."""
    return check(raw, name, MOST)


def opened(content: bytes) -> Image.Image:
    """Return a kept picture, opened."""
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        (picture("JPEG"), "صورة.jpg", FileKind.JPG),
        (picture("JPEG"), "IMG_0001.JPEG", FileKind.JPG),
        (picture("PNG"), "a.png", FileKind.PNG),
        (picture("WEBP"), "a.webp", FileKind.WEBP),
        (paper(), "محضر.pdf", FileKind.PDF),
        (letter(), "a.docx", FileKind.DOCX),
        (table(), "a.xlsx", FileKind.XLSX),
        (open_text(), "a.odt", FileKind.ODT),
        (picture("JPEG"), "a.png", FileKind.JPG),
        (paper(), "document", FileKind.PDF),
        (linked("hyperlink"), "a.docx", FileKind.DOCX),
    ],
)
def test_every_kind_is_taken_under_its_own_name(raw: bytes, name: str, kind: FileKind) -> None:
    assert checked(raw, name).kind is kind


@pytest.mark.parametrize("raw", [picture(), paper(), letter(), open_text()])
@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.svg", "a.docm", "a.jpg.exe", "a.xlsx"])
def test_no_content_excuses_a_name_of_another_kind(raw: bytes, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        checked(raw, name)
    assert refused.value.fault is FileFault.NAME_LIES


@pytest.mark.parametrize(
    "raw", [HTML, SVG, EXE, b"GIF89a" + b"\0" * 50, b"\0", b"%!PS", EICAR, b" " + paper(), b"II*\0"]
)
@pytest.mark.parametrize("name", ["a.jpg", "a.pdf", "a.docx", "a"])
def test_programs_pages_and_drawings_are_refused_under_any_name(raw: bytes, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        checked(raw, name)
    assert refused.value.fault is FileFault.KIND


FAULTS = {
    "pixels": (huge_png(), "a.png", FileFault.TOO_MANY_PIXELS),
    "more pixels than Pillow warns of": (huge_png(7_000), "a.png", FileFault.TOO_MANY_PIXELS),
    "macros under another name": (letter(MACRO_TYPE), "a.docx", FileFault.MACROS),
    "macros in a part": (letter(word__vbaProject_dot_bin=b"x"), "a.docx", FileFault.MACROS),
    "macros of the old tables": (letter(xl__macrosheets__sheet1_dot_xml="<a/>"), "a.docx", FileFault.MACROS),
    "macros of ODT": (open_text(Basic__script="x"), "a.odt", FileFault.MACROS),
    "another program inside": (letter(word__embeddings__oleObject1_dot_bin=b"x"), "a.docx", FileFault.ACTIVE),
    "a template elsewhere": (linked("attachedTemplate"), "a.docx", FileFault.ACTIVE),
    "a picture elsewhere": (linked("image"), "a.docx", FileFault.ACTIVE),
    "links to other tables": (letter(xl__externalLinks__externalLink1_dot_xml="<a/>"), "a.docx", FileFault.ACTIVE),
    "an order to another program": (
        letter(words='<w:d xmlns:w="w"><w:instrText>DDEAUTO c:\\\\cmd</w:instrText></w:d>'),
        "a.docx",
        FileFault.ACTIVE,
    ),
    "a picture elsewhere in ODT": (
        open_text('<text:image xlink:href="http://evil.test/a"/>'),
        "a.odt",
        FileFault.ACTIVE,
    ),
    "a billion laughs": (letter(words=LAUGHS), "a.docx", FileFault.BROKEN),
    "a file of the machine": (letter(words=OUTER), "a.docx", FileFault.BROKEN),
    "a path out of it": (letter(**{"..__..__etc__passwd": "x"}), "a.docx", FileFault.BROKEN),
    "something behind it": (letter() + HTML, "a.docx", FileFault.BROKEN),
    "a plain archive": (packed({"a.txt": "x"}), "a.docx", FileFault.KIND),
    "very many parts": (packed({f"{n}.xml": "<a/>" for n in range(2_100)}), "a.docx", FileFault.UNPACKS_TOO_LARGE),
    "a script in a document": (paper(OpenAction=act("JavaScript", JS="app.alert(1)")), "a.pdf", FileFault.ACTIVE),
    "a program started": (paper(OpenAction=act("Launch", F="cmd.exe")), "a.pdf", FileFault.ACTIVE),
    "a script on closing": (
        paper(AA=pikepdf.Dictionary({"/WC": act("JavaScript", JS="x")})),
        "a.pdf",
        FileFault.ACTIVE,
    ),
    "a form of scripts": (paper(AcroForm=pikepdf.Dictionary({"/XFA": "x"})), "a.pdf", FileFault.ACTIVE),
    "a film": (paper(X=pikepdf.Dictionary({"/Subtype": pikepdf.Name("/RichMedia")})), "a.pdf", FileFault.ACTIVE),
    "a file in a document": (paper_with_file(), "a.pdf", FileFault.ACTIVE),
    "a password": (locked_paper(), "a.pdf", FileFault.LOCKED),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_could_act_or_exhaust_is_refused_by_its_reason(name: str) -> None:
    raw, given, fault = FAULTS[name]
    with pytest.raises(FileRefused) as refused:
        checked(raw, given)
    assert refused.value.fault is fault


def test_a_flood_of_pixels_is_refused_before_anything_is_unpacked() -> None:
    assert len(huge_png()) < 200
    with pytest.raises(FileRefused):
        checked(huge_png(), "a.png")


def test_a_jpeg_that_claims_too_much_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(FileRefused) as refused:
        checked(claiming_jpeg(), "a.jpg")
    assert refused.value.fault is FileFault.TOO_MANY_PIXELS


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = letter(word__more_dot_xml=b" " * 150_000_000)
    assert len(bomb) < 200_000
    with pytest.raises(FileRefused) as refused:
        checked(bomb, "a.docx")
    assert refused.value.fault is FileFault.UNPACKS_TOO_LARGE


def test_a_part_that_lies_about_its_size_is_counted_as_it_unpacks() -> None:
    raw = lying_letter()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert sum(part.file_size for part in archive.infolist()) < 10_000
    with pytest.raises((FileRefused, zipfile.BadZipFile)):
        checked(raw, "a.docx")


def test_the_place_and_the_device_are_gone_and_the_picture_stands_upright() -> None:
    raw = telling_picture()
    assert b"Maker of Telephones" in raw
    kept = checked(raw, "a.jpg")
    image = opened(kept.content)
    assert image.size == (40, 60), "it was turned"
    red, *_rest = image.convert("RGB").getpixel((35, 30))  # type: ignore[misc]
    assert red > 150, "the red half, which was above, stands at the right now"
    assert not image.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
    for content in (kept.content, kept.small):
        assert b"Telephones" not in content
        assert b"secret" not in content


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (picture(mode="CMYK"), "a.jpg"),
        (picture("PNG", mode="L"), "a.png"),
        (written(Image.new("I;16", (20, 20), 30_000), "PNG"), "a.png"),
        (written(Image.new("P", (20, 20)), "PNG", transparency=0), "a.png"),
        (picture("WEBP", mode="RGBA"), "a.webp"),
    ],
    ids=["cmyk", "grey", "deep", "palette", "holes"],
)
def test_pictures_of_every_colour_are_drawn_anew(raw: bytes, name: str) -> None:
    kept = checked(raw, name)
    assert opened(kept.content).mode in ("RGB", "RGBA")
    assert opened(kept.small).format == "WEBP"


@pytest.mark.parametrize(("kind", "name"), [("WEBP", "a.webp"), ("PNG", "a.png")])
def test_of_an_animation_the_first_picture_stays(kind: str, name: str) -> None:
    assert getattr(opened(animated(kind)), "n_frames", 1) == 3
    assert getattr(opened(checked(animated(kind), name).content), "n_frames", 1) == 1


@pytest.mark.parametrize("behind", [packed({"evil.js": "x"}), HTML, EXE], ids=["archive", "page", "program"])
def test_what_is_hidden_behind_a_picture_or_a_document_is_not_kept(behind: bytes) -> None:
    assert behind not in checked(picture() + behind, "a.jpg").content
    assert behind[:30] not in checked(paper(behind=behind), "a.pdf").content


def test_a_large_picture_becomes_smaller_and_stays_legible() -> None:
    kept = checked(picture(size=(6_000, 3_000)), "a.jpg")
    assert opened(kept.content).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert max(opened(kept.small).size) == 320


def test_a_document_opens_as_it_is_and_names_nobody() -> None:
    kept = checked(paper(OpenAction=act("GoTo", D="first")), "a.pdf").content
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert "/OpenAction" not in document.Root
        assert not document.docinfo.get("/Author")
    assert b"Somebody" not in kept


def test_a_signed_document_is_kept_to_the_byte_but_not_with_something_behind_it() -> None:
    signature = pikepdf.Dictionary({"/ByteRange": pikepdf.Array([0, 1, 2, 3]), "/Type": pikepdf.Name("/Sig")})
    signed = paper(X=signature)
    assert checked(signed, "a.pdf").content == signed
    with pytest.raises(FileRefused):
        checked(signed + HTML, "a.pdf")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("محضر الاجتماع.pdf", "محضر الاجتماع.pdf"),
        ("Été à l’école.PDF", "Été à l’école.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("a\0b.pdf", "a b.pdf"),
        ("a\r\nContent-Type: text.pdf", "a Content-Type text.pdf"),
        ("invoice\u202efdp.exe", "invoice fdp.pdf"),
        ("\u2067\u200f\ufeffملف.pdf", "ملف.pdf"),
        ("a.exe.pdf", "a.pdf"),
        ("con.pdf", "file-con.pdf"),
        ("....", "file.pdf"),
        ("", "file.pdf"),
        ("v1.2 final.pdf", "v1-2 final.pdf"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ('"; filename="evil.html', "filename= evil.pdf"),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert clean_name(given, FileKind.PDF) == kept


def test_any_text_becomes_a_name() -> None:
    for code in [*range(0x250), *range(0x600, 0x700), *range(0x2000, 0x2070), 0xD800, 0xFEFF, 0xFFFF, 0x1F600, 0xE0001]:
        name = clean_name(f"a{chr(code)}" * 90, FileKind.JPG)
        assert name.endswith(".jpg")
        assert name.isprintable()
        assert len(name.encode()) <= 210
        assert not set(name) & set('/\\:"\0\u202e')
