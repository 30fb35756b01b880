"""Pictures made anew: upright, of a size that is meant to be looked at, and with nothing but what is seen."""

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from escalation.domain.files import LONGEST_SIDE, MOST_PIXELS, SMALL_SIDE, FileFault, FileKind, FileRefused

FORMATS: Final = {FileKind.JPG: ("JPEG", "MPO"), FileKind.PNG: ("PNG",), FileKind.WEBP: ("WEBP",)}
"""What each kind is opened as; telephones write JPEG files of several pictures, of which the first counts."""
WRITTEN: Final[dict[FileKind, tuple[str, dict[str, int | bool]]]] = {
    FileKind.JPG: ("JPEG", {"quality": 85, "progressive": True}),
    FileKind.PNG: ("PNG", {"compress_level": 6}),
    FileKind.WEBP: ("WEBP", {"quality": 85, "method": 4}),
}
DEPTH: Final = 256
"""How many grey tones of a deep picture become one."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def redraw(raw: bytes, kind: FileKind, most_bytes: int) -> tuple[FileKind, bytes, bytes]:
    """Return the kind, the bytes and the small copy of a picture that is drawn anew from what can be seen of it.

    Of an animation the first picture stays. A PNG that would be too large becomes a JPEG.
    Raises: FileRefused; OSError and its like for a picture that is broken.
    """
    image = _opened(raw, kind)
    if kind is not FileKind.JPG and _has_holes(image):
        image = image.convert("RGBA")
    elif image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = image.convert("I").point(lambda tone: tone / DEPTH).convert("L").convert("RGB")
    else:
        image = image.convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A picture of the pixels alone: what else the file held is left behind with the object that was opened.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    content = _written(bare, kind)
    if kind is FileKind.PNG and len(content) > most_bytes:
        kind, content = FileKind.JPG, _written(_on_white(bare), FileKind.JPG)
    if len(content) > most_bytes:
        raise FileRefused(FileFault.TOO_LARGE)
    return kind, content, _small(bare)


def _opened(raw: bytes, kind: FileKind) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            found = Image.open(BytesIO(raw), formats=FORMATS[kind])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
            raise FileRefused(FileFault.TOO_MANY_PIXELS) from bomb
        if found.width * found.height > MOST_PIXELS:
            raise FileRefused(FileFault.TOO_MANY_PIXELS)
        found.seek(0)
        if kind is FileKind.JPG:
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        found.load()
        return ImageOps.exif_transpose(found)


def _has_holes(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _small(image: Image.Image) -> bytes:
    copy = image.copy()
    copy.thumbnail((SMALL_SIDE, SMALL_SIDE))
    target = BytesIO()
    _on_white(copy).save(target, "WEBP", quality=70, method=4)
    return target.getvalue()


def _written(image: Image.Image, kind: FileKind) -> bytes:
    name, how = WRITTEN[kind]
    target = BytesIO()
    image.save(target, name, **how)
    return target.getvalue()
