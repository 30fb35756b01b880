"""Documents of word processors and tables: packed parts, counted as they unpack, of which none may act or call out."""

import re
import zipfile
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final
from xml.sax.handler import ContentHandler  # nosec B406

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from escalation.domain.files import FileFault, FileKind, FileRefused

MOST_PARTS: Final = 2_000
MOST_UNPACKED_BYTES: Final = 100_000_000
AT_ONCE_BYTES: Final = 1 << 16
END: Final = b"PK\x05\x06"
END_BYTES: Final = 22
PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
XML: Final = frozenset({".xml", ".rels", ".rdf", ".vml"})
ODT_TYPE: Final = b"application/vnd.oasis.opendocument.text"
MAIN: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": FileKind.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": FileKind.XLSX,
}
MACROS: Final = re.compile(r"vbaproject|vbadata|macrosheets|dialogsheets|(^|/)basic/|(^|/)scripts/|activex|customui")
ACTIVE: Final = re.compile(
    r"(^|/)embeddings/|oleobject|externallinks/|(^|/)webextensions|\.(exe|dll|js|vbs|html?|svg)$"
)
OUTSIDE: Final = re.compile(r"^([a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
LINKS: Final = frozenset({"text:a", "draw:a", "meta:template", "form:form"})
"""Parts of an OpenDocument text that name an address which nothing fetches before a reader presses it."""


def unpack(raw: bytes) -> FileKind:
    """Return what kind of document this is, once every part of it was read and found harmless.

    Raises: FileRefused; zipfile.BadZipFile and its like for what is broken.
    """
    if raw.rfind(END) != len(raw) - END_BYTES:
        raise FileRefused(FileFault.BROKEN)
    with zipfile.ZipFile(BytesIO(raw)) as packed:
        parts = packed.infolist()
        _check_parts(parts)
        reader, room = _Reader(), MOST_UNPACKED_BYTES
        for part in parts:
            content = _unpacked(packed, part, room)
            room -= len(content)
            if PurePosixPath(part.filename).suffix.lower() in XML:
                reader.read(part.filename, content)
        return _kind(parts, packed, reader)


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse by their names and ways of packing what no honest document has. Raises: FileRefused."""
    if len(parts) > MOST_PARTS:
        raise FileRefused(FileFault.UNPACKS_TOO_LARGE)
    names = [part.filename for part in parts]
    if len(set(names)) < len(names) or any(_leads_out(name) for name in names):
        raise FileRefused(FileFault.BROKEN)
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused(FileFault.LOCKED)
    if any(part.compress_type not in PACKED for part in parts):
        raise FileRefused(FileFault.BROKEN)
    if any(MACROS.search(name.lower()) for name in names):
        raise FileRefused(FileFault.MACROS)
    if any(ACTIVE.search(name.lower()) for name in names):
        raise FileRefused(FileFault.ACTIVE)
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise FileRefused(FileFault.UNPACKS_TOO_LARGE)


def _leads_out(name: str) -> bool:
    return "\\" in name or name.startswith("/") or ".." in name.split("/") or not name.isprintable()


def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo, room: int) -> bytes:
    """Return a part, counted as it unpacks: what its heading says of its size is not believed."""
    pieces, count = [], 0
    with packed.open(part) as stream:
        while piece := stream.read(AT_ONCE_BYTES):
            count += len(piece)
            if count > room:
                raise FileRefused(FileFault.UNPACKS_TOO_LARGE)
            pieces.append(piece)
    return b"".join(pieces)


def _kind(parts: list[zipfile.ZipInfo], packed: zipfile.ZipFile, reader: "_Reader") -> FileKind:
    first = parts[0] if parts else None
    if first is not None and first.filename == "mimetype":
        if packed.read(first) != ODT_TYPE or "content.xml" not in packed.namelist():
            raise FileRefused(FileFault.KIND)
        return FileKind.ODT
    if len(reader.kinds) != 1:
        raise FileRefused(FileFault.KIND)
    return reader.kinds.pop()


class _Reader:
    """Reads the XML parts of a document, without entities, and notes what they say it is."""

    def __init__(self) -> None:
        self.kinds: set[FileKind] = set()

    def read(self, name: str, content: bytes) -> None:
        """Read one part. Raises: FileRefused; SAXParseException for what is no XML."""
        words = _Words(self, is_of_types=name == "[Content_Types].xml", is_of_links=name.lower().endswith(".rels"))
        try:
            defusedxml.sax.parseString(content, words, forbid_dtd=True)
        except DefusedXmlException as trick:
            raise FileRefused(FileFault.BROKEN) from trick


class _Words(ContentHandler):
    """Looks at each element of a part for what would act, or fetch something from outside."""

    def __init__(self, reader: _Reader, *, is_of_types: bool, is_of_links: bool) -> None:
        super().__init__()
        self._reader, self._is_of_types, self._is_of_links = reader, is_of_types, is_of_links
        self._instruction = False

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - a name of the standard library
        """Look at an element. Raises: FileRefused."""
        if self._is_of_types:
            self._note_type(attrs.get("ContentType", ""))
        if self._is_of_links and attrs.get("TargetMode", "").lower() == "external":
            self._refuse_unless(attrs.get("Type", "").endswith("/hyperlink"))
        if name == "manifest:encryption-data":
            raise FileRefused(FileFault.LOCKED)
        if name in ("script:event-listener", "office:script", "script:module"):
            raise FileRefused(FileFault.MACROS)
        self._refuse_unless(name not in ("draw:object-ole", "office:dde-source", "text:dde-connection-decl"))
        self._refuse_unless(name in LINKS or not OUTSIDE.match(attrs.get("xlink:href", "")))
        self._instruction = name == "w:instrText"
        self._refuse_unless("DDE" not in attrs.get("w:instr", "").upper())

    def characters(self, content: str) -> None:
        """Look at an instruction to a word processor. Raises: FileRefused."""
        self._refuse_unless(not self._instruction or "DDE" not in content.upper())

    def endElement(self, _name: str) -> None:  # noqa: N802 - a name of the standard library
        """Leave an element."""
        self._instruction = False

    def _note_type(self, content_type: str) -> None:
        if "macroenabled" in content_type.lower() or "vbaproject" in content_type.lower():
            raise FileRefused(FileFault.MACROS)
        if content_type in MAIN:
            self._reader.kinds.add(MAIN[content_type])

    @staticmethod
    def _refuse_unless(is_harmless: bool) -> None:
        if not is_harmless:
            raise FileRefused(FileFault.ACTIVE)
