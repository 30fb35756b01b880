"""Words as they cross the wire in seven bits: headers in encoded words, bodies in base64 or quoted-printable.

Each gives what the standard library gives, byte for byte, in a small part of its time. Source: RFC 2045, RFC 2047.
"""

import binascii
from email.quoprimime import body_encode, header_encode
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

MAX_HEADER_CHARS: Final = 76
MAX_BODY_CHARS: Final = 78
CHROME: Final = len("=?utf-8?b??=")
BASE64_CHARS: Final = 76
LINES_KEPT: Final = 8192


def encode_header(words: str, chars_before: int) -> str:
    """Return the words of a header, folded; so many characters stand before them on their first line.

    All of them are encoded in the one way that is shorter, and no character is cut in two.
    """
    sizes = [len(char.encode()) for char in words]
    quoted = [_quoted_size(char) for char in words]
    is_base64 = _base64_size(sum(sizes)) < sum(quoted)
    room = MAX_HEADER_CHARS - chars_before - CHROME
    cuts, used = [0], 0
    for place, size in enumerate(sizes if is_base64 else quoted):
        used += size
        if (_base64_size(used) if is_base64 else used) > room:
            cuts.append(place)
            used, room = size, MAX_HEADER_CHARS - len(" ") - CHROME
    pieces = [words[start:end] for start, end in pairwise((*cuts, len(words)))]
    # Where nothing fits on the first line, it stays empty.
    return "\r\n ".join((_base64_word if is_base64 else _quoted_word)(piece) for piece in pieces)


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
    return len(_quoted_word(char)) - CHROME


def _base64_size(count: int) -> int:
    return (count + 2) // 3 * 4


def _base64_word(piece: str) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(piece.encode(), newline=False).decode()}?=" if piece else ""


def _quoted_word(piece: str) -> str:
    return header_encode(piece.encode(), "utf-8")
