"""Telephone numbers by which people sign in: read as they are typed, kept as they are dialled from anywhere."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from escalation.domain.typed import PHONE_CHARS, clean_line, western_digits

HERE = "MA"


def read_phone(text: str) -> str | None:
    """Return a number as it is dialled from anywhere (+212612345678), Moroccan unless it says otherwise; None for none.

    Source: E.164.
    """
    typed = western_digits(clean_line(text))
    if not typed or len(typed) > PHONE_CHARS or any(char.isalpha() for char in typed):
        return None
    try:
        number = phonenumbers.parse(typed, HERE)
    except NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def phone_text(phone: str) -> str:
    """Return a kept number as people write it: ten digits in pairs at home, with its country elsewhere; "" for none."""
    if not phone:
        return ""
    if phone.startswith("+212"):
        national = f"0{phone[4:]}"
        return " ".join(national[at : at + 2] for at in range(0, len(national), 2))
    return str(phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL))


def sign_in_name(typed: str) -> str:
    """Return what somebody signs in by as it is kept: an address in small letters, or else a number where it is one."""
    name = typed.strip().lower()
    return name if "@" in name else (read_phone(name) or name)
