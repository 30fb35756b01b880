"""What people type, read the same way in a form and in a table: texts, days, whole numbers, amounts, telephones."""

import re
import unicodedata
from datetime import date, datetime, timedelta

LINE_CHARS = 200
PARAGRAPH_CHARS = 5000
PHONE_CHARS = 40
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
OLDEST, FURTHEST = date(1990, 1, 1), timedelta(days=3652)
"""The first day that an obstacle can have begun, and how far away the last day of one may be."""
MAX_WHOLE = 2_000_000_000
MAX_DIRHAMS = 1_000_000_000_000
PHONE = re.compile(r"\+?[0-9٠-٩ ().-]{8,24}")

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SPACES = re.compile(r"[\s\u00a0\u202f'’٬]")


def clean_text(text: str | None) -> str:
    """Return a text as it is kept: composed, its line ends plain, without control characters or outer spaces."""
    plain = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROLS.sub("", plain)).strip()


def clean_line(text: str | None) -> str:
    """Return a text as it is kept where one line is asked for."""
    return " ".join(clean_text(text).split())


def western_digits(text: str) -> str:
    """Return a text with every decimal digit as 0-9, whatever script it was typed in."""
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


def read_code(text: str | None) -> str:
    """Return a code as it was given out: plain digits, small letters, nothing between them."""
    return "".join(char for char in western_digits(clean_text(text)).lower() if char.isascii() and char.isalnum())


def read_day(text: str) -> date | None:
    """Return a day as typed; None when it is not one."""
    plain = western_digits(clean_text(text))
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def read_whole(text: str) -> int | None:
    """Return a whole number as typed, with any separators of thousands; None when it is not one, or too large."""
    plain = _SPACES.sub("", western_digits(text))
    if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", plain):
        plain = plain.replace(".", "").replace(",", "")
    if not re.fullmatch(r"[0-9]{1,10}", plain) or int(plain) > MAX_WHOLE:
        return None
    return int(plain)


def read_centimes(text: str) -> int | None:
    """Return an amount as typed in dirhams, in centimes; None when it is not one.

    The last point or comma with one or two digits after it is the decimal one; the others part thousands.
    """
    plain = _SPACES.sub("", western_digits(text)).replace("٫", ",")
    found = re.fullmatch(r"([0-9]{1,3}(?:([.,])[0-9]{3}(?:\2[0-9]{3})*)?|[0-9]{1,13})(?:[.,]([0-9]{1,2}))?", plain)
    if found is None:
        return None
    dirhams = int(re.sub(r"[.,]", "", found.group(1)))
    return dirhams * 100 + int((found.group(3) or "0").ljust(2, "0")) if dirhams <= MAX_DIRHAMS else None


def is_phone(text: str) -> bool:
    """Say whether a text can be dialled."""
    return PHONE.fullmatch(text) is not None
