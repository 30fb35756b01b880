"""Words as they cross the wire in seven bits: headers in encoded words, bodies in base64 or quoted-printable.

Each gives what the standard library gives, byte for byte, in a small part of its time. Source: RFC 2045, RFC 2047.
"""

import binascii
import string
from email.quoprimime import body_encode, header_encode
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

MAX_HEADER_CHARS: Final = 76
MAX_BODY_CHARS: Final = 78
CHROME: Final = len("=?utf-8?b??=")
BASE64_CHARS: Final = 76
STAND_IN_HEADERS: Final = b" -!*+/" + (string.ascii_letters + string.digits).encode()
"""What takes one character in a quoted header, as itself or, the space, as a line."""
LINES_KEPT: Final = 8192


def encode_header(words: str, chars_before: int) -> str:
    """Return the words of a header, folded; so many characters stand before them on their first line.

    All of them are encoded in the one way that is shorter, and no character is cut in two.
    """
    data = words.encode()
    if _base64_size(len(data)) < len(data) + 2 * len(data.translate(None, STAND_IN_HEADERS)):
        pieces, encode = _cut_for_base64(data, chars_before), _base64_word
    else:
        pieces, encode = _cut_for_quoted(words, chars_before), _quoted_word
    # Where nothing fits on the first line, it stays empty.
    return "\r\n ".join(map(encode, pieces))


def _cut_for_base64(data: bytes, chars_before: int) -> list[bytes]:
    pieces, start, room = [], 0, MAX_HEADER_CHARS - chars_before - CHROME
    while start + (most := max(0, room // 4 * 3)) < len(data):
        end = start + most
        while data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end])
        start, room = end, MAX_HEADER_CHARS - len(" ") - CHROME
    return [*pieces, data[start:]]


def _cut_for_quoted(words: str, chars_before: int) -> list[bytes]:
    cuts, used, room = [0], 0, MAX_HEADER_CHARS - chars_before - CHROME
    for place, char in enumerate(words):
        size = _quoted_size(char)
        used += size
        if used > room:
            cuts.append(place)
            used, room = size, MAX_HEADER_CHARS - len(" ") - CHROME
    return [words[start:end].encode() for start, end in pairwise((*cuts, len(words)))]


def encode_base64(text: str) -> bytes:
    """Return a text in base64, its lines ended as those of mails are."""
    data = binascii.b2a_base64(b"\r\n".join(text.encode().splitlines()) + b"\r\n", newline=False)
    return b"\r\n".join(map(data.__getitem__, _slices(-(-len(data) // BASE64_CHARS)))) + b"\r\n"


def encode_quoted(text: str, *, keeps: bool) -> bytes:
    """Return a text in quoted-printable; where it ``keeps``, its lines are remembered, since letters share most."""
    encode = _quoted_line if keeps else _quoted_line.__wrapped__
    return b"".join(map(encode, text.encode().splitlines()))


@lru_cache(LINES_KEPT)
def _quoted_line(line: bytes) -> bytes:
    return body_encode(line.decode("latin-1") + "\n", MAX_BODY_CHARS, "\r\n").encode("ascii")


@cache
def _slices(count: int) -> list[slice]:
    return [slice(start, start + BASE64_CHARS) for start in range(0, count * BASE64_CHARS, BASE64_CHARS)]


@cache
def _quoted_size(char: str) -> int:
    return len(_quoted_word(char.encode())) - CHROME


def _base64_size(count: int) -> int:
    return (count + 2) // 3 * 4


def _base64_word(piece: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(piece, newline=False).decode()}?=" if piece else ""


def _quoted_word(piece: bytes) -> str:
    return header_encode(piece, "utf-8")
