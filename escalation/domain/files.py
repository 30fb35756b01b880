"""Files beside a case: the kinds that are taken, under which name one is shown, and why one is refused."""

import unicodedata
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from escalation.domain.errors import DomainError

NAME_CHARS: Final = 120
"""The longest name that is kept; file systems of readers take 255 bytes, and an Arabic letter is two of them."""
NAME_BYTES: Final = 200
RESERVED: Final = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
"""Names that are devices where some readers work."""
NOT_IN_NAMES: Final = frozenset('<>:"/\\|?*%;')
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 4096
"""A picture that is larger is made smaller: a page that was photographed stays legible."""
SMALL_SIDE: Final = 320


class FileKind(StrEnum):
    """What a file is, by what it holds; the value is the extension that it is shown with."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"


PICTURES: Final = frozenset({FileKind.JPG, FileKind.PNG, FileKind.WEBP})
MEDIA_TYPES: Final = {
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/webp",
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
}
EXTENSIONS: Final = {kind.value: kind for kind in FileKind} | {"jpeg": FileKind.JPG, "jpe": FileKind.JPG}


class FileFault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    KIND = "kind"
    NAME_LIES = "name_lies"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    MACROS = "macros"
    ACTIVE = "active"
    LOCKED = "locked"
    TOO_LONG = "too_long"
    BUSY = "busy"
    VIRUS = "virus"
    NO_SCANNER = "no_scanner"
    NO_ROOM = "no_room"
    QUOTA = "quota"


class FileRefused(DomainError):
    """A file is not taken; ``fault`` says why."""

    def __init__(self, fault: FileFault) -> None:
        super().__init__(fault)
        self.fault = fault


def clean_name(given: str, kind: FileKind) -> str:
    """Return the name under which a file is shown: one line, no path, no trick, and the extension of what it holds."""
    text = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode("utf-8"))
    last = PurePosixPath(text.replace("\\", "/")).name
    plain = "".join(" " if char in NOT_IN_NAMES or not _is_shown(char) else char for char in last)
    stem = " ".join(plain.split()).strip(". ")
    while "." in stem and _looks_like_extension(stem.rpartition(".")[2]):
        stem = stem.rpartition(".")[0].rstrip(". ")
    stem = _cut(stem.replace(".", "-").strip("- "))
    if not stem or stem.casefold() in RESERVED:
        stem = f"file-{stem}".rstrip("-")
    return f"{stem}.{kind.value}"


def extension_of(given: str) -> str:
    """Return the last extension of a name as it was given, in small letters; "" without one."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = "".join(char for char in last if _is_shown(char)).strip(". ")
    return plain.rpartition(".")[2].lower() if "." in plain else ""


def _is_shown(char: str) -> bool:
    """Say whether a character may stand in a name: none that is unseen, turns the writing round or ends a line."""
    return unicodedata.category(char)[0] not in "CZ" or char == " "


def _looks_like_extension(word: str) -> bool:
    return 0 < len(word) <= 5 and word.isascii() and word.isalnum() and not word.isdigit()


def _cut(stem: str) -> str:
    stem = stem[:NAME_CHARS]
    while len(stem.encode()) > NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". -")
