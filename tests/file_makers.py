"""Files as people send them, and as somebody hostile would: made here, so that none of them lies in the project."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import pikepdf
from openpyxl import Workbook
from PIL import Image

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="{}"/></Types>'
)
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
WORDS = '<?xml version="1.0"?><w:document xmlns:w="w"><w:body><w:p><w:r><w:t>نص</w:t></w:r></w:p></w:body></w:document>'
TEXT = '<?xml version="1.0"?><o:document-content xmlns:o="o" xmlns:text="t" xmlns:xlink="x">{}</o:document-content>'


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    """Return a picture of one colour above another."""
    image = Image.new(mode, size, 200 if mode == "L" else None)
    if mode == "RGB":
        image.paste((200, 30, 30), (0, 0, size[0], size[1] // 2))
    return written(image, kind, **more)


def written(image: Image.Image, kind: str, **more: object) -> bytes:
    """Return the bytes of an image."""
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def telling_picture() -> bytes:
    """Return a picture that lies on its side, and says where, when and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it upright
    exif[0x010F], exif[0x0110] = "Maker of Telephones", "Model 9000"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (34.0, 33.0, 7.5), "W", (4.0, 38.0, 23.0)
    return picture(exif=exif, comment=b"a secret remark")


def animated(kind: str) -> bytes:
    """Return three pictures in one file."""
    frames = [Image.new("RGB", (30, 20), (number * 80, 0, 0)) for number in range(3)]
    return written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def huge_png(side: int = 100_000) -> bytes:
    """Return a PNG of a few hundred bytes that says it is so many pixels wide and high."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def claiming_jpeg(side: int = 60_000) -> bytes:
    """Return a small JPEG whose heading claims very many pixels."""
    raw = picture()
    at = raw.index(b"\xff\xc0") + 5
    return raw[:at] + struct.pack(">HH", side, side) + raw[at + 4 :]


def paper(*, behind: bytes = b"", **changes: Any) -> bytes:
    """Return a PDF of one page; ``changes`` are entries of its root, as PDF objects."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(300, 400))
    for name, value in changes.items():
        document.Root[f"/{name}"] = document.make_indirect(value)
    document.docinfo["/Author"] = "Somebody by name"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue() + behind


def locked_paper() -> bytes:
    """Return a PDF behind a password."""
    document = pikepdf.new()
    document.add_blank_page()
    target = io.BytesIO()
    document.save(target, encryption=pikepdf.Encryption(owner="o", user="u", R=4))
    return target.getvalue()


def paper_with_file() -> bytes:
    """Return a PDF that carries another file."""
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["hidden.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def act(kind: str, **more: object) -> pikepdf.Dictionary:
    """Return an action of a PDF."""
    return pikepdf.Dictionary({"/S": pikepdf.Name(f"/{kind}"), **{f"/{name}": value for name, value in more.items()}})


def packed(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return these parts packed as office programs do."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def letter(content_type: str = DOCUMENT, words: str | bytes = WORDS, **parts: str | bytes) -> bytes:
    """Return a DOCX; ``parts`` are more of its parts, with two underscores for each slash."""
    more = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    return packed({"[Content_Types].xml": TYPES.format(content_type), "word/document.xml": words, **more})


def linked(kind: str) -> bytes:
    """Return a DOCX with a link of this kind to another host."""
    link = f'<Relationship Id="r1" Type="{LINK}{kind}" Target="http://evil.test/x" TargetMode="External"/>'
    rels = f'<?xml version="1.0"?><Relationships xmlns="r">{link}</Relationships>'
    return letter(word___rels__document_dot_xml_dot_rels=rels)


def table() -> bytes:
    """Return an XLSX."""
    book, target = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active["A1"] = "مبلغ"
    book.save(target)
    return target.getvalue()


def open_text(body: str = "<text:p>نص</text:p>", **parts: str) -> bytes:
    """Return an ODT."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("content.xml", TEXT.format(body))
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def lying_letter() -> bytes:
    """Return a DOCX with a part that unpacks to far more than its headings say."""
    honest = letter(word__more_dot_xml=b"<a>" + b" " * 150_000_000 + b"</a>")
    told = struct.pack("<I", 150_000_007)
    return honest.replace(told, struct.pack("<I", 1000))
