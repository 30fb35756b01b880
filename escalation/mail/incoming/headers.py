"""Headers of mail that others wrote, read so that nothing in them can stop us: decoded, cut, on one line.

The library's own reading of addresses is not used: it takes what no mailbox is for one, and can be led to another.
"""

import codecs
import re
from email._policybase import Compat32
from email.header import decode_header
from email.message import Message
from typing import Final

MOST_CHARS: Final = 2000
MOST_PARAMETER_CHARS: Final = 8000
MOST_PARAMETERS: Final = 60
MOST_VALUES: Final = 20
"""Of one header that stands several times."""
TEXT_CODEC: Final = re.compile(
    r"(ascii|utf-(8|16|32)(-[bl]e|-sig)?|iso8859-\d+|cp\d+|mac-?\w+|koi8-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*"
    r"|iso2022\w+|tis-620|hz|johab)"
)
UNREADABLE_ONE_IN: Final = 4
"""Of the characters outside ASCII: what claims nothing else is UTF-8 with some broken in it, if no more are."""
LAST_BEFORE_LETTERS: Final = 0x40
LAST_OF_ASCII: Final = 0x7F
"""Of Arabic in one byte a letter nearly all lie beyond it, of French one in ten."""
ALIASES: Final = {"iso-8859-6-i": "iso8859-6", "iso-8859-6-e": "iso8859-6", "unicode-1-1-utf-8": "utf-8"}
QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
COMMENT: Final = re.compile(r"\([^()]*\)")
ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,250}>")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class PlainHeaders(Compat32):
    """The library's reading of mails, but for parameters beyond measure, which are cut, and for headers in bytes.

    Those are text, and not replaced by marks of doubt.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return a header; of one with parameters, so much that the library, which reads them again and again, ends."""
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-"):
            value = ";".join(value[:MOST_PARAMETER_CHARS].split(";")[:MOST_PARAMETERS])
        return name, value

    def header_fetch_parse(self, _name: str, value: str) -> str:
        """Return a header as text: its bytes outside ASCII are UTF-8, or whatever they read best as."""
        return value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"), None)


POLICY: Final = PlainHeaders()


def values_of(message: Message, name: str) -> list[str]:
    """Return what every header of a name says, undecoded, each on one line."""
    return [_one_line(str(value)) for value in message.get_all(name, [])[:MOST_VALUES]]


def value_of(message: Message, name: str) -> str:
    """Return what the first header of a name says, undecoded."""
    return next(iter(values_of(message, name)), "")


def parameters_of(part: Message) -> str:
    """Return what a part says of its kind, in small letters, without quotes and spaces."""
    return value_of(part, "Content-Type").lower().replace('"', "").replace(" ", "")


def words_of(message: Message, name: str) -> str:
    """Return what a header says in words, decoded, without what cannot be seen."""
    return decode_words(value_of(message, name))


def decode_words(value: str) -> str:
    """Return words decoded from their encoding in a header, whatever is wrong with it."""
    try:
        parts = decode_header(value)
    except Exception:  # noqa: BLE001 - the library raises many kinds for what is no encoded word
        return _one_line(value)
    return _one_line("".join(piece if isinstance(piece, str) else decode(piece, name) for piece, name in parts))


def addresses_in(values: list[str]) -> tuple[str, ...]:
    """Return every plain address of these headers in small letters, each once; of what is none, nothing."""
    found: dict[str, None] = {}
    for value in values:
        bare = _bare(value)
        for one in bare.split(","):
            inner = re.findall(r"<([^<>]*)>", one)
            candidate = (inner[-1] if inner else one.rpartition(":")[2].rstrip("; ")).strip()
            if ADDRESS.fullmatch(candidate):
                found[candidate.lower()] = None
    return tuple(found)


def only_address(message: Message, name: str) -> str:
    """Return the one address of the one header of a name; nothing where it is not plain which that is."""
    values = values_of(message, name)
    if len(values) != 1:
        return ""
    bare = _bare(values[0])
    if bare.count("<") > 1 or "," in bare or ";" in bare:
        return ""
    found = addresses_in([bare])
    is_bare = "<" not in bare and ADDRESS.fullmatch(bare.strip()) is not None
    return found[0] if len(found) == 1 and (is_bare or bare.rstrip().endswith(">")) else ""


def message_ids(values: list[str]) -> tuple[str, ...]:
    """Return the Message-IDs that these headers name."""
    return tuple(MESSAGE_ID.findall(" ".join(values)))


def decode(content: bytes, charset: str | None) -> str:
    """Return bytes as text: by the charset they claim where that is one for text, else as they read best."""
    name = text_codec(charset)
    if name is not None:
        try:
            return content.decode(name)
        except (UnicodeError, LookupError):
            pass
    lenient = content.decode("utf-8", "replace")
    if lenient.count("\ufffd") * UNREADABLE_ONE_IN <= sum(character > "\x7f" for character in lenient):
        return lenient
    if name and name not in ("utf-8", "ascii"):
        return content.decode(name, "replace")
    letters = [byte for byte in content if byte > LAST_BEFORE_LETTERS]
    is_arabic = 2 * sum(byte > LAST_OF_ASCII for byte in letters) > len(letters)
    return content.decode("cp1256" if is_arabic else "cp1252", "replace")


def text_codec(charset: str | None) -> str | None:
    """Return the codec of a charset, if it is one that turns bytes into text and nothing else."""
    claimed = (charset or "").strip().strip("\"'").lower()
    if not claimed or len(claimed) > 40 or not claimed.isascii():
        return None
    try:
        name = codecs.lookup(ALIASES.get(claimed, claimed)).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return name if TEXT_CODEC.fullmatch(name) else None


def _bare(value: str) -> str:
    """Return a header of addresses without its quoted names and comments, which may hold anything."""
    return COMMENT.sub(" ", QUOTED.sub(" ", value))


def _one_line(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", value[:MOST_CHARS]).split())
