"""Looking at one file in a process of its own, which may take so much memory and time and no more.

``python -m escalation.services.files.checker FILE NAME MOST_BYTES`` leaves what is to be kept beside the file, and says
in one line of JSON what it is, or why it is refused. It knows no setting, no database and no secret.
"""

import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import puremagic

from escalation.domain.files import EXTENSIONS, PICTURES, FileFault, FileKind, FileRefused, extension_of
from escalation.services.files.office import unpack
from escalation.services.files.papers import calm
from escalation.services.files.pictures import redraw

MEMORY_BYTES: Final = 2_000_000_000
CPU_S: Final = 20
OPENINGS: Final = ((b"\xff\xd8\xff", FileKind.JPG), (b"\x89PNG\r\n\x1a\n", FileKind.PNG), (b"%PDF-", FileKind.PDF))
"""How each kind begins, from its very first byte."""
PACKED: Final = b"PK\x03\x04"
ALSO_KNOWN_AS: Final = {
    FileKind.JPG: {".jpg", ".jpeg", ".jfif", ".jpe", ".mpo"},
    FileKind.PNG: {".png", ".apng"},
    FileKind.WEBP: {".webp"},
    FileKind.PDF: {".pdf", ".ai"},
}
CONTENT, SMALL = ".content", ".small"


@dataclass(frozen=True)
class Checked:
    """What a file is, the bytes that may be kept of it, and a small copy of a picture."""

    kind: FileKind
    content: bytes
    small: bytes = b""


def check(raw: bytes, name: str, most_bytes: int) -> Checked:
    """Return what may be kept of a file, known by what it holds and not by its name.

    Raises: FileRefused; what the libraries raise for a file that is broken.
    """
    kind = _first_look(raw)
    if kind in PICTURES:
        kind, content, small = redraw(raw, kind, most_bytes)
        checked = Checked(kind, content, small)
    elif kind is FileKind.PDF:
        checked = Checked(kind, calm(raw))
    else:
        checked = Checked(unpack(raw), raw)
    _compare(name, checked.kind)
    return checked


def _first_look(raw: bytes) -> FileKind | None:
    """Return the kind that the first bytes tell, which a second reader must confirm; None for packed documents."""
    if raw.startswith(PACKED):
        return None
    found = next((kind for opening, kind in OPENINGS if raw.startswith(opening)), None)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        found = FileKind.WEBP
    if found is None:
        raise FileRefused(FileFault.KIND)
    try:
        seen = {match.extension for match in puremagic.magic_string(raw)}
    except (puremagic.PureError, ValueError) as unknown:
        raise FileRefused(FileFault.KIND) from unknown
    if not seen & ALSO_KNOWN_AS[found]:
        raise FileRefused(FileFault.KIND)
    return found


def _compare(name: str, kind: FileKind) -> None:
    """Refuse a file whose name says that it is something else; pictures may be taken for each other."""
    said = extension_of(name)
    meant = EXTENSIONS.get(said)
    if said and meant is not kind and not (meant in PICTURES and kind in PICTURES):
        raise FileRefused(FileFault.NAME_LIES)


def main() -> None:
    """Check the file that is named, within bounds."""
    place, name, most_bytes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        checked = check(place.read_bytes(), name, most_bytes)
    except FileRefused as refused:
        sys.stdout.write(json.dumps({"fault": refused.fault}))
        return
    place.with_suffix(CONTENT).write_bytes(checked.content)
    if checked.small:
        place.with_suffix(SMALL).write_bytes(checked.small)
    sys.stdout.write(json.dumps({"kind": checked.kind}))


if __name__ == "__main__":
    main()
