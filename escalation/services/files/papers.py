"""PDF documents: what acts by itself is refused; what only says how it opens, and who wrote it, is taken out."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf

from escalation.domain.files import FileFault, FileRefused

ACTS: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound",
     "/RichMediaExecute", "/SetOCGState", "/Hide", "/Trans"}
)  # fmt: skip
"""Actions that are more than turning to a page or opening a link that the reader presses."""
KEYS: Final = frozenset({"/JS", "/XFA", "/RichMediaContent", "/EmbeddedFiles", "/EF"})
KINDS: Final = frozenset({"/RichMedia", "/Movie", "/Screen", "/3D", "/FileAttachment", "/Sound"})
OPENINGS: Final = ("/OpenAction", "/AA")
MOST_OBJECTS: Final = 500_000
MOST_AFTER_END: Final = 4
"""A line's end may follow the last line of a document; a hidden second file may not."""


def calm(raw: bytes) -> bytes:
    """Return a document that does nothing by itself.

    A signed one is kept as it is, for its signature would break; any other is written anew, without what lay behind it.
    Raises: FileRefused; pikepdf.PdfError for a document that is broken.
    """
    try:
        opened = pikepdf.open(BytesIO(raw))
    except pikepdf.PasswordError as locked:
        raise FileRefused(FileFault.LOCKED) from locked
    with opened as document:
        if document.is_encrypted:
            raise FileRefused(FileFault.LOCKED)
        is_signed, opens_by_itself = _looked_through(document)
        if len(document.pages) == 0:
            raise FileRefused(FileFault.BROKEN)
        if is_signed:
            if opens_by_itself or len(raw) - (raw.rfind(b"%%EOF") + len(b"%%EOF")) > MOST_AFTER_END:
                raise FileRefused(FileFault.ACTIVE)
            return raw
        return _written_anew(document)


def _looked_through(document: pikepdf.Pdf) -> tuple[bool, bool]:
    """Return whether a document is signed, and whether anything happens when it is opened. Raises: FileRefused."""
    is_signed = opens = False
    for one in _dictionaries(document):
        keys = set(one.keys())
        if keys & KEYS or _name(one, "/S") in ACTS or _name(one, "/Subtype") in KINDS:
            raise FileRefused(FileFault.ACTIVE)
        is_signed = is_signed or "/ByteRange" in keys
        opens = opens or "/AA" in keys or ("/OpenAction" in keys and not isinstance(one["/OpenAction"], pikepdf.Array))
    return is_signed, opens


def _dictionaries(document: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every dictionary of a document, those within others too. Raises: FileRefused when there are too many."""
    waiting: list[Any] = [document.trailer, *document.objects]
    seen = 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > MOST_OBJECTS:
            raise FileRefused(FileFault.TOO_LONG)
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one
            inner = [one[key] for key in one.keys()]  # noqa: SIM118 - no mapping of Python's
        elif isinstance(one, pikepdf.Array):
            inner = list(one)
        else:
            continue
        waiting += [each for each in inner if isinstance(each, pikepdf.Object) and not each.is_indirect]


def _name(one: Any, key: str) -> str:
    found = one.get(key)
    return str(found) if isinstance(found, pikepdf.Name) else ""


def _written_anew(document: pikepdf.Pdf) -> bytes:
    for one in _dictionaries(document):
        for key in OPENINGS:
            if key in one:
                del one[key]
    for key in ("/Info", "/Metadata"):
        for holder in (document.trailer, document.Root):
            if key in holder:
                del holder[key]
    target = BytesIO()
    document.save(target, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
    return target.getvalue()
