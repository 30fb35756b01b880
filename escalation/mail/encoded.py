"""Words as they cross the wire in seven bits: headers in encoded words, bodies in base64 or quoted-printable.

Each gives what the standard library gives, byte for byte, in a small part of its time. Source: RFC 2045, RFC 2047.
"""

import binascii
import re
import string
from collections.abc import Sequence
from email.quoprimime import body_encode, header_encode
from functools import cache, lru_cache
from itertools import pairwise
from struct import Struct
from typing import Final

from escalation.mail.skeleton import Chunked

MAX_HEADER_CHARS: Final = 76
MAX_BODY_CHARS: Final = 78
CHROME: Final = len("=?utf-8?b??=")
BASE64_CHARS: Final = 76
STAND_IN_HEADERS: Final = b" -!*+/" + (string.ascii_letters + string.digits).encode()
"""What takes one character in a quoted header, as itself or, the space, as a line."""
UNSAFE_IN_BODIES: Final = re.compile(rb"[^ -<>-~\t]")
ESCAPES: Final = [b"=%02X" % byte for byte in range(256)]
EQUALS: Final = ord("=")
CHUNKS_KEPT: Final = 4096


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


def encode_base64(text: str, *, keeps: bool = False) -> bytes:
    """Return a text in base64, its lines ended as those of mails are; what it ``keeps`` is remembered."""
    encode = _base64 if keeps else _base64.__wrapped__
    encoded, carried = [], b""
    for chunk in _chunks_of(text):
        data, carried = encode(chunk, carried)
        encoded.append(data)
    return _in_lines(b"".join((*encoded, binascii.b2a_base64(carried, newline=False))))


def encode_quoted(text: str, *, keeps: bool) -> bytes:
    """Return a text in quoted-printable; where it ``keeps``, its chunks are remembered, since letters share most."""
    encode = _quoted if keeps else _quoted.__wrapped__
    return b"".join(map(encode, _chunks_of(text)))


def _chunks_of(text: str) -> Sequence[str]:
    return text.chunks if isinstance(text, Chunked) else (text,)


@lru_cache(CHUNKS_KEPT)
def _base64(chunk: str, carried: bytes) -> tuple[bytes, bytes]:
    """Return what was carried over and the chunk, encoded, and of its end what is to be carried on."""
    data = carried + b"\r\n".join((*chunk.encode().splitlines(), b""))
    end = len(data) // 3 * 3
    return binascii.b2a_base64(data[:end], newline=False), data[end:]


def _in_lines(data: bytes) -> bytes:
    count = len(data) // BASE64_CHARS
    rest = data[count * BASE64_CHARS :]
    return b"\r\n".join((*_lines(count).unpack_from(data), rest)) + b"\r\n" * bool(rest)


@cache
def _lines(count: int) -> Struct:
    return Struct(f"{BASE64_CHARS}s" * count)


@lru_cache(CHUNKS_KEPT)
def _quoted(chunk: str) -> bytes:
    return b"".join(map(_quoted_line, chunk.encode().splitlines()))


def _quoted_line(line: bytes) -> bytes:
    """Return a line as `body_encode` gives it, which takes several times as long."""
    if line.endswith((b" ", b"\t")):
        return body_encode(line.decode("latin-1") + "\n", MAX_BODY_CHARS, "\r\n").encode("ascii")
    quoted, pieces, start = UNSAFE_IN_BODIES.sub(_escaped, line), [], 0
    while start < len(quoted) - MAX_BODY_CHARS:
        stop = start + MAX_BODY_CHARS - 1
        # No escape is cut in two.
        stop -= 2 if quoted[stop - 2] == EQUALS else quoted[stop - 1] == EQUALS
        pieces.append(quoted[start:stop] + b"=")
        start = stop
    return b"\r\n".join((*pieces, quoted[start:], b""))


def _escaped(found: re.Match[bytes]) -> bytes:
    return ESCAPES[found[0][0]]


@cache
def _quoted_size(char: str) -> int:
    return len(_quoted_word(char.encode())) - CHROME


def _base64_size(count: int) -> int:
    return (count + 2) // 3 * 4


def _base64_word(piece: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(piece, newline=False).decode()}?=" if piece else ""


def _quoted_word(piece: bytes) -> str:
    return header_encode(piece, "utf-8")
